import EmberFormats
import Foundation
import Testing

/// Graphs of ONNX files, as the `onnx` package writes them.
@Suite struct OnnxGraphTests {
    /// Gemm with attributes, Split with two results, Clip without its lower bound, Concat; three initial values and a named dimension.
    private let file = Data(base64Encoded: """
        CA46uQIKOgoBeAoBdwoBYhIBeRoGbGluZWFyIgRHZW1tKg8KBWFscGhhFQAAAD+gAQEqDQoGdHJhbnNCGAGgAQIKHQoBeRIBbBIBciIFU3BsaXQqCwoEYXhpcxgBoAECChMKAWwK\
        AAoDdG9wEgFjIgRDbGlwCicKAWMKAXISAXoiBkNvbmNhdCoUCgRheGlzGP///////////wGgAQISA25ldCo7CAQIAxABQgF3SjAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAqGQgEEAFCAWJKEAAAAAAAAAAAAAAAAAAAAAAqDRABQgN0b3BKBAAAwEBaGAoBeBITChEIARINCgcSBWJhdGNoCgIIA2IYCgF6EhMKEQgBEg0KBxIF\
        YmF0Y2gKAggEQgIQHA==
        """) ?? Data()

    private func graph(_ data: Data) throws -> ModelGraph {
        let folder = try TemporaryFolder()
        try data.write(to: URL(fileURLWithPath: "\(folder.path)/model.onnx"))
        return try ModelGraph(onnx: "\(folder.path)/model.onnx")
    }

    @Test func nodesAndEdges() throws {
        let nodes = try graph(file).nodes
        #expect(nodes.map(\.name) == ["w", "b", "top", "x", "linear", "l", "c", "z", "output/z"])
        #expect(nodes.map(\.operation) == ["Parameter", "Parameter", "Parameter", "Input", "Gemm", "Split", "Clip", "Concat", "Output"])
        #expect(nodes.map(\.inputs) == [[], [], [], [], ["x", "w", "b"], ["linear"], ["l", "top"], ["c", "l:1"], ["z"]])
        #expect(nodes[0].outputShapes == [[4, 3]] && nodes[3].outputShapes == [[-1, 3]] && nodes[8].outputShapes == [[-1, 4]])
        #expect(nodes[4].attributes == "alpha=0.5, transB=1" && nodes[7].attributes == "axis=-1")
    }

    @Test func tensorBoardsFileHasIt() throws {
        let folder = try TemporaryFolder()
        try file.write(to: URL(fileURLWithPath: "\(folder.path)/model.onnx"))
        let writer = try SummaryWriter(directory: "\(folder.path)/run")
        try writer.addOnnxGraph("\(folder.path)/model.onnx", wallTime: 1)
        try writer.close()
        let messages = try SummaryPluginTests.messages("\(folder.path)/run")
        #expect(messages.count == 1)
        #expect(messages[0].count > 200 && String(decoding: messages[0], as: UTF8.self).contains("alpha=0.5, transB=1"))
    }

    @Test func damagedFilesAreRefused() throws {
        for length in 0..<file.count {
            do {
                // The graph is one field: cut off behind the version, nothing of it is there; anywhere else it does not end.
                let nodes = try graph(file.prefix(length)).nodes
                #expect(nodes.count == 9, "\(length) bytes")
            } catch let error as FormatError {
                #expect(error.file.hasSuffix("model.onnx") && error.kind == .malformed)
            }
        }
        #expect(throws: FormatError.self) { try graph(Data("solid cube".utf8)) }
        #expect(throws: FormatError.self) { try ModelGraph(onnx: "/nowhere/model.onnx") }
    }
}
