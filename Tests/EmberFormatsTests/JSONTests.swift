import EmberFormats
import Testing

@Suite struct JSONTests {
    @Test func readsEveryKindOfValue() throws {
        let json = try JSON(parsing: #" {"a": [1, -2.5, 1e3, true, false, null], "b": {"c": "d"}, "": ""} "#)
        #expect(json == ["a": [1, -2.5, 1000.0, true, false, nil], "b": ["c": "d"], "": ""])
        #expect(json["a"]?[1]?.doubleValue == -2.5)
        #expect(json["a"]?[6] == nil)
        #expect(json["b"]?["c"]?.stringValue == "d")
        #expect(json.objectValue?.map(\.name) == ["a", "b", ""])
    }

    @Test(arguments: [
        ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("0", 0), ("-0", 0), ("9007199254740993", 9_007_199_254_740_993),
    ])
    func keepsIntegersExact(text: String, value: Int) throws {
        #expect(try JSON(parsing: text) == .integer(value))
    }

    @Test(arguments: [
        "0.1", "1e22", "1e23", "123456789012345678", "5e-324", "1.7976931348623157e308", "2.2250738585072011e-308", "0.30000000000000004",
        "9007199254740993.0", "18446744073709551616", "-1.5e-7", "100000000000000000000000.5", "0.000000000000000000000000000001",
    ])
    func roundsNumbersCorrectly(text: String) throws {
        #expect(try JSON(parsing: text).doubleValue == Double(text))
    }

    @Test func readsEscapes() throws {
        #expect(try JSON(parsing: #""\"\\\/\b\f\n\r\té€😀\u0000""#) == .string("\"\\/\u{8}\u{C}\n\r\té€😀\u{0}"))
        #expect(try JSON(parsing: "\"é€😀\"") == "é€😀")
    }

    @Test(arguments: [
        "", " ", "{", "[", "\"", "\"\\", "\"\\u12", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "[1 2]", "01", "+1", "1.", ".5", "1e", "1e+", "-", "--1",
        "tru", "nul", "True", "NaN", "Infinity", "-Infinity", "1e400", "\"\u{1}\"", "\"\\x\"", #""\ud800""#, #""\ud800A""#, #""\udc00""#,
        "1 2", "[]]", "{\"a\":1,\"a\":2}", "// c\n1", "'a'", "\u{FEFF}1", "0x10",
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test func refusesInvalidUTF8() {
        for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22]] as [[UInt8]] {
            #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
        }
    }

    @Test func findsDuplicatesInLargeObjects() {
        let members = (0 ..< 1000).map { "\"k\($0)\":\($0)" }
        #expect(throws: Never.self) { try JSON(parsing: "{" + members.joined(separator: ",") + "}") }
        let error = #expect(throws: JSONError.self) {
            try JSON(parsing: "{" + members.joined(separator: ",") + ",\"k500\":0}")
        }
        #expect(error?.problem == "the name “k500” occurs twice in one object")
    }

    @Test func limitsDepth() throws {
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(throws: Never.self) { try JSON(parsing: deep) }
        #expect(throws: JSONError.self) { try JSON(parsing: "[\(deep)]") }
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 10_000_000)) }
    }

    @Test func everyPrefixOfADocumentIsRefused() throws {
        let bytes = Array(#"{"a":[1,-2.5e3,true,null,"xé\n"],"b":{"c":{}}}"#.utf8)
        for count in 0 ..< bytes.count {
            #expect(throws: JSONError.self) { try JSON(parsing: Array(bytes[..<count])) }
        }
    }

    @Test func encodesWhatItReads() throws {
        let text = #"{"a":[1,-2.5,1e-07,true,false,null,1.0],"é":"\"\\/\n\u0001 €","o":{},"l":[]}"#
        #expect(try JSON(parsing: text).encoded == text)
        #expect(JSON.number(.nan).encoded == "null")
        #expect(try JSON(parsing: JSON(parsing: text).encodedForReading) == JSON(parsing: text))
        #expect(JSON(dictionaryLiteral: ("a", [1, [:]])).encodedForReading == "{\n  \"a\": [\n    1,\n    {}\n  ]\n}\n")
    }

    @Test func objectsCanBeEdited() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["c"] = 3
        object["a"] = 10
        object["b"] = nil
        #expect(object == ["c": 3, "a": 10])
        for index in 0 ..< 50 { object["k\(index)"] = .integer(index) }
        object["k7"] = nil
        #expect(object["k8"] == 8 && object["k7"] == nil && object["c"] == 3 && object.count == 51)
    }
}
