import EmberFormats
import Foundation
import Testing

@Suite struct SafeTensorsTests {
    /// What `safetensors.numpy.save` (Python, 0.8.0) writes for `records` with the metadata `{"format": "np"}`.
    static let reference = [UInt8](Data(base64Encoded: """
        uAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJucCJ9LCLDqVxuXHUwMDAxXCIvXFx/Ijp7ImR0eXBlIjoiSTY0Iiwi
        c2hhcGUiOlsxLDNdLCJkYXRhX29mZnNldHMiOlswLDI0XX0sImEiOnsiZHR5cGUiOiJGNjQiLCJzaGFwZSI6WzNdLCJkYXRhX29m
        ZnNldHMiOlsyNCw0OF19LCJiIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbNDgsNTZdfSwiaCI6
        eyJkdHlwZSI6IkYxNiIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbNTYsNThdfSwiZSI6eyJkdHlwZSI6IkkxNiIsInNoYXBl
        IjpbMCw0XSwiZGF0YV9vZmZzZXRzIjpbNTgsNThdfSwidSI6eyJkdHlwZSI6IlU4Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRz
        IjpbNTgsNTldfSwiWiI6eyJkdHlwZSI6IkJPT0wiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOls1OSw2Ml19fSAgICAgIAEA
        AAAAAAAA/v////////8DAAAAAAAAAAAAAAAAAAAAAAAAAAAA8D8AAAAAAAAAQAAAgD8AACDAAD4HAQAB
        """, options: .ignoreUnknownCharacters) ?? Data())

    static func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { [UInt8]($0) } }

    static let records = [
        TensorRecord(name: "b", dtype: .float32, shape: [2], bytes: bytes([1, -2.5] as [Float])),
        TensorRecord(name: "a", dtype: .float64, shape: [3], bytes: bytes([0, 1, 2] as [Double])),
        TensorRecord(name: "Z", dtype: .boolean, shape: [3], bytes: [1, 0, 1] as [UInt8]),
        TensorRecord(name: "é\n\u{1}\"/\\\u{7F}", dtype: .int64, shape: [1, 3], bytes: bytes([1, -2, 3] as [Int64])),
        TensorRecord(name: "h", dtype: .float16, shape: [], bytes: [0x00, 0x3E] as [UInt8]),
        TensorRecord(name: "e", dtype: .int16, shape: [0, 4], bytes: [] as [UInt8]),
        TensorRecord(name: "u", dtype: .uint8, shape: [1], bytes: [7] as [UInt8]),
    ]

    @Test func writesTheBytesOfTheReference() throws {
        #expect(try SafeTensorsFile.serialized(Self.records, metadata: ["format": "np"]) == Self.reference)
        #expect(try SafeTensorsFile.serialized([]) == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    }

    @Test func readsWhatItWrites() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.safetensors")
        try SafeTensorsFile.write(Self.records, metadata: ["format": "np"], to: path)
        #expect(try folder.bytes("a.safetensors") == Self.reference)
        #expect(try folder.names == ["a.safetensors"])
        let file = try SafeTensorsFile(path: path)
        #expect(file.metadata == ["format": "np"])
        #expect(file.count == Self.records.count)
        for record in Self.records {
            let read = try #require(file[record.name])
            #expect(read.dtype == record.dtype && read.shape == record.shape)
            #expect(read.bytes.byteArray == record.bytes.byteArray)
        }
        #expect(file["missing"] == nil)
        #expect(file.names == ["é\n\u{1}\"/\\\u{7F}", "a", "b", "h", "e", "u", "Z"])
    }

    @Test func replacesAFileOnlyWhole() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.safetensors")
        try SafeTensorsFile.write(Self.records, to: path)
        let old = try SafeTensorsFile(path: path)
        let wrong = TensorRecord(name: "x", dtype: .float32, shape: [2], bytes: [0] as [UInt8])
        #expect(throws: FormatError.self) { try SafeTensorsFile.write([wrong], to: path) }
        #expect(try SafeTensorsFile(path: path).count == Self.records.count)
        try SafeTensorsFile.write([], to: path)
        #expect(try SafeTensorsFile(path: path).count == 0)
        // A file that is open keeps its old content.
        #expect(old["u"]?.bytes.byteArray == [7])
        #expect(throws: FormatError.self) { try SafeTensorsFile.write([], to: folder.file("no/such/folder")) }
        #expect(try folder.names == ["a.safetensors"])
    }

    @Test func refusesNamesThatClash() {
        let a = TensorRecord(name: "a", dtype: .uint8, shape: [0], bytes: [] as [UInt8])
        let metadata = TensorRecord(name: "__metadata__", dtype: .uint8, shape: [0], bytes: [] as [UInt8])
        #expect(throws: FormatError.self) { try SafeTensorsFile.serialized([a, a]) }
        #expect(throws: FormatError.self) { try SafeTensorsFile.serialized([metadata]) }
    }

    @Test func refusesEveryPrefix() {
        for count in 0 ..< Self.reference.count {
            #expect(throws: FormatError.self) { try SafeTensorsFile(bytes: Array(Self.reference[..<count])) }
        }
        #expect(throws: FormatError.self) { try SafeTensorsFile(bytes: Self.reference + [0]) }
    }

    @Test func survivesEveryChangedByte() {
        for position in Self.reference.indices {
            for change in [0x01, 0x10, 0x80, 0xFF] as [UInt8] {
                var bytes = Self.reference
                bytes[position] ^= change
                guard let file = try? SafeTensorsFile(bytes: bytes) else { continue }
                for record in file.records {
                    #expect(record.dtype.byteCount(shape: record.shape) == record.bytes.byteArray.count)
                }
            }
        }
    }

    static func file(_ header: String, data: Int) -> [UInt8] {
        bytes([UInt64(header.utf8.count)]) + Array(header.utf8) + [UInt8](repeating: 1, count: data)
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, 3),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[1]}}"#, 1),
        (#"{"a":{"dtype":"X8","shape":[1],"data_offsets":[0,1]}}"#, 1),
        (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,1]}}"#, 1),
        (#"{"a":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":{"dtype":"U8","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}"#, 0),
        (#"{"a":{"dtype":"U8","shape":[18446744073709551617],"data_offsets":[0,1]}}"#, 1),
        (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":{}}}"#, 1),
        (#"{"a":[]}"#, 0), (#"[]"#, 0), (#"{}{}"#, 0), (#" {}"#, 0), ("", 0), (#"{"__metadata__":{"a":1}}"#, 0),
        (#"{"__metadata__":{"a":"1","a":"1"}}"#, 0), (#"{"__metadata__":{},"__metadata__":{}}"#, 0),
    ])
    func refuses(header: String, data: Int) {
        #expect(throws: FormatError.self) { try SafeTensorsFile(bytes: Self.file(header, data: data)) }
    }

    @Test func readsSmallElementsAndEveryType() throws {
        let four = try SafeTensorsFile(
            bytes: Self.file(#"{"a":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]}}"#, data: 3))
        #expect(four["a"]?.bytes.byteCount == 3)
        for dtype in SafeTensorsDType.allCases {
            let header = "{\"a\":{\"dtype\":\"\(dtype.rawValue)\",\"shape\":[8],\"data_offsets\":[0,\(dtype.bitWidth)]}}  "
            #expect(try SafeTensorsFile(bytes: Self.file(header, data: dtype.bitWidth))["a"]?.dtype == dtype)
        }
    }

    @Test func errorsNameTheFileAndTheField() throws {
        let header = #"{"layer.weight":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#
        let error = #expect(throws: FormatError.self) {
            try SafeTensorsFile(bytes: Self.file(header, data: 4), description: "model.safetensors")
        }
        #expect(error?.description == "model.safetensors: “layer.weight” of type F32 and shape [2] takes 8 bytes, "
            + "but its data_offsets are [0, 4]")
        let missing = #expect(throws: FormatError.self) { try SafeTensorsFile(path: "/nonexistent/model.safetensors") }
        #expect(missing?.description == "/nonexistent/model.safetensors: cannot open: No such file or directory")
        #expect(throws: FormatError.self) { try SafeTensorsFile(path: "/") }
    }
}
