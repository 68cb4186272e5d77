/// Reads JSON token by token from bytes that it does not own.
///
/// Readers of formats with a JSON header take what they expect directly (`beginObject`, `string`, `nonNegativeInteger`…),
/// so that a hostile header of 100 MB is never turned into a tree; `value()` reads any value into `JSON`.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private let maximumDepth: Int
    private var depth = 0
    private(set) var offset = 0

    /// The bytes must outlive the scanner.
    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = 128) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    func error(_ problem: String, at place: Int? = nil) -> JSONError {
        JSONError(offset: place ?? offset, problem: problem)
    }

    // MARK: Punctuation

    /// The next byte that is not white space, not consumed; nil at the end.
    mutating func peek() -> UInt8? {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: offset += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Consumes the byte, which must come next.
    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard let next = peek() else { throw error("ends where “\(Character(Unicode.Scalar(byte)))” is expected") }
        guard next == byte else {
            throw error("\(shown(next)) where “\(Character(Unicode.Scalar(byte)))” is expected")
        }
        offset += 1
    }

    /// Consumes the byte if it comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        offset += 1
        return true
    }

    /// Only white space may follow.
    mutating func end() throws(JSONError) {
        if let next = peek() { throw error("\(shown(next)) after the value") }
    }

    private func shown(_ byte: UInt8) -> String {
        (0x21 ... 0x7E).contains(byte) ? "“\(Character(Unicode.Scalar(byte)))”" : "byte \(byte)"
    }

    // MARK: Values

    /// Any value.
    mutating func value() throws(JSONError) -> JSON {
        guard let next = peek() else { throw error("ends where a value is expected") }
        switch next {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try word("true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .boolean(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0") ... UInt8(ascii: "9"): return try number()
        default: throw error("\(shown(next)) where a value is expected")
        }
    }

    private mutating func enter() throws(JSONError) {
        guard depth < maximumDepth else { throw error("nested more than \(maximumDepth) deep") }
        depth += 1
    }

    private mutating func array() throws(JSONError) -> [JSON] {
        try enter()
        var elements: [JSON] = []
        try expect(UInt8(ascii: "["))
        if !take(UInt8(ascii: "]")) {
            repeat { elements.append(try value()) } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"))
        }
        depth -= 1
        return elements
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try enter()
        var result = JSONObject()
        try members { (scanner, name, place) throws(JSONError) in
            guard result.insert(name, try scanner.value()) else {
                throw scanner.error("the name “\(name)” occurs twice in one object", at: place)
            }
        }
        depth -= 1
        return result
    }

    /// Walks through an object: `body` gets each name and its place, and must consume the value.
    mutating func members(
        _ body: (inout JSONScanner, _ name: String, _ place: Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(UInt8(ascii: "{"))
        if take(UInt8(ascii: "}")) { return }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw error("a name in quotation marks is expected") }
            let place = offset
            let name = try string()
            try expect(UInt8(ascii: ":"))
            try body(&self, name, place)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        guard offset + length <= bytes.count,
            (0 ..< length).allSatisfy({ bytes[offset + $0] == word.utf8Start[$0] })
        else { throw error("a value is expected") }
        offset += length
    }

    // MARK: Numbers

    /// An integer from 0 to `Int.max`, written as digits only.
    mutating func nonNegativeInteger() throws(JSONError) -> Int {
        _ = peek()
        let place = offset
        guard case .integer(let value)? = try peek().map({ _ throws(JSONError) in try value() }), value >= 0 else {
            throw error("an integer from 0 to \(Int.max) is expected", at: place)
        }
        return value
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = offset
        let isNegative = take(UInt8(ascii: "-"))
        // The decimal digits as one integer and the power of ten that it is to be multiplied by.
        var significand: UInt64 = 0
        var exponent = 0
        var isExact = true

        func digit(_ place: Int) -> UInt64? {
            guard place < bytes.count, (UInt8(ascii: "0") ... UInt8(ascii: "9")).contains(bytes[place]) else { return nil }
            return UInt64(bytes[place] - UInt8(ascii: "0"))
        }
        func append(_ digit: UInt64) {
            let (product, tooLarge) = significand.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(digit)
            if tooLarge || carried { isExact = false } else { significand = sum }
        }

        guard let first = digit(offset) else { throw error("a digit is expected") }
        append(first)
        offset += 1
        if first != 0 {
            while let next = digit(offset) {
                append(next)
                offset += 1
            }
        } else if digit(offset) != nil {
            throw error("a number must not begin with 0")
        }

        var isInteger = true
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            guard digit(offset) != nil else { throw error("a digit is expected after the decimal point") }
            while let next = digit(offset) {
                append(next)
                exponent -= 1
                offset += 1
            }
        }
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            offset += 1
            var isNegativeExponent = false
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") || bytes[offset] == UInt8(ascii: "+") {
                isNegativeExponent = bytes[offset] == UInt8(ascii: "-")
                offset += 1
            }
            guard digit(offset) != nil else { throw error("a digit is expected in the exponent") }
            var written = 0
            while let next = digit(offset) {
                written = min(written * 10 + Int(next), 1_000_000)
                offset += 1
            }
            exponent += isNegativeExponent ? -written : written
        }

        if isInteger && isExact {
            if isNegative, significand <= UInt64(Int.max) + 1 { return .integer(Int(truncatingIfNeeded: 0 &- significand)) }
            if !isNegative, significand <= UInt64(Int.max) { return .integer(Int(significand)) }
        }
        // Clinger 1990, "How to read floating point numbers accurately": both operands are exact in this range.
        if isExact, significand <= 1 << 53, abs(exponent) <= 22 {
            let magnitude = exponent < 0
                ? Double(significand) / JSONScanner.powersOfTen[-exponent]
                : Double(significand) * JSONScanner.powersOfTen[exponent]
            return .number(isNegative ? -magnitude : magnitude)
        }
        let text = String(decoding: bytes[start ..< offset], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw error("the number is beyond the range of a double", at: start)
        }
        return .number(value)
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
        1e21, 1e22,
    ]

    // MARK: Strings

    /// A string, in quotation marks.
    mutating func string() throws(JSONError) -> String {
        try expect(UInt8(ascii: "\""))
        let start = offset
        // Most strings have no escapes and are taken as they lie there.
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "\"") {
                let text = try validated(bytes[start ..< offset], at: start)
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try stringWithEscapes(from: start) }
            guard byte >= 0x20 else { throw error("a control character in a string") }
            offset += 1
        }
        throw error("ends inside of a string")
    }

    private func validated(_ utf8: some Collection<UInt8>, at place: Int) throws(JSONError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else { throw error("not valid UTF-8", at: place) }
        return text
    }

    private mutating func stringWithEscapes(from start: Int) throws(JSONError) -> String {
        var text = [UInt8](bytes[start ..< offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return try validated(text, at: start)
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape().utf8)
            case 0x20...: text.append(byte)
            default: throw error("a control character in a string", at: offset - 1)
            }
        }
        throw error("ends inside of a string")
    }

    private mutating func escape() throws(JSONError) -> String {
        guard offset < bytes.count else { throw error("ends inside of a string") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return String(try escapedScalar())
        default: throw error("an unknown escape in a string", at: offset - 1)
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Character {
        let place = offset
        var code = try fourHexadecimalDigits()
        if (0xD800 ..< 0xDC00).contains(code) {
            guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
            else { throw error("half of a surrogate pair", at: place) }
            offset += 2
            let low = try fourHexadecimalDigits()
            guard (0xDC00 ..< 0xE000).contains(low) else { throw error("half of a surrogate pair", at: place) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair", at: place) }
        return Character(scalar)
    }

    private mutating func fourHexadecimalDigits() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0 ..< 4 {
            guard offset < bytes.count, let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw error("four hexadecimal digits are expected")
            }
            code = code << 4 | UInt32(digit)
            offset += 1
        }
        return code
    }
}
