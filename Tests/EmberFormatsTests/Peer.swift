import EmberFormats
import EmberTensor
import Foundation
import Testing

/// The original programs: files that they wrote once, recorded beside the tests, and, when `EMBER_PYTHON` names a Python with numpy, torch,
/// safetensors and gguf, the programs themselves.
enum Peer {
    struct Failure: Error { let message: String }

    /// One tensor as the original program sees it.
    struct Expectation: Decodable {
        let dtype: String
        let shape: [Int]
        let bytes: String
    }

    static let python = ProcessInfo.processInfo.environment["EMBER_PYTHON"]
    static var isAvailable: Bool { python != nil }

    /// The path of a recorded file.
    static func fixture(_ name: String) -> String { Bundle.module.bundlePath + "/Fixtures/" + name }

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture(name)))) }

    /// What the original program had put into a recorded file.
    static func content(of name: String) throws -> [String: Expectation] {
        try JSONDecoder().decode([String: Expectation].self, from: Data(contentsOf: URL(fileURLWithPath: fixture(name + ".json"))))
    }

    /// Runs `peer.py` and gives what it printed.
    static func run(_ arguments: String...) throws -> [String: Expectation] {
        guard let python else { throw Failure(message: "EMBER_PYTHON is not set") }
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [Bundle.module.bundlePath + "/peer.py"] + arguments
        process.standardOutput = output
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(message: "peer.py \(arguments) failed") }
        return try JSONDecoder().decode([String: Expectation].self, from: printed)
    }

    /// PyTorch's name of the type that a loaded tensor shows for what the original calls `dtype`: Ember carries 8-bit floats as bytes.
    static func loadedName(_ dtype: String) -> String { dtype.hasPrefix("float8") ? "uint8" : dtype }

    /// Every tensor of the file has the type, the shape and the very bits that the original has.
    static func expect(
        _ file: some TensorArchive, has content: [String: Expectation], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(Set(file.entries.map(\.name)) == Set(content.keys), sourceLocation: sourceLocation)
        for entry in file.entries {
            guard let expected = content[entry.name] else { continue }
            #expect(entry.shape == expected.shape, "\(entry.name)", sourceLocation: sourceLocation)
            guard entry.dtype != nil else {
                // Types that Ember does not compute in yet are listed and refused.
                #expect(throws: FormatError.self, sourceLocation: sourceLocation) { try file.load(entry.name) }
                continue
            }
            let tensor = try file.load(entry.name)
            #expect(tensor.dtype == entry.dtype && tensor.shape == entry.shape, sourceLocation: sourceLocation)
            #expect(tensor.dtype.name == loadedName(expected.dtype), "\(entry.name)", sourceLocation: sourceLocation)
            #expect(hexadecimal(tensor.bytes()) == expected.bytes, "\(entry.name)", sourceLocation: sourceLocation)
        }
    }

    /// The original reads the very tensors that were written.
    static func expect(
        _ content: [String: Expectation], equals tensors: [NamedTensor], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(Set(content.keys) == Set(tensors.map(\.name)), sourceLocation: sourceLocation)
        for named in tensors {
            #expect(content[named.name]?.dtype == named.typeName, "\(named.name)", sourceLocation: sourceLocation)
            #expect(content[named.name]?.shape == named.tensor.shape, "\(named.name)", sourceLocation: sourceLocation)
            #expect(content[named.name]?.bytes == hexadecimal(named.tensor.bytes()), "\(named.name)", sourceLocation: sourceLocation)
        }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// One small tensor of every type but some, contiguous and not, with and without elements.
    static func samples(without excluded: DType...) -> [NamedTensor] {
        var result = DType.allCases.filter { !excluded.contains($0) }.map { dtype in
            NamedTensor("type.\(dtype.name)", Tensor.arange(0, 6).to(dtype).reshape([2, 3]))
        }
        let matrix = Tensor.arange(0, 12, dtype: .float32).reshape([3, 4])
        result.append(NamedTensor("transposed", matrix.transpose(0, 1)))
        result.append(NamedTensor("flipped", matrix.flip([1])))
        result.append(NamedTensor("scalar", Tensor(2.5)))
        result.append(NamedTensor("empty", Tensor.zeros([0, 3])))
        return result
    }
}

/// Calls `body` with every beginning of the bytes, and with every byte changed in several ways.
func forEveryDamage(_ bytes: [UInt8], _ body: ([UInt8]) throws -> Void) rethrows {
    for count in 0 ..< bytes.count { try body(Array(bytes[..<count])) }
    for position in bytes.indices {
        for change in [0x01, 0x10, 0x80, 0xFF] as [UInt8] {
            var damaged = bytes
            damaged[position] ^= change
            try body(damaged)
        }
    }
}
