import EmberTensor

/// A table of a CSV file: named columns of numbers, booleans or text.
///
/// ```swift
/// let table = try CSVTable(path: "iris.csv")
/// let x = try table.matrix(["sepal length", "sepal width"])   // float32, (rows, 2)
/// let y = try table.load("class")
/// ```
/// A column is of the narrowest type that all its values have: booleans (`true`, `False`), integers, numbers, text. Missing values — empty
/// fields, `NA`, `NaN`, `null` — are NaN in tensors.
/// PyTorch: `torch.tensor(pandas.read_csv(path).values)`.
public struct CSVTable: TensorArchive {
    /// A column; nil stands for missing values.
    public struct Column: Sendable, Equatable {
        public enum Values: Sendable, Equatable {
            case booleans([Bool?])
            case integers([Int?])
            case numbers([Double?])
            case texts([String?])
        }

        public let name: String
        public let values: Values

        public init(_ name: String, _ values: Values) {
            self.name = name
            self.values = values
        }

        public var count: Int {
            switch values {
            case .booleans(let values): values.count
            case .integers(let values): values.count
            case .numbers(let values): values.count
            case .texts(let values): values.count
            }
        }
    }

    public let path: String
    public let columns: [Column]
    public let rowCount: Int

    public var format: TensorFormat { .csv }
    public var metadata: JSONObject { ["rows": .integer(rowCount)] }

    /// The spellings of missing values, beside nothing.
    static let missingValues: Set<String> = ["", "NA", "N/A", "NaN", "nan", "null", "NULL"]

    /// A table to be written. All columns need as many values.
    public init(columns: [Column]) {
        let count = columns.first?.count ?? 0
        precondition(columns.allSatisfy { $0.count == count }, "the columns of a table have equally many values")
        path = "table"
        self.columns = columns
        rowCount = count
    }

    /// Reads a file.
    /// - Parameters:
    ///   - hasHeader: whether the first row has the names of the columns; nil when the file shall tell: it has unless one of its fields is a number.
    ///   - separator: an ASCII character; nil for the one that the first line has, of comma, semicolon and tab.
    ///   - maximumBytes: the largest file that is read; it takes up to forty times as much memory.
    /// - Throws: `FormatError` that names the line, when rows have different numbers of fields, quotation marks do not match, or it is no UTF-8.
    public init(
        path: String, hasHeader: Bool? = nil, separator: Unicode.Scalar? = nil, maximumBytes: Int = 1 << 28
    ) throws(FormatError) {
        try self.init(
            bytes: try MappedFile(path: path), description: path, hasHeader: hasHeader, separator: separator, maximumBytes: maximumBytes)
    }

    /// Reads the content of a file that lies in memory. `description` stands for the path in errors.
    public init(
        bytes: some ByteSource, description: String = "bytes in memory", hasHeader: Bool? = nil, separator: Unicode.Scalar? = nil,
        maximumBytes: Int = 1 << 28
    ) throws(FormatError) {
        precondition(separator?.isASCII ?? true, "fields are separated by an ASCII character")
        guard bytes.byteCount <= maximumBytes else {
            throw FormatError(.tooLarge, file: description, "takes more than the allowed \(maximumBytes) bytes")
        }
        let (names, fields) = try bytes.reading { buffer throws(FormatError) in
            try CSVTable.read(buffer, separator: separator.map { UInt8(ascii: $0) }, hasHeader: hasHeader, file: description)
        }
        path = description
        columns = zip(names, fields).map { Column($0, CSVTable.values($1)) }
        rowCount = fields.first?.count ?? 0
    }

    /// The column of this name.
    public subscript(name: String) -> Column? { columns.first { $0.name == name } }

    // MARK: Tensors

    public var entries: [TensorEntry] {
        columns.map { column in
            let dtype = column.dtype
            return TensorEntry(
                name: column.name, shape: [rowCount], storedType: column.typeName, dtype: dtype, byteCount: rowCount * (dtype?.size ?? 0))
        }
    }

    /// A column as a tensor: bool, int64, or float64; the last also for booleans and integers of which some are missing.
    public func load(_ name: String) throws(FormatError) -> Tensor {
        guard let column = self[name] else { throw FormatError(.malformed, file: path, "there is no column “\(name)”") }
        guard let tensor = column.tensor else {
            throw FormatError(.unsupported, file: path, "the column “\(name)” is text, which no tensor holds")
        }
        return tensor
    }

    /// Columns side by side, of shape (rows, columns); all columns when no names are given.
    public func matrix(_ names: [String]? = nil, dtype: DType = .float32) throws(FormatError) -> Tensor {
        var parts: [Tensor] = []
        for name in names ?? columns.map(\.name) { parts.append(try load(name).to(dtype)) }
        return parts.isEmpty ? Tensor.zeros([rowCount, 0], dtype: dtype) : stack(parts, dim: 1)
    }

    // MARK: Reading

    private static func read(
        _ bytes: UnsafeRawBufferPointer, separator: UInt8?, hasHeader: Bool?, file: String
    ) throws(FormatError) -> (names: [String], fields: [[CSVScanner.Field]]) {
        var scanner = CSVScanner(bytes, separator: separator, file: file)
        guard let first = try scanner.row() else {
            throw FormatError(.malformed, file: file, "a CSV file has a line of names or values at least; this one is empty")
        }
        let isHeader = hasHeader ?? !first.contains { !$0.isQuoted && Double($0.text) != nil }
        var fields = first.map { isHeader ? [] : [$0] }
        var line = scanner.line
        while let row = try scanner.row() {
            guard row.count == fields.count else {
                throw FormatError(
                    .malformed, file: file, "the row that begins on line \(line) or after has \(row.count) field\(row.count == 1 ? "" : "s"), "
                        + "the first row \(fields.count)")
            }
            for (column, field) in row.enumerated() { fields[column].append(field) }
            line = scanner.line
        }
        let names = isHeader ? first.map(\.text) : first.indices.map { "column \($0)" }
        return (unique(names), fields)
    }

    /// Names that occur again get a number.
    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = [], counts: [String: Int] = [:]
        return names.map { name in
            var result = name
            while !seen.insert(result).inserted {
                counts[name, default: 0] += 1
                result = "\(name).\(counts[name, default: 0])"
            }
            return result
        }
    }

    private static func values(_ fields: [CSVScanner.Field]) -> Column.Values {
        func isMissing(_ field: CSVScanner.Field) -> Bool { !field.isQuoted && missingValues.contains(field.text) }
        func parsed<Value>(_ parse: (String) -> Value?) -> [Value?]? {
            var result: [Value?] = []
            result.reserveCapacity(fields.count)
            for field in fields {
                if isMissing(field) {
                    result.append(nil)
                } else if let value = parse(field.text) {
                    result.append(value)
                } else {
                    return nil
                }
            }
            return result
        }
        guard !fields.allSatisfy(isMissing) else { return .numbers(fields.map { _ in nil }) }
        if let values = parsed({ ["true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false][$0] }) {
            return .booleans(values)
        }
        if let values = parsed({ Int($0) }) { return .integers(values) }
        if let values = parsed({ Double($0) }) { return .numbers(values) }
        return .texts(fields.map { isMissing($0) ? nil : $0.text })
    }

    // MARK: Writing

    /// Writes the table with a line of names. Numbers have the fewest digits that read back to the same value; missing values and NaN are empty.
    public func write(to path: String) throws(FormatError) {
        var writer = try AtomicFileWriter(path: path)
        try writer.write(Array((columns.map { CSVWriter.quoted($0.name) }.joined(separator: ",") + "\n").utf8))
        for row in 0 ..< rowCount {
            try writer.write(Array((columns.map { $0.text(row, isAlone: columns.count == 1) }.joined(separator: ",") + "\n").utf8))
        }
        try writer.commit()
    }

    /// Writes tensors of one dimension as columns; one of two dimensions alone, column by column.
    static func write(_ tensors: [NamedTensor], to path: String) throws(FormatError) {
        var columns: [Column] = []
        if let only = tensors.first, tensors.count == 1, only.tensor.rank == 2 {
            for index in 0 ..< only.tensor.shape[1] {
                columns.append(Column("\(only.name).\(index)", try CSVTable.values(only.tensor.select(1, index), name: only.name, file: path)))
            }
        } else {
            for named in tensors {
                guard named.tensor.rank == 1, named.tensor.count == tensors.first?.tensor.count else {
                    throw FormatError(
                        .unsupported, file: path,
                        "“\(named.name)” of shape \(named.tensor.shape) is no column: a CSV file holds tensors of one dimension and equal sizes, or "
                            + "one of two dimensions")
                }
                columns.append(Column(named.name, try CSVTable.values(named.tensor, name: named.name, file: path)))
            }
        }
        try CSVTable(columns: columns).write(to: path)
    }

    private static func values(_ tensor: Tensor, name: String, file: String) throws(FormatError) -> Column.Values {
        guard !tensor.dtype.isComplex else {
            throw FormatError(.unsupported, file: file, "cannot write “\(name)” of type \(tensor.dtype.name): a CSV file has no complex numbers")
        }
        if tensor.dtype == .bool { return .booleans(tensor.array(of: Bool.self)) }
        if tensor.dtype == .uint64 {
            return .integers(try tensor.array(of: UInt64.self).map { value throws(FormatError) in
                guard let integer = Int(exactly: value) else { throw FormatError(.unsupported, file: file, "cannot write “\(name)”: \(value) is beyond 2⁶³") }
                return integer
            })
        }
        if tensor.dtype.isInteger { return .integers(tensor.array(of: Int.self)) }
        // The digits of a float32 are fewer than those of the double of the same value.
        if tensor.dtype != .float64 { return .numbers(tensor.array(of: Float.self).map { Double("\($0)") }) }
        return .numbers(tensor.array(of: Double.self))
    }
}

extension CSVTable.Column {
    /// What the column is as a tensor; nil for text.
    public var tensor: Tensor? {
        switch values {
        case .booleans(let values): dense(values).map { Tensor($0) } ?? Tensor(values.map { $0.map { $0 ? 1.0 : 0 } ?? .nan }, dtype: .float64)
        case .integers(let values): dense(values).map { Tensor($0) } ?? Tensor(values.map { $0.map(Double.init) ?? .nan }, dtype: .float64)
        case .numbers(let values): Tensor(values.map { $0 ?? .nan }, dtype: .float64)
        case .texts: nil
        }
    }

    var dtype: DType? {
        switch values {
        case .booleans(let values): values.contains { $0 == nil } ? .float64 : .bool
        case .integers(let values): values.contains { $0 == nil } ? .float64 : .int64
        case .numbers: .float64
        case .texts: nil
        }
    }

    var typeName: String {
        switch values {
        case .booleans: "boolean"
        case .integers: "integer"
        case .numbers: "number"
        case .texts: "text"
        }
    }

    private func dense<Value>(_ values: [Value?]) -> [Value]? {
        let present = values.compactMap { $0 }
        return present.count == values.count ? present : nil
    }

    /// A field as it is written. A text that would read back as something else stands in quotation marks, and so does nothing in the only column
    /// of a table, whose line would be empty.
    func text(_ row: Int, isAlone: Bool) -> String {
        let missing = isAlone ? "NA" : ""
        switch values {
        case .booleans(let values): return values[row].map { $0 ? "true" : "false" } ?? missing
        case .integers(let values): return values[row].map(String.init) ?? missing
        case .numbers(let values): return values[row].flatMap { $0.isNaN ? nil : "\($0)" } ?? missing
        case .texts(let values):
            guard let text = values[row] else { return missing }
            return CSVTable.missingValues.contains(text) ? "\"\(text)\"" : CSVWriter.quoted(text)
        }
    }
}
