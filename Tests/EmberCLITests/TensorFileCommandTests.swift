import Ember
import Foundation
import Testing

@Suite(.serialized) struct TensorFileCommandTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "ember-files-" + UUID().uuidString
        init() throws { try createDirectories(at: path) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
        func file(_ name: String) -> String { path + "/" + name }
    }

    private static let tensors = [
        NamedTensor("encoder.weight", Tensor([1, 2, -3, 4.5, 0, .nan] as [Float], shape: [2, 3])),
        NamedTensor("encoder.bias", Tensor([7, 8, 9])),
        NamedTensor("scale", Tensor(0.5)), NamedTensor("empty", Tensor.zeros([0, 4])),
    ]

    private func write(_ folder: Folder, _ name: String, _ tensors: [NamedTensor] = Self.tensors) throws -> String {
        try TensorFile.write(tensors, metadata: ["format": "pt"], to: folder.file(name))
        return folder.file(name)
    }

    @Test func inspectListsTensors() throws {
        let folder = try Folder()
        let file = try write(folder, "a.safetensors")
        let plain = try Program.run(["inspect", file])
        #expect(plain.status == 0, "\(plain.errors)")
        for text in ["encoder.weight", "F32", "2 × 3", "scalar", "safetensors: 4 tensors, 10 elements", "format: pt"] {
            #expect(plain.output.contains(text), "\(plain.output)")
        }
        let filtered = try Program.run(["inspect", file, "--filter", "bias", "--stats"])
        #expect(filtered.output.contains("encoder.bias") && !filtered.output.contains("scale"))
        let json = try Program.run(["inspect", file, "--json", "--stats"])
        let document = try JSON(parsing: json.output)
        #expect(document["format"]?.stringValue == "safetensors" && document["metadata"]?["format"]?.stringValue == "pt")
        let tensors = try #require(document["tensors"]?.arrayValue)
        let weight = try #require(tensors.first { $0["name"]?.stringValue == "encoder.weight" })
        #expect(weight["shape"] == [2, 3] && weight["bytes"]?.integerValue == 24)
        #expect(weight["stats"]?["min"]?.doubleValue == -3 && weight["stats"]?["max"]?.doubleValue == 4.5)
        #expect(weight["stats"]?["nonFinite"]?.integerValue == 1 && weight["stats"]?["zeros"]?.integerValue == 1)
        #expect(abs(try #require(weight["stats"]?["mean"]?.doubleValue) - 0.9) < 1e-12)

        let missing = try Program.run(["inspect", folder.file("none")])
        #expect(missing.status == 1 && missing.messages.count == 1 && missing.errors.contains(folder.file("none")))
    }

    @Test func convertKeepsTheBits() throws {
        let folder = try Folder()
        let file = try write(folder, "a.safetensors")
        let out = folder.file("b.safetensors")
        #expect(try Program.run(["convert", file, out]).status == 0)
        #expect(try MappedFile(path: out).byteArray == MappedFile(path: file).byteArray)
        let again = try Program.run(["convert", file, out])
        #expect(again.status == 1 && again.errors.contains("--force"))
        let named = try Program.run(["convert", file, folder.file("c"), "--to", "sharded-safetensors"])
        #expect(named.status == 0, "\(named.errors)")
        #expect(try TensorFile.open(folder.file("c")).format == .shardedSafetensors)
        let unwritable = try Program.run(["convert", file, folder.file("d"), "--to", "gguf"])
        #expect(unwritable.status != 0 && unwritable.errors.contains("sharded-safetensors"), "\(unwritable.errors)")
        let narrow = try Program.run(["convert", file, out, "--force", "--only", "encoder.", "--dtype", "bfloat16"])
        #expect(narrow.status == 0, "\(narrow.errors)")
        let converted = try TensorFile.open(out)
        #expect(Set(converted.entries.map(\.name)) == ["encoder.weight", "encoder.bias"])
        #expect(try converted.load("encoder.weight").dtype == .bfloat16 && converted.load("encoder.bias").dtype == .int64)
        #expect(try Program.run(["convert", file, folder.file("b.unknown")]).status == 1)
    }

    @Test func diffSaysWhatDiffers() throws {
        let folder = try Folder()
        let a = try write(folder, "a.safetensors")
        let same = try Program.run(["diff", a, a])
        #expect(same.status == 0 && same.output == "no difference in 4 tensors\n")
        let b = try write(folder, "b.safetensors", [
            NamedTensor("encoder.weight", Tensor([1, 2, -3, 4.5, 0.001, .nan] as [Float], shape: [2, 3])),
            NamedTensor("encoder.bias", Tensor([7, 8, 9] as [Float], shape: [3])),
            NamedTensor("scale", Tensor([0.5, 1] as [Float], shape: [2])),
            NamedTensor("new", Tensor(1.0)),
        ])
        let result = try Program.run(["diff", a, b])
        #expect(result.status == 1)
        for text in ["1.000e-03", "type int64 ≠ float32", "shape scalar ≠ 2", "only in \(a)", "only in \(b)", "5 of 5 tensors differ"] {
            #expect(result.output.contains(text), "\(text): \(result.output)")
        }
        #expect(try Program.run(["diff", a, b, "--quiet"]).output.isEmpty)
        let close = try write(folder, "c.safetensors", [
            NamedTensor("encoder.weight", Tensor([1.0001, 2, -3, 4.5, 0, .nan] as [Float], shape: [2, 3])),
        ] + Self.tensors.dropFirst())
        #expect(try Program.run(["diff", a, close]).status == 1)
        #expect(try Program.run(["diff", a, close, "--rtol", "1e-3"]).status == 0)
        #expect(try Program.run(["diff", a, folder.file("none")]).status == 2)
    }

    @Test func eightBitFloatsStayWhatTheyAre() throws {
        let folder = try Folder()
        let bytes = Tensor([0x38, 0xB8, 0x7E, 0] as [UInt8], shape: [2, 2])
        let file = try write(folder, "a.safetensors", [NamedTensor("w", bytes, float8: .e4m3fn), NamedTensor("n", bytes)])
        let out = folder.file("b.safetensors")
        #expect(try Program.run(["convert", file, out]).status == 0)
        #expect(try MappedFile(path: out).byteArray == MappedFile(path: file).byteArray)
        #expect(try Program.run(["diff", file, out]).status == 0)
        let plain = try write(folder, "plain.safetensors", [NamedTensor("w", bytes), NamedTensor("n", bytes)])
        let different = try Program.run(["diff", file, plain])
        #expect(different.status == 1 && different.output.contains("type float8_e4m3fn ≠ uint8"), "\(different.output)")
        let refused = try Program.run(["convert", file, folder.file("c.npz")])
        #expect(refused.status == 1 && refused.errors.contains("“w”") && refused.errors.contains("float8_e4m3fn"), "\(refused.errors)")
        #expect(try Program.run(["convert", file, folder.file("c.npz"), "--dtype", "float32"]).status == 0)
        let decoded = try TensorFile.open(folder.file("c.npz"))
        #expect(try decoded.load("w").array(of: Float.self) == [1, -1, 448, 0] && decoded.load("n").dtype == .uint8)
        #expect(try Program.run(["inspect", file, "--stats", "--filter", "w"]).output.contains("448"))
    }

    @Test func inspectTakesFolders() throws {
        let folder = try Folder()
        let nothing = try Program.run(["inspect", folder.path])
        #expect(nothing.status == 1 && nothing.errors.contains("A folder may be"), "\(nothing.errors)")
        let file = try write(folder, "step-0000000012.safetensors")
        let result = try Program.run(["inspect", folder.path])
        #expect(result.status == 0 && result.output.contains(file) && result.output.contains("encoder.bias"), "\(result.output)")
    }

    @Test func boardSaysWhatIsMissing() throws {
        let folder = try Folder()
        let result = try Program.run(["board", "--logdir", folder.file("none")])
        #expect(result.status == 1 && result.errors.contains("none"))
        #expect(try Program.run(["board", "--port", "70000"]).status != 0)
    }

    @Test func helpNamesEveryCommand() throws {
        let help = try Program.run(["--help"]).output
        for command in ["train", "evaluate", "predict", "board", "inspect", "convert", "diff", "info"] {
            #expect(help.contains("\n  \(command)"))
        }
    }
}
