import ArgumentParser
import Ember
import Foundation

extension DataChoice: ExpressibleByArgument {}

/// Where the data comes from.
struct DataOptions: ParsableArguments {
    @Option(name: .customLong("data-folder"), help: ArgumentHelp(
        "A folder with the four IDX files, packed (.gz) or not.",
        discussion: "Unless given: the Debian package dataset-fashion-mnist, then what was downloaded before.", valueName: "folder"))
    var folder: String?

    @Flag(help: "Download the data when it is not on this machine.")
    var download = false

    func load(_ split: DatasetSplit, of choice: DataChoice) throws -> LabeledImages {
        let collection = choice.collection
        if folder == nil, collection.localFolder == nil {
            guard download else {
                let package = collection.systemFolder == nil ? "" : "install the Debian package dataset-\(collection.name), "
                throw CommandFailure("\(collection.title) is not on this machine: \(package)give --data-folder, or --download it")
            }
            let isInteractive = Terminal.isInteractive
            try collection.download { file, received, total in
                if isInteractive { Terminal.replaceLine("\(file)  \(received * 100 / max(total, 1)) % of \(NumberText.grouped(total)) bytes") }
                if received == total {
                    if isInteractive { Terminal.replaceLine("") }
                    Terminal.line("downloaded \(file), \(NumberText.grouped(total)) bytes")
                }
            }
        }
        return try collection.load(split, from: folder)
    }
}
