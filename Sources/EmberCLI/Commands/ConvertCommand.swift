import ArgumentParser
import Ember
import Foundation

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Writes the tensors of a file in another format.",
        discussion: """
            The format of the input is seen from its content, that of the output from its name (or --to). Metadata goes along where the \
            format has a place for it. Elements stay as they are, 8-bit floating-point numbers too, unless --dtype says otherwise; a format \
            that has no such type is refused.

              ember convert model.pt model.safetensors
              ember convert model.safetensors half.safetensors --dtype bfloat16
              ember convert model.safetensors part.npz --only encoder.
            """)

    @Argument(help: ArgumentHelp("A file of tensors.", valueName: "in"))
    var input: String

    @Argument(help: ArgumentHelp("The file to write.", valueName: "out"))
    var output: String

    @Option(help: ArgumentHelp("The format of the output, when its name shall not decide.", valueName: "format"))
    var to: TensorFormat?

    @Option(help: ArgumentHelp("Only tensors whose names begin with this text.", valueName: "text"))
    var only: String?

    @Option(help: ArgumentHelp("Convert floating-point tensors to this type: float32, float16, bfloat16, float64.", valueName: "type"))
    var dtype: String?

    @Flag(help: "Replace the output when it exists.")
    var force = false

    func validate() throws {
        if let dtype, floatingType(dtype) == nil { throw ValidationError("--dtype is float16, bfloat16, float32 or float64, not \(dtype)") }
    }

    private func floatingType(_ name: String) -> DType? { DType.allCases.first { $0.name == name && $0.isFloatingPoint } }

    func run() throws {
        guard force || !FileManager.default.fileExists(atPath: output) else {
            throw CommandFailure("\(output) exists; --force replaces it")
        }
        let archive = try TensorFile.open(input)
        let type = dtype.flatMap(floatingType)
        var tensors: [NamedTensor] = []
        for entry in archive.entries where entry.name.hasPrefix(only ?? "") {
            let tensor = try archive.load(entry.name)
            guard let type, tensor.dtype.isFloatingPoint || entry.float8 != nil else {
                tensors.append(NamedTensor(entry.name, tensor, float8: entry.float8))
                continue
            }
            tensors.append(NamedTensor(entry.name, (entry.float8?.decoded(tensor) ?? tensor).to(type)))
        }
        guard !tensors.isEmpty || archive.entries.isEmpty else {
            throw CommandFailure("\(input): no tensor's name begins with “\(only ?? "")”")
        }
        try TensorFile.write(tensors, metadata: archive.metadata, to: output, as: to)
        Terminal.line("\(output): \(NumberText.counted(tensors.count, "tensor")) of \(archive.format.rawValue) \(input)")
    }
}

/// The formats that can be written, in the words of a command line: `csv`, `sharded-safetensors`.
extension TensorFormat: ExpressibleByArgument {
    public init?(argument: String) {
        guard let format = TensorFormat.allCases.first(where: { $0.isWritable && $0.word == argument.lowercased() }) else { return nil }
        self = format
    }

    public static var allValueStrings: [String] { allCases.filter(\.isWritable).map(\.word) }

    private var word: String { rawValue.lowercased().replacingOccurrences(of: " ", with: "-") }
}
