import Ember
import Foundation

/// The folder of one training run, and the names of what lies in it.
struct RunFolder {
    let path: String

    var checkpoint: String { path + "/checkpoint.safetensors" }
    var metrics: String { path + "/metrics.csv" }
    func picture(_ name: String) -> String { "\(path)/\(name).png" }

    /// A new folder. One that holds a run already is refused.
    static func create(_ path: String?, data: DataChoice) throws -> RunFolder {
        let folder = RunFolder(path: path ?? freshPath(data))
        for file in [folder.checkpoint, folder.metrics] where FileManager.default.fileExists(atPath: file) {
            throw CommandFailure("\(folder.path) holds a run already: continue it with --resume, or choose another folder")
        }
        try createDirectories(at: folder.path)
        return folder
    }

    private static func freshPath(_ data: DataChoice) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        let base = "runs/\(data.rawValue)-\(formatter.string(from: Date()))"
        var path = base, number = 2
        while FileManager.default.fileExists(atPath: path) {
            path = "\(base)-\(number)"
            number += 1
        }
        return path
    }

    /// The checkpoint of a run folder, a checkpoint itself, or (nil) that of the newest run below `runs`.
    static func checkpointPath(_ place: String?) throws -> String {
        let files = FileManager.default
        guard let place else {
            let runs = (try? files.contentsOfDirectory(atPath: "runs")) ?? []
            let checkpoints = runs.map { RunFolder(path: "runs/\($0)").checkpoint }.compactMap { path -> (String, Date)? in
                guard let date = (try? files.attributesOfItem(atPath: path))?[.modificationDate] as? Date else { return nil }
                return (path, date)
            }
            guard let newest = checkpoints.max(by: { $0.1 < $1.1 }) else {
                throw CommandFailure("there is no trained model below runs/: train one with “ember train”, or name one with --run")
            }
            return newest.0
        }
        var isFolder: ObjCBool = false
        guard files.fileExists(atPath: place, isDirectory: &isFolder) else {
            throw CommandFailure("\(place): there is no such run folder or checkpoint")
        }
        guard isFolder.boolValue else { return place }
        let path = RunFolder(path: place).checkpoint
        guard files.fileExists(atPath: path) else { throw CommandFailure("\(place): there is no checkpoint.safetensors in it") }
        return path
    }
}
