import EmberFormats
import EmberTensor
import Testing

@Suite struct CSVTableTests {
    static func table(_ text: String, hasHeader: Bool? = nil, separator: Unicode.Scalar? = nil) throws -> CSVTable {
        try CSVTable(bytes: Array(text.utf8), description: "a.csv", hasHeader: hasHeader, separator: separator)
    }

    @Test func readsColumnsOfEveryType() throws {
        let table = try Self.table("""
            name,age,height,member,score
            Ada,36,1.70,true,1
            "Babbage, Charles",79,1.8e0,false,
            "said ""hi""
            twice",,NaN,,-5

            """)
        #expect(table.rowCount == 3)
        #expect(table["name"]?.values == .texts(["Ada", "Babbage, Charles", "said \"hi\"\ntwice"]))
        #expect(table["age"]?.values == .integers([36, 79, nil]))
        #expect(table["height"]?.values == .numbers([1.7, 1.8, nil]))
        #expect(table["member"]?.values == .booleans([true, false, nil]))
        #expect(table["score"]?.values == .integers([1, nil, -5]))
        #expect(table.entries.map(\.dtype) == [nil, .float64, .float64, .float64, .float64])
        let ages = try table.load("age").array(of: Double.self)
        #expect(ages[0] == 36 && ages[1] == 79 && ages[2].isNaN)
        let matrix = try table.matrix(["height", "score"])
        #expect(matrix.shape == [3, 2] && matrix.dtype == .float32 && matrix[0, 1].item() == 1)
        #expect(throws: FormatError.self) { try table.load("name") }
        #expect(throws: FormatError.self) { try table.load("none") }
    }

    @Test func typesOfTensors() throws {
        let table = try Self.table("a;b;c\r\n1;True;2.5\r\n-2;False;3\r\n")
        #expect(table.entries.map(\.dtype) == [.int64, .bool, .float64])
        #expect(try table.load("a").array(of: Int.self) == [1, -2])
        #expect(try table.load("b").array(of: Bool.self) == [true, false])
        #expect(try table.load("c").array(of: Double.self) == [2.5, 3])
    }

    @Test func headers() throws {
        #expect(try Self.table("1,2\n3,4").columns.map(\.name) == ["column 0", "column 1"])
        #expect(try Self.table("1,2\n3,4", hasHeader: true).columns.map(\.name) == ["1", "2"])
        #expect(try Self.table("a,b\nc,d", hasHeader: false).rowCount == 2)
        #expect(try Self.table("a,a,a.1\n1,2,3").columns.map(\.name) == ["a", "a.1", "a.1.1"])
        #expect(try Self.table("a,b\n").rowCount == 0)
        #expect(throws: FormatError.self) { try Self.table("") }
        #expect(throws: FormatError.self) { try Self.table("\n\n") }
        #expect(try Self.table("\u{FEFF}a\tb\n1\t2").columns.map(\.name) == ["a", "b"])
        #expect(try Self.table("a|b\n1|2", separator: "|").columns.map(\.name) == ["a", "b"])
    }

    @Test func errorsNameTheLine() {
        func problem(_ text: String) -> String? {
            do { _ = try Self.table(text) } catch { return "\(error)" }
            return nil
        }
        #expect(problem("a,b\n1,2\n3\n") == "a.csv: the row that begins on line 3 or after has 1 field, the first row 2")
        #expect(problem("a,b\n1,\"2\n3,4\n") == "a.csv: line 2: a field in quotation marks has no end")
        #expect(problem("a,b\n1,\"2\"x\n") == "a.csv: line 2: something follows the quotation mark that ends a field")
        #expect(throws: FormatError.self) { try CSVTable(bytes: [0x61, 0x0A, 0xFF] as [UInt8]) }
        #expect(throws: FormatError.self) { try CSVTable(bytes: [UInt8](repeating: 44, count: 100), maximumBytes: 99) }
    }

    @Test func readsWhatItWrites() throws {
        let folder = try TemporaryFolder()
        let table = CSVTable(columns: [
            .init("text, with comma", .texts(["a\"\u{301}b", nil, "", "NA", "two\nlines"])), .init("n", .integers([1, nil, 3, 4, .max])),
            .init("x", .numbers([0.1, nil, 1e300, -.infinity, 5])), .init("b", .booleans([true, false, nil, true, true])),
        ])
        try table.write(to: folder.file("a.csv"))
        let copy = try CSVTable(path: folder.file("a.csv"))
        #expect(copy.columns == table.columns)
        let alone = CSVTable(columns: [.init("x", .numbers([1.5, nil, 2]))])
        try alone.write(to: folder.file("b.csv"))
        #expect(try CSVTable(path: folder.file("b.csv")).columns == alone.columns)
    }

    @Test func tensorsAsColumns() throws {
        let folder = try TemporaryFolder()
        let tensors = [NamedTensor("i", Tensor([1, 2, 3])), NamedTensor("x", Tensor([0.1, 2, -3] as [Float])), NamedTensor("b", Tensor([true, false, true]))]
        try TensorFile.write(tensors, to: folder.file("a.csv"))
        #expect(try String(decoding: folder.bytes("a.csv"), as: UTF8.self) == "i,x,b\n1,0.1,true\n2,2.0,false\n3,-3.0,true\n")
        let file = try TensorFile.open(folder.file("a.csv"))
        #expect(file.format == .csv)
        #expect(try file.load("x").to(.float32).array(of: Float.self) == [0.1, 2, -3])
        try TensorFile.write([NamedTensor("m", Tensor([[1, 2], [3, 4]]))], to: folder.file("m.csv"))
        #expect(try CSVTable(path: folder.file("m.csv")).matrix(dtype: .int64).array(of: Int.self) == [1, 2, 3, 4])
        #expect(throws: FormatError.self) { try TensorFile.write([NamedTensor("c", Tensor.zeros([1, 1, 1]))], to: folder.file("c.csv")) }
    }

    @Test func survivesEveryDamage() {
        forEveryDamage(Array("a,b\n\"x\"\"y\",2\r\nNA,é\n".utf8)) { _ = try? CSVTable(bytes: $0) }
    }
}
