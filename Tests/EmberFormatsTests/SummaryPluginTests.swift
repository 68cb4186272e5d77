import EmberFormats
import EmberNN
import EmberTensor
import Foundation
import Testing

/// What the plug-ins of TensorBoard show, against events that PyTorch 2.13 wrote with TensorBoard 2.21.
@Suite struct SummaryPluginTests {
    /// The messages in the event files of a folder, without the one that begins each file.
    static func messages(_ folder: String) throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("events.") }.sorted().flatMap { name in
            var bytes = try MappedFile(path: "\(folder)/\(name)").byteArray[...]
            var messages: [[UInt8]] = []
            while bytes.count >= 12 {
                let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                messages.append(Array(bytes.dropFirst(12).prefix(length)))
                bytes = bytes.dropFirst(16 + length)
            }
            return Array(messages.dropFirst())
        }
    }

    private static func bytes(_ base64: String) -> [UInt8] {
        [UInt8](Data(base64Encoded: base64, options: .ignoreUnknownCharacters) ?? Data())
    }

    private static func write(_ body: (SummaryWriter) -> Void) throws -> [[UInt8]] {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        body(writer)
        try writer.close()
        return try messages(folder.path)
    }

    @Test func precisionAndRecall() throws {
        let written = try Self.write {
            $0.addPRCurve(
                "curve", labels: Tensor([1, 0, 1, 1, 0, 0]), predictions: Tensor([0.9, 0.8, 0.35, 0.6, 0.1, 0.45] as [Float], shape: [6]),
                step: 1, thresholds: 5, wallTime: 1.5)
        }
        #expect(written == [Self.bytes("""
            CQAAAAAAAPg/EAEqpgEKowEKBWN1cnZlQoYBCAESCBICCAYSAggFKngAAEBAAABAQAAAAEAAAIA/AAAAAAAAQEAAAABAAACAPwAAgD8AAAAAAAAAAAAAgD8AAABAAAAA
            QAAAQEAAAAAAAAAAAAAAgD8AAABAAABAQAAAAD+amRk/q6oqPwAAAD8AAAAAAACAPwAAgD+rqio/q6qqPgAAAABKEQoPCglwcl9jdXJ2ZXMSAhAF
            """)])
    }

    @Test func sounds() throws {
        let samples = Tensor([0, 0.5, -0.25, 1.5] as [Float], shape: [4])
        let written = try Self.write { $0.addAudio("sound", samples, step: 2, sampleRate: 8000, wallTime: 2.5) }
        #expect(written == [Self.bytes("""
            CQAAAAAAAARAEAIqVQpTCgVzb3VuZDJKDQAA+kUQARgEIjRSSUZGLAAAAFdBVkVmbXQgEAAAAAEAAQBAHwAAgD4AAAIAEABkYXRhCAAAAAAA/z8B4P9/KglhdWRpby93
            YXY=
            """)])
    }

    @Test func layoutsOfCurves() throws {
        let written = try Self.write {
            $0.addCustomScalars([
                ScalarCategory("c", [.curves("losses", ["loss/a", "loss/b"]), .margin("band", value: "v", lower: "lo", upper: "hi")]),
            ])
        }
        let expected = Self.bytes("""
            CUBhM5qWwdpBKnAKbgoYY3VzdG9tX3NjYWxhcnNfX2NvbmZpZ19fQj4IBxIAQjgSNgoBYxIaCgZsb3NzZXMSEAoGbG9zcy9hCgZsb3NzL2ISFQoEYmFuZBoNCgsKAXYS
            AmxvGgJoaUoSChAKDmN1c3RvbV9zY2FsYXJz
            """)
        // After the time; PyTorch writes no step here, which means 0.
        #expect(written.map { $0.dropFirst(11) } == [expected.dropFirst(9)])
    }

    @Test func meshes() throws {
        let written = try Self.write {
            $0.addMesh(
                "tri", vertices: Tensor([0, 0, 0, 1, 0, 0, 0, 1, 0] as [Float], shape: [1, 3, 3]),
                colors: Tensor([255, 0, 0, 0, 255, 0, 0, 0, 255], shape: [1, 3, 3]), faces: Tensor([0, 1, 2], shape: [1, 1, 3]), step: 3,
                wallTime: 3.5)
        }
        // PyTorch puts the three parts into one event.
        let expected = Self.bytes("""
            CQAAAAAAAAxAEAMqkQIKYgoKdHJpX1ZFUlRFWEI2CAESDBICCAESAggDEgIIAyokAAAAAAAAAAAAAAAAAACAPwAAAAAAAAAAAAAAAAAAgD8AAAAAShwKGgoEbWVzaBIS
            EgN0cmkYASoCe30yAwEDAzgOCkgKCHRyaV9GQUNFQh4IARIMEgIIARICCAESAggDKgwAAAAAAACAPwAAAEBKHAoaCgRtZXNoEhISA3RyaRgCKgJ7fTIDAQEDOA4KYQoJ
            dHJpX0NPTE9SQjYIARIMEgIIARICCAMSAggDKiQAAH9DAAAAAAAAAAAAAAAAAAB/QwAAAAAAAAAAAAAAAAAAf0NKHAoaCgRtZXNoEhISA3RyaRgDKgJ7fTIDAQMDOA4=
            """)
        #expect(written.count == 3)
        var joined = Array(expected.prefix(14))
        for message in written { joined += message.dropFirst(13) }
        #expect(joined == expected)
    }

    @Test func hyperparameters() throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        writer.addHParams(["lr": 0.1, "optimizer": "adam"], metrics: ["accuracy": 0.5], domains: ["lr": [0.1, 0.2]], runName: "first")
        try writer.close()
        let written = try Self.messages(folder.file("first"))
        let expected = [
            """
            CmQKFF9ocGFyYW1zXy9leHBlcmltZW50SkwKSgoHaHBhcmFtcxI/Ej0iHgoCbHIgAyoWCgkRmpmZmZmZuT8KCRGamZmZmZnJPyINCglvcHRpbWl6ZXIgASoMCgoSCGFj
            Y3VyYWN5
            """,
            "ClUKHF9ocGFyYW1zXy9zZXNzaW9uX3N0YXJ0X2luZm9KNQozCgdocGFyYW1zEigaJgoPCgJschIJEZqZmZmZmbk/ChMKCW9wdGltaXplchIGGgRhZGFt",
            "Ci8KGl9ocGFyYW1zXy9zZXNzaW9uX2VuZF9pbmZvShEKDwoHaHBhcmFtcxIEIgIIAQ==",
        ].map(Self.bytes)
        // The summary follows the time (9 bytes), the step (2), the key and the length (2).
        #expect(written.prefix(3).map { $0.dropFirst(13) } == expected.map { $0[...] })
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder.file("first")).first)
        let events = try EventFile(path: folder.file("first/" + name))
        #expect(events.events.last?.value == .scalar(0.5))
    }

    @Test func picturesAndFilms() throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        let colors = Tensor((0 ..< 24).map { Float($0) / 24 }, shape: [3, 2, 4])
        writer.addImage("chw", colors, step: 1)
        writer.addImage("hwc", colors.permute(1, 2, 0), step: 1, layout: .hwc)
        writer.addImage("hw", Tensor([0, 127, 255, 9] as [UInt8], shape: [2, 2]), step: 1, layout: .hw)
        writer.addImages("nchw", Tensor((0 ..< 9).map { UInt8($0) }, shape: [9, 1, 1, 1]), step: 1)
        writer.addImageWithBoxes(
            "boxes", Tensor.zeros([3, 40, 60]), boxes: Tensor([5, 6, 50, 30] as [Float], shape: [1, 4]), labels: ["cat"], step: 1)
        writer.addFigure("figure", LineChart(title: "t", series: [.init("a", [1, 2])]), step: 1)
        writer.addVideo("film", Tensor((0 ..< 2 * 3 * 4).map { UInt8($0 * 10) }, shape: [2, 3, 1, 2, 2]), step: 1)
        try writer.close()
        var pictures: [String: (width: Int, height: Int, encoded: [UInt8])] = [:]
        for event in try EventFile(path: writer.path).events {
            guard case .image(let width, let height, _, let encoded) = event.value else { continue }
            pictures[event.tag] = (width, height, encoded)
        }
        func image(_ tag: String) throws -> Image { try Image(encoded: try #require(pictures[tag]).encoded) }
        #expect(try image("chw") == image("hwc"))
        // Fractions are dropped, as in PyTorch: 23/24 · 255 = 244.4.
        #expect(try image("chw").width == 4 && image("chw")[3, 1, 2] == 244)
        #expect(try image("hw").pixels == [0, 127, 255, 9])
        #expect(try image("nchw").pixels == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0])
        #expect(try (image("boxes").width, image("boxes").height) == (60, 40))
        #expect(try image("boxes")[49, 20, 0] == 0xE0 && image("boxes")[30, 20, 0] == 0)
        #expect(try image("figure").width == 1080)
        let film = try #require(pictures["film"])
        #expect((film.width, film.height) == (4, 2) && film.encoded.starts(with: Array("GIF89a".utf8)))
    }

    @Test func embeddings() throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        let points = Tensor([1, 2.5, -3, 0.1] as [Float], shape: [2, 2])
        writer.addEmbedding(points, metadata: ["a", "b\tc"], images: Tensor.zeros([2, 3, 4, 5]), step: 7, tag: "x/y")
        writer.addEmbedding(points, metadata: [["1", "2"], ["3", "4"]], metadataHeader: ["p", "q"])
        try writer.close()
        func text(_ name: String) throws -> String { String(decoding: try folder.bytes(name), as: UTF8.self) }
        #expect(try text("00007/x%2fy/tensors.tsv") == "1.0\t2.5\n-3.0\t0.1\n")
        #expect(try text("00007/x%2fy/metadata.tsv") == "a\nb c\n")
        #expect(try text("00000/default/metadata.tsv") == "p\tq\n1\t2\n3\t4\n")
        let sprite = try Image(path: folder.file("00007/x%2fy/sprite.png"))
        #expect((sprite.width, sprite.height) == (10, 8))
        #expect(try text("projector_config.pbtxt") == """
            embeddings {
              tensor_name: "x/y:00007"
              metadata_path: "00007/x%2fy/metadata.tsv"
              sprite {
                image_path: "00007/x%2fy/sprite.png"
                single_image_dim: 5
                single_image_dim: 4
              }
              tensor_path: "00007/x%2fy/tensors.tsv"
            }
            embeddings {
              tensor_name: "default:00000"
              metadata_path: "00000/default/metadata.tsv"
              tensor_path: "00000/default/tensors.tsv"
            }

            """)
    }

    final class Net: Module, Layer {
        let conv = Conv2d(1, 4, kernelSize: 3)
        let out = Sequential(Linear(16, 8), ReLU(), Linear(8, 2))
        func forward(_ x: Tensor) -> Tensor { out(relu(conv(x)).flatten(from: 1)) * 2 }
    }

    @Test func graphsFollowTheModules() {
        let net = Net()
        let graph = ModelGraph(of: net, input: Tensor.zeros([1, 1, 4, 4]))
        let nodes = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, $0) })
        #expect(nodes["input/0"]?.outputShapes == [[1, 1, 4, 4]])
        #expect(nodes["Net/Conv2d[conv]/weight"]?.operation == "Parameter")
        let convolution = graph.nodes.first { $0.name.hasPrefix("Net/Conv2d[conv]/") && $0.operation.contains("conv") }
        #expect(convolution?.inputs.first == "input/0" && convolution?.inputs.contains("Net/Conv2d[conv]/weight") == true)
        #expect(convolution?.outputShapes.first == [1, 4, 2, 2])
        #expect(nodes["Net/relu"] != nil && nodes["Net/Sequential[out]/ReLU[1]/relu"] != nil)
        #expect(graph.nodes.contains { $0.name.hasPrefix("Net/Sequential[out]/Linear[2]/") && $0.outputShapes == [[1, 2]] })
        #expect(nodes["output"]?.inputs.first?.hasPrefix("Net/mul") == true)
        for node in graph.nodes { for input in node.inputs { #expect(nodes[String(input.split(separator: ":")[0])] != nil, "\(input)") } }
        #expect(net.isTraining)
    }

    final class Bag: Module {
        let words = Embedding(10, 4), out = Linear(4, 2)
        func callAsFunction(_ indices: Tensor, _ mask: Tensor) -> Tensor { out((words(indices) * mask).mean(1)) }
    }

    /// Whole numbers take part in no gradient, so that nothing is recorded of them but the memory they lie in.
    @Test func graphsShowIndicesAndFrozenParameters() {
        let net = Bag()
        net.out.weight.requiresGrad = false
        let inputs = [Tensor([[1, 2, 3]] as [[Int]]), Tensor.ones([1, 3, 1])]
        let graph = ModelGraph(of: net, inputs: inputs) { $0($1[0], $1[1]) }
        let embedding = graph.nodes.first { $0.operation == "embedding" }
        #expect(embedding?.inputs.starts(with: ["Bag/Embedding[words]/weight", "input/0"]) == true, "\(graph.nodes)")
        #expect(graph.nodes.contains { $0.name.hasPrefix("Bag/Linear[out]/") && $0.inputs.contains("Bag/Linear[out]/weight") })
        #expect(graph.nodes.allSatisfy { $0.operation != "Const" || !$0.inputs.contains("input/0") })
    }

    @Test func wrongShapesAreErrors() throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        #expect(throws: TensorError.self) { try checked { writer.addImage("a", Tensor.zeros([2, 4, 4]), step: 0) } }
        #expect(throws: TensorError.self) { try checked { writer.addAudio("a", Tensor.zeros([1, 1, 4]), step: 0) } }
        #expect(throws: TensorError.self) { try checked { writer.addVideo("a", Tensor.zeros([4, 4]), step: 0) } }
        #expect(throws: TensorError.self) { try checked { writer.addMesh("a", vertices: Tensor.zeros([3, 3]), step: 0) } }
        #expect(throws: TensorError.self) { try checked { writer.addEmbedding(Tensor.zeros([3, 3]), metadata: ["a"]) } }
        try writer.close()
        #expect(try EventFile(path: writer.path).events.isEmpty)
    }

    /// TensorBoard's own reader lists every tag, with the values that were logged.
    @Test(.enabled(if: Peer.isAvailable)) func tensorBoardReadsEverything() throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        for step in 0 ..< 3 { writer.addScalar("loss", Double(step) / 3, step: step) }
        writer.addHistogram("weights", [0.5, 1, 2] as [Double], step: 1)
        writer.addText("note", "hello", step: 1)
        writer.addAudio("sound", Tensor.zeros([100]), step: 1)
        writer.addVideo("film", Tensor.rand([1, 4, 3, 32, 32]), step: 1)
        writer.addImage("picture", Tensor.rand([3, 8, 8]), step: 1)
        writer.addPRCurve("curve", labels: Tensor([1, 0]), predictions: Tensor([0.7, 0.2] as [Float], shape: [2]), step: 1)
        writer.addMesh("mesh", vertices: Tensor.zeros([1, 3, 3]), step: 1)
        writer.addGraph(Net(), input: Tensor.zeros([1, 1, 4, 4]))
        try writer.close()
        let script = """
            import sys, io
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            from tensorboard.util import tensor_util
            from PIL import Image
            a = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0}); a.Reload()
            t = a.Tags()
            print(sorted(t["scalars"] + t["images"] + t["audio"] + t["histograms"] + t["tensors"]), t["graph"])
            print([(e.step, round(e.value, 4)) for e in a.Scalars("loss")])
            film = Image.open(io.BytesIO(a.Images("film")[0].encoded_image_string))
            print(film.n_frames, film.size, a.Audio("sound")[0].sample_rate)
            print(len(a.Graph().node) > 8, tensor_util.make_ndarray(a.Tensors("curve")[0].tensor_proto).shape)
            """
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Peer.python))
        process.arguments = ["-c", script, folder.path]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(printed == """
            ['curve', 'film', 'loss', 'mesh_VERTEX', 'note/text_summary', 'picture', 'sound', 'weights'] True
            [(0, 0.0), (1, 0.3333), (2, 0.6667)]
            4 (32, 32) 44100.0
            True (6, 127)

            """)
    }
}
