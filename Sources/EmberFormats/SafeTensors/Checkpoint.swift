/// The state of a training run in a safetensors file: tensors, and everything else as a JSON object in the metadata.
///
/// Any reader of safetensors can read the tensors. Writing replaces an older checkpoint only when the new one is complete.
public struct Checkpoint: Sendable {
    /// Weights, buffers, the state of the optimiser….
    public var tensors: [TensorRecord]
    /// Epoch, schedule, the place in the data….
    public var state: JSONObject

    private static let formatKey = "ember.checkpoint"
    private static let stateKey = "ember.state"
    private static let currentFormat = "1"

    public init(tensors: [TensorRecord], state: JSONObject) {
        self.tensors = tensors
        self.state = state
    }

    /// Reads a checkpoint; the tensors are loaded when they are looked at.
    /// - Throws: `FormatError` when the file is no checkpoint of Ember or one of a later format.
    public init(path: String) throws(FormatError) {
        let file = try SafeTensorsFile(path: path)
        guard let format = file.metadata[Checkpoint.formatKey]?.stringValue,
            let text = file.metadata[Checkpoint.stateKey]?.stringValue
        else {
            throw FormatError(.malformed, file: path, "a safetensors file, but not a checkpoint of a training run")
        }
        guard format == Checkpoint.currentFormat else {
            throw FormatError(.unsupported, file: path, "a checkpoint of format \(format); this version reads 1")
        }
        let json: JSON
        do throws(JSONError) {
            json = try JSON(parsing: text)
        } catch {
            throw FormatError(.malformed, file: path, "in the checkpoint's state: \(error)")
        }
        guard let state = json.objectValue else {
            throw FormatError(.malformed, file: path, "the checkpoint's state is not a JSON object")
        }
        self.init(tensors: file.records, state: state)
    }

    /// Writes the checkpoint. NaN and infinities in `state` become null, as JSON has none.
    public func write(to path: String) throws(FormatError) {
        let metadata = [
            Checkpoint.formatKey: Checkpoint.currentFormat, Checkpoint.stateKey: JSON.object(state).encoded,
        ]
        try SafeTensorsFile.write(tensors, metadata: metadata, to: path)
    }
}
