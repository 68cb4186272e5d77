/// The state of a training run in a safetensors file: tensors, and everything else as a JSON object in the metadata.
///
/// Any reader of safetensors can read the tensors. Writing replaces an older checkpoint only when the new one is complete and on the disk.
/// The file carries a checksum of the state and of every tensor, which reading verifies.
public struct Checkpoint: Sendable {
    /// Weights, buffers, the state of the optimiser….
    public var tensors: [TensorRecord]
    /// Epoch, schedule, the place in the data….
    public var state: JSONObject

    private static let formatKey = "ember.checkpoint"
    private static let stateKey = "ember.state"
    private static let checksumsKey = "ember.checksums"
    private static let currentFormat = "2"
    /// The name under which the state's own checksum stands; no tensor has it.
    private static let stateName = "__metadata__"

    public init(tensors: [TensorRecord], state: JSONObject) {
        self.tensors = tensors
        self.state = state
    }

    /// Reads a checkpoint and verifies it, for which the whole file is looked at.
    /// - Throws: `FormatError` when the file is no checkpoint of Ember, one of another format, or damaged.
    public init(path: String) throws(FormatError) {
        let header = try Header(path: path)
        let records = header.file.records
        for record in records { try header.verify(record.name, Checkpoint.checksum(record), "the tensor “\(record.name)”") }
        guard header.checksums.count == records.count + 1 else {
            throw FormatError(
                .malformed, file: path, "the checkpoint lacks tensors: \(records.count) of \(header.checksums.count - 1) are there")
        }
        self.init(tensors: records, state: header.state)
    }

    /// The state alone, verified; the tensors are not looked at.
    public static func state(ofFile path: String) throws(FormatError) -> JSONObject { try Header(path: path).state }

    private struct Header {
        let file: SafeTensorsFile
        let path: String
        let checksums: JSONObject
        let state: JSONObject

        init(path: String) throws(FormatError) {
            self.path = path
            file = try SafeTensorsFile(path: path)
            guard let format = file.metadata[formatKey]?.stringValue, let text = file.metadata[stateKey]?.stringValue else {
                throw FormatError(.malformed, file: path, "a safetensors file, but not a checkpoint of a training run")
            }
            guard format == currentFormat else {
                throw FormatError(.unsupported, file: path, "a checkpoint of format \(format); this version reads \(currentFormat)")
            }
            guard let checksumText = file.metadata[checksumsKey]?.stringValue else {
                throw FormatError(.malformed, file: path, "the checkpoint has no checksums")
            }
            checksums = try object(checksumText, "checksums", path)
            state = try object(text, "state", path)
            try verify(stateName, checksum(text), "the checkpoint's state")
        }

        func verify(_ name: String, _ checksum: Int, _ what: String) throws(FormatError) {
            guard checksums[name]?.integerValue == checksum else {
                throw FormatError(.malformed, file: path, "\(what) is damaged: its checksum is not the one that was written")
            }
        }
    }

    private static func object(_ text: String, _ what: String, _ path: String) throws(FormatError) -> JSONObject {
        let json: JSON
        do throws(JSONError) {
            json = try JSON(parsing: text)
        } catch {
            throw FormatError(.malformed, file: path, "in the checkpoint's \(what): \(error)")
        }
        guard let object = json.objectValue else {
            throw FormatError(.malformed, file: path, "the checkpoint's \(what) is not a JSON object")
        }
        return object
    }

    /// Writes the checkpoint and returns when the disk has it. NaN and infinities in `state` become null, as JSON has none.
    public func write(to path: String) throws(FormatError) {
        let text = JSON.object(state).encoded
        var checksums: JSONObject = [:]
        checksums[Checkpoint.stateName] = .integer(Checkpoint.checksum(text))
        for record in tensors { checksums[record.name] = .integer(Checkpoint.checksum(record)) }
        let metadata = [
            Checkpoint.formatKey: Checkpoint.currentFormat, Checkpoint.stateKey: text,
            Checkpoint.checksumsKey: JSON.object(checksums).encoded,
        ]
        try SafeTensorsFile.write(tensors, metadata: metadata, to: path, durable: true)
    }

    // MARK: Checksums

    private static func checksum(_ text: String) -> Int { Int(Gzip.crc32(Array(text.utf8))) }

    /// That of a tensor's name, type, shape and elements.
    private static func checksum(_ record: TensorRecord) -> Int {
        let description = Array("\(record.name) \(record.dtype.rawValue) \(record.shape)".utf8)
        return record.bytes.withUnsafeBytes { Int(CRC32.checksum($0, continuing: Gzip.crc32(description))) }
    }
}
