import EmberTensor

/// The header of an `.npy` file: what lies between the magic bytes and the elements.
///
/// Format: numpy.lib.format, versions 1.0 to 3.0.
struct NumPyHeader: Sendable {
    /// NumPy's words for the element type, such as `<f4`; a list for structured arrays.
    var descriptor: String
    var isFortranOrdered: Bool
    var shape: [Int]

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// NumPy itself reads no longer ones from files that it does not trust.
    static let maximumBytes = 1 << 16
    static let maximumRank = 64

    /// Reads magic bytes, version and header; the reader is at the elements afterwards.
    init(_ reader: inout ByteReader) throws(FormatError) {
        let file = reader.file
        guard try reader.take(6, "magic bytes").elementsEqual(NumPyHeader.magic) else {
            throw FormatError(.malformed, file: file, "not a NumPy file: it does not begin with “\\x93NUMPY”")
        }
        let major = try reader.integer(UInt8.self, "version"), minor = try reader.integer(UInt8.self, "version")
        guard (1 ... 3).contains(major), minor == 0 else {
            throw FormatError(.unsupported, file: file, "a NumPy file of version \(major).\(minor); 1.0, 2.0 and 3.0 are read")
        }
        let length = major == 1
            ? Int(try reader.integer(UInt16.self, "length of the header")) : Int(try reader.integer(UInt32.self, "length of the header"))
        guard length <= NumPyHeader.maximumBytes else {
            throw FormatError(.tooLarge, file: file, "a NumPy header of \(length) bytes; at most \(NumPyHeader.maximumBytes) are read")
        }
        let text = try reader.take(length, "header")
        var parser = PythonLiteralParser(text, file: file)
        self = try parser.header()
    }

    /// The header as NumPy writes it: room for the first dimension to grow, then spaces to a multiple of 64, then a line feed.
    var serialized: [UInt8] {
        let tuple = shape.count == 1 ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
        var text = "{'descr': '\(descriptor)', 'fortran_order': \(isFortranOrdered ? "True" : "False"), 'shape': \(tuple), }"
        if let growing = isFortranOrdered ? shape.last : shape.first {
            text += String(repeating: " ", count: max(0, 21 - "\(growing)".count))
        }
        let prefix = NumPyHeader.magic + [1, 0]
        let padding = 64 - (prefix.count + 2 + text.utf8.count + 1) % 64
        text += String(repeating: " ", count: padding) + "\n"
        return prefix + littleEndian(UInt16(text.utf8.count)) + Array(text.utf8)
    }

    init(descriptor: String, isFortranOrdered: Bool, shape: [Int]) {
        self.descriptor = descriptor
        self.isFortranOrdered = isFortranOrdered
        self.shape = shape
    }
}

/// The part of Python's literals that headers of NumPy use: one dictionary of strings, booleans and tuples of integers.
private struct PythonLiteralParser {
    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    mutating func header() throws(FormatError) -> NumPyHeader {
        var descriptor: String?, isFortranOrdered: Bool?, shape: [Int]?
        try expect("{")
        while !take("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where descriptor == nil:
                descriptor = peek() == UInt8(ascii: "[") ? try list() : try string()
            case "fortran_order" where isFortranOrdered == nil: isFortranOrdered = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw error("an unknown or repeated key “\(key)”")
            }
            if !take(",") {
                try expect("}")
                break
            }
        }
        guard peek() == nil else { throw error("something after the dictionary") }
        guard let descriptor, let isFortranOrdered, let shape else { throw error("descr, fortran_order and shape are needed") }
        return NumPyHeader(descriptor: descriptor, isFortranOrdered: isFortranOrdered, shape: shape)
    }

    private func error(_ problem: String) -> FormatError {
        FormatError(.malformed, file: file, "in the NumPy header at byte \(offset): \(problem)")
    }

    private mutating func peek() -> UInt8? {
        while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
        return offset < bytes.count ? bytes[offset] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
        guard take(character) else { throw error("“\(character)” is expected") }
    }

    private mutating func string() throws(FormatError) -> String {
        guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { throw error("a string is expected") }
        offset += 1
        let start = offset
        while offset < bytes.count, bytes[offset] != quote {
            guard bytes[offset] != UInt8(ascii: "\\") else { throw error("an escape in a string") }
            offset += 1
        }
        guard offset < bytes.count, let text = String(validating: bytes[start ..< offset], as: UTF8.self) else {
            throw error("a string without end")
        }
        offset += 1
        return text
    }

    /// The text of a list, which describes the fields of a structured array.
    private mutating func list() throws(FormatError) -> String {
        let start = offset
        var depth = 0
        repeat {
            guard let next = peek() else { throw error("a list without end") }
            switch next {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "["): depth += 1; offset += 1
            case UInt8(ascii: "]"): depth -= 1; offset += 1
            default: offset += 1
            }
        } while depth > 0
        return String(decoding: bytes[start ..< offset], as: UTF8.self)
    }

    private mutating func boolean() throws(FormatError) -> Bool {
        for (word, value) in [("True", true), ("False", false)] {
            _ = peek()
            if bytes[offset...].starts(with: word.utf8) {
                offset += word.utf8.count
                return value
            }
        }
        throw error("True or False is expected")
    }

    private mutating func tuple() throws(FormatError) -> [Int] {
        try expect("(")
        var result: [Int] = []
        while !take(")") {
            guard result.count < NumPyHeader.maximumRank else { throw error("more than \(NumPyHeader.maximumRank) dimensions") }
            result.append(try size())
            if !take(",") {
                guard result.count > 1 else { throw error("a tuple of one number needs a comma") }
                try expect(")")
                break
            }
        }
        return result
    }

    private mutating func size() throws(FormatError) -> Int {
        guard let first = peek(), (UInt8(ascii: "0") ... UInt8(ascii: "9")).contains(first) else {
            throw error("a size of 0 or more is expected")
        }
        var value = 0
        while offset < bytes.count, (UInt8(ascii: "0") ... UInt8(ascii: "9")).contains(bytes[offset]) {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(Int(bytes[offset] - UInt8(ascii: "0")))
            guard !tooLarge, !carried else { throw error("a size beyond 2⁶³") }
            value = sum
            offset += 1
        }
        // Python 2 marked long integers.
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "L") { offset += 1 }
        return value
    }
}
