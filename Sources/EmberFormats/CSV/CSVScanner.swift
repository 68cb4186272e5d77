/// Takes a CSV file apart (RFC 4180): rows of fields, which may be in quotation marks. Lines end with a line feed, with or without a carriage
/// return before it; empty lines are passed over.
struct CSVScanner {
    /// A field, and whether it was in quotation marks: `""` is an empty text, nothing is a missing value.
    struct Field {
        let text: String
        let isQuoted: Bool
    }

    private let bytes: UnsafeRawBufferPointer
    private let separator: UInt8
    private let file: String
    private var offset = 0
    /// The line of the next byte, from 1.
    private(set) var line = 1

    private static let quote = UInt8(ascii: "\""), lineFeed = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")

    init(_ bytes: UnsafeRawBufferPointer, separator: UInt8?, file: String) {
        // A byte order mark, as spreadsheet programs write it.
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[start...])
        self.separator = separator ?? CSVScanner.separator(self.bytes)
        self.file = file
    }

    /// The character that separates the fields of the first line: a comma unless it has more semicolons or tabs.
    private static func separator(_ bytes: UnsafeRawBufferPointer) -> UInt8 {
        var counts: [UInt8: Int] = [:], isQuoted = false
        for byte in bytes {
            if byte == quote { isQuoted.toggle() }
            if byte == lineFeed, !isQuoted { break }
            if !isQuoted { counts[byte, default: 0] += 1 }
        }
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        return candidates.max { (counts[$0] ?? 0, $1) < (counts[$1] ?? 0, $0) } ?? UInt8(ascii: ",")
    }

    /// The next row; nil at the end.
    mutating func row() throws(FormatError) -> [Field]? {
        while offset < bytes.count, bytes[offset] == CSVScanner.lineFeed || isLineEnd(offset) { endLine() }
        guard offset < bytes.count else { return nil }
        var fields: [Field] = []
        while true {
            fields.append(try field())
            guard offset < bytes.count else { return fields }
            if bytes[offset] == separator {
                offset += 1
            } else {
                endLine()
                return fields
            }
        }
    }

    /// Whether a line ends with the byte at this place, which may be the first of two.
    private func isLineEnd(_ place: Int) -> Bool {
        if bytes[place] == CSVScanner.lineFeed { return true }
        return bytes[place] == CSVScanner.carriageReturn && (place + 1 == bytes.count || bytes[place + 1] == CSVScanner.lineFeed)
    }

    private mutating func endLine() {
        if bytes[offset] == CSVScanner.carriageReturn { offset += 1 }
        if offset < bytes.count { offset += 1 }
        line += 1
    }

    private mutating func field() throws(FormatError) -> Field {
        guard offset < bytes.count, bytes[offset] == CSVScanner.quote else {
            let start = offset
            while offset < bytes.count, bytes[offset] != separator, !isLineEnd(offset) { offset += 1 }
            return Field(text: try text(bytes[start ..< offset]), isQuoted: false)
        }
        let start = line
        offset += 1
        var content: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == CSVScanner.quote {
                guard offset < bytes.count, bytes[offset] == CSVScanner.quote else {
                    guard offset == bytes.count || bytes[offset] == separator || isLineEnd(offset) else {
                        throw FormatError(.malformed, file: file, "line \(line): something follows the quotation mark that ends a field")
                    }
                    return Field(text: try text(content), isQuoted: true)
                }
                offset += 1
            }
            if byte == CSVScanner.lineFeed { line += 1 }
            content.append(byte)
        }
        throw FormatError(.truncated, file: file, "line \(start): a field in quotation marks has no end")
    }

    private func text(_ utf8: some Collection<UInt8>) throws(FormatError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw FormatError(.malformed, file: file, "line \(line): not valid UTF-8")
        }
        return text
    }
}
