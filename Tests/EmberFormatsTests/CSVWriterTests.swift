import EmberFormats
import Testing

@Suite struct CSVWriterTests {
    @Test func writesRows() throws {
        let folder = try TemporaryFolder()
        let writer = try CSVWriter(path: folder.file("a.csv"), columns: ["epoch", "loss, mean", "note"])
        try writer.append([.integer(1), .number(0.1), .text("a \"b\"")])
        try writer.append([.integer(2), .decimal(-1.0 / 3, places: 4), .text("x\ny")])
        let text = String(decoding: try folder.bytes("a.csv"), as: UTF8.self)
        #expect(text == "epoch,\"loss, mean\",note\n1,0.1,\"a \"\"b\"\"\"\n2,-0.3333,\"x\ny\"\n")
    }

    @Test func continuesAfterARow() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.csv")
        let first = try CSVWriter(path: path, columns: ["epoch", "note"])
        for epoch in 1 ... 5 { try first.append([.integer(epoch), .text("a\nb")]) }
        let second = try CSVWriter(path: path, columns: ["epoch", "note"], keepingRows: 3)
        try second.append([.integer(4), .text("c")])
        let text = String(decoding: try folder.bytes("a.csv"), as: UTF8.self)
        #expect(text == "epoch,note\n1,\"a\nb\"\n2,\"a\nb\"\n3,\"a\nb\"\n4,c\n")
        #expect(throws: FormatError.self) { try CSVWriter(path: path, columns: ["epoch", "note"], keepingRows: 5) }
        #expect(throws: FormatError.self) { try CSVWriter(path: path, columns: ["epoch"], keepingRows: 1) }
        #expect(throws: FormatError.self) { try CSVWriter(path: folder.file("b.csv"), columns: ["epoch"], keepingRows: 0) }
        #expect(String(decoding: try folder.bytes("a.csv"), as: UTF8.self) == text)
    }
}
