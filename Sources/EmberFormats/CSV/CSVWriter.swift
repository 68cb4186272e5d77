#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Appends rows to a CSV file (RFC 4180, lines ended by a line feed). Every row is in the file when `append` returns, so that
/// other programs can follow it and a crash loses nothing.
///
/// ```swift
/// let metrics = try CSVWriter(path: "metrics.csv", columns: ["epoch", "loss"])
/// try metrics.append([.integer(1), .number(0.25)])
/// ```
public final class CSVWriter: Sendable {
    /// One field of a row.
    public enum Field: Sendable, Equatable {
        case text(String)
        case integer(Int)
        /// Written with the fewest digits that read back to the same value.
        case number(Double)
        /// Written with a fixed number of decimals.
        case decimal(Double, places: Int)
    }

    public let path: String
    public let columns: [String]
    private let descriptor: Int32

    /// Begins a new file with a line of column names, or continues one.
    /// - Parameter keepingRows: nil begins anew. A number continues the file that is there with that many of its rows (a
    ///   resumed run drops what was logged after its checkpoint); its column names must be `columns`.
    public init(path: String, columns: [String], keepingRows: Int? = nil) throws(FormatError) {
        self.path = path
        self.columns = columns
        let header = CSVWriter.line(columns.map(Field.text))
        var kept: [UInt8] = Array(header.utf8)
        if let keepingRows { kept = try CSVWriter.beginning(of: path, header: kept, rows: keepingRows) }
        try writeFile(kept, to: path)
        descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", file: path) }
    }

    deinit { close(descriptor) }

    /// Appends one row, which must have a field for every column.
    public func append(_ fields: [Field]) throws(FormatError) {
        precondition(fields.count == columns.count, "\(fields.count) fields do not fill \(columns.count) columns")
        let line = Array(CSVWriter.line(fields).utf8)
        guard line.withUnsafeBytes({ writeFully($0, to: descriptor) }) else { throw .system("write", file: path) }
    }

    private static func line(_ fields: [Field]) -> String {
        fields.map { field in
            switch field {
            case .text(let text): quoted(text)
            case .integer(let value): "\(value)"
            case .number(let value): "\(value)"
            case .decimal(let value, let places): Axis.fixed(value, decimals: places)
            }
        }.joined(separator: ",") + "\n"
    }

    static func quoted(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { ",\"\n\r".unicodeScalars.contains($0) }) else { return text }
        var result = "\""
        // By scalars: a quotation mark may be one character with an accent that follows it.
        for scalar in text.unicodeScalars { result.unicodeScalars.append(contentsOf: scalar == "\"" ? [scalar, scalar] : [scalar]) }
        return result + "\""
    }

    private static func beginning(of path: String, header: [UInt8], rows: Int) throws(FormatError) -> [UInt8] {
        let bytes = try MappedFile(path: path).byteArray
        guard bytes.starts(with: header) else {
            throw FormatError(.malformed, file: path, "cannot continue: the file has other columns")
        }
        var end = header.count
        var isQuoted = false
        var found = 0
        while found < rows, end < bytes.count {
            if bytes[end] == UInt8(ascii: "\"") { isQuoted.toggle() }
            if bytes[end] == UInt8(ascii: "\n"), !isQuoted { found += 1 }
            end += 1
        }
        guard found == rows else {
            throw FormatError(.truncated, file: path, "cannot continue after row \(rows): the file has only \(found)")
        }
        return Array(bytes[..<end])
    }
}
