import EmberFormats
import EmberTensor
import Foundation
import Testing

@Suite struct SummaryWriterTests {
    /// An event file made with the protocol classes of TensorBoard 2.21 and the summaries of PyTorch 2.13: a scalar, a
    /// histogram of 0.5, 0.55, 1, 1, 3 and a text.
    static let reference = [UInt8](Data(base64Encoded: """
        GAAAAAAAAACjf0siCQAAAAAAAPg/Gg1icmFpbi5FdmVudDoyKihkbCAAAAAAAAAAKe2pUAkAAAAAAAAEQBBkKhMKEQoKbG9zcy90
        cmFpbhUAAIA+y0l0qaABAAAAAAAALKUCfgkAAAAAAAAMQBBlKpIDCo8DCgd3ZWlnaHRzKoMDCQAAAAAAAOA/EQAAAAAAAAhAGQAA
        AAAAABRAITMzMzMzMxhAKXsUrkfhGidAMqgB+uVaJdMf3j+wMSXugJHgPw8dXGynOeI/K1NlKjgM5D8WdW/7cA3mPzJnx0f8Qeg/
        HouO6Puu6j8ImWkZFVrtPysU+s2+JPA/Y0nGFQXC8T+6UI0xn4jzPzM/6ByvfPU/hUXMn8Ci9z95TPri0//5P1OHRhNpmfw/3JTN
        Lo11/z/gEfEMdE0BQHdgPA5mCANA6jYPdqPvBEBovBA1mgcHQA2cxaApVQlAOqgBAAAAAAAAAAAAAAAAAADwPwAAAAAAAPA/AAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPA/80pM+D4AAAAA
        AAAA2dJA5wkAAAAAAAASQBBmKjEKLwoRbm90ZS90ZXh0X3N1bW1hcnlCEAgHEgQSAggBQgYqKsOpKipKCAoGCgR0ZXh0UdYv2Q==
        """, options: .ignoreUnknownCharacters) ?? Data())

    static func write(to directory: String) throws -> SummaryWriter {
        let writer = try SummaryWriter(directory: directory)
        writer.addScalar("loss/train", 0.25, step: 100, wallTime: 2.5)
        writer.addHistogram("weights", [0.5, 0.55, 1, 1, 3] as [Double], step: 101, wallTime: 3.5)
        writer.addText("note", "**é**", step: 102, wallTime: 4.5)
        return writer
    }

    @Test func writesTheBytesOfPyTorch() throws {
        let folder = try TemporaryFolder()
        let writer = try Self.write(to: folder.file("run/1"))
        try writer.flush()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("run/1"))
        #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents."))
        let bytes = try folder.bytes("run/1/" + names[0])
        // The first entry holds the time at which the writer was made: 8 + 4 bytes of framing, then a key and a double.
        #expect(bytes.count == Self.reference.count)
        #expect(bytes[..<12].elementsEqual(Self.reference[..<12]))
        #expect(bytes[21 ..< 36].elementsEqual(Self.reference[21 ..< 36]))
        #expect(bytes[40...].elementsEqual(Self.reference[40...]))
        try writer.close()
    }

    @Test func readsWhatPyTorchWrites() throws {
        let file = try EventFile(bytes: Self.reference)
        #expect(!file.isCutOff)
        #expect(file.events == [
            SummaryEvent(tag: "loss/train", step: 100, wallTime: 2.5, value: .scalar(0.25)),
            SummaryEvent(tag: "weights", step: 101, wallTime: 3.5, value: .histogram(HistogramSummary([0.5, 0.55, 1, 1, 3]))),
            SummaryEvent(tag: "note/text_summary", step: 102, wallTime: 4.5, value: .text("**é**")),
        ])
    }

    @Test func exportsScalarsToJSON() throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.file("run"))
        for step in 0 ..< 2 { writer.addScalar("a/b", Double(step) + 0.5, step: step, wallTime: 2) }
        writer.addText("note", "text", step: 0)
        writer.addScalars("loss", ["train": 4], step: 7, wallTime: 3)
        try writer.exportScalarsToJSON(folder.file("scalars.json"))
        let text = String(decoding: try folder.bytes("scalars.json"), as: UTF8.self)
        #expect(text == #"{"a/b":[[2.0,0,0.5],[2.0,1,1.5]],"loss_train/loss":[[3.0,7,4.0]]}"#)
        try writer.close()
    }

    @Test func histogramsTakeTensors() throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        writer.addHistogram("a", Tensor([[0.5, 0.5], [1, 3]] as [[Float]]).requiringGrad(), step: 0)
        writer.addHistogram("b", Tensor([0.5, 0.5, 1, 3]).to(.bfloat16), step: 0)
        #expect(throws: TensorError.self) { try checked { writer.addHistogram("c", Tensor.zeros([2], dtype: .complex64), step: 0) } }
        try writer.close()
        let expected = SummaryEvent.Value.histogram(HistogramSummary([0.5, 0.5, 1, 3] as [Double]))
        #expect(try EventFile(path: writer.path).events.map(\.value) == [expected, expected])
    }

    @Test func readsWhatItWrites() throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        let image = Image(width: 3, height: 2, fill: [1, 2, 3])
        writer.addImage("picture", image, step: -1)
        writer.addScalar("é", .infinity, step: 1 << 40)
        writer.addScalars("loss/a", ["train": 1, "test": 2], step: 3)
        try writer.close()
        let events = try EventFile(path: writer.path).events
        #expect(events.count == 2)
        guard case .image(3, 2, 3, let encoded)? = events.first?.value else {
            Issue.record("no picture")
            return
        }
        #expect(try Image(encoded: encoded) == image)
        #expect(events.map(\.step) == [-1, 1 << 40] && events.map(\.tag) == ["picture", "é"])
        #expect(events[1].value == .scalar(.infinity))
        #expect(abs(events[1].wallTime - Date().timeIntervalSince1970) < 60)
        let names = try folder.names
        #expect(names.contains("loss_a_train") && names.contains("loss_a_test"))
        let curve = try #require(FileManager.default.contentsOfDirectory(atPath: folder.file("loss_a_test")).first)
        let second = try EventFile(path: folder.file("loss_a_test/" + curve)).events
        #expect(second.map(\.tag) == ["loss/a"] && second.map(\.value) == [.scalar(2)])
    }

    @Test func bucketsAreThoseOfPyTorch() {
        let histogram = HistogramSummary([-1, 0, 1e-13, 0.5, 0.55, 1, 1, 3, -2e-12, .nan, .infinity])
        #expect(histogram.count == 9 && histogram.bucketCounts.count == 595 && histogram.bucketLimits.count == 595)
        #expect(histogram.bucketCounts[..<3] == [0, 1, 0] && histogram.bucketCounts.reduce(0, +) == 9)
        #expect(histogram.minimum == -1 && histogram.maximum == 3)
        let empty = HistogramSummary([])
        #expect(empty.count == 0 && empty.minimum == 0 && empty.bucketLimits.isEmpty)
    }

    @Test func threadsMayShareAWriter() async throws {
        let folder = try TemporaryFolder()
        let writer = try SummaryWriter(directory: folder.path)
        await withTaskGroup(of: Void.self) { group in
            for task in 0 ..< 8 {
                group.addTask { for step in 0 ..< 1000 { writer.addScalar("\(task)", Double(step), step: step) } }
            }
        }
        try writer.close()
        let events = try EventFile(path: writer.path).events
        #expect(events.count == 8000)
        for task in 0 ..< 8 { #expect(events.filter { $0.tag == "\(task)" }.map(\.step) == Array(0 ..< 1000)) }
    }

    @Test func everyPrefixIsCutOffAndEveryChangeIsNoticed() throws {
        var whole: [Int] = []
        for count in 0 ... Self.reference.count {
            let file = try EventFile(bytes: Array(Self.reference[..<count]))
            if !file.isCutOff { whole.append(file.events.count) }
        }
        #expect(whole == [0, 0, 1, 2, 3])
        for position in Self.reference.indices {
            var bytes = Self.reference
            bytes[position] ^= 0x40
            #expect(throws: FormatError.self) { try EventFile(bytes: bytes) }
        }
    }

    @Test func failuresAreThrownByFlush() throws {
        let folder = try TemporaryFolder()
        try writeFile([] as [UInt8], to: folder.file("file"))
        #expect(throws: FormatError.self) { try SummaryWriter(directory: folder.file("file")) }
        #expect(throws: FormatError.self) { try SummaryWriter(directory: folder.file("file/below")) }
        let writer = try SummaryWriter(directory: folder.path)
        try writer.close()
        try writer.close()
        writer.addScalar("late", 1, step: 1)
        #expect(throws: FormatError.self) { try writer.flush() }
    }
}
