extension Profile: CustomStringConvertible {
    /// What the rows of ``table(sortedBy:limit:width:groupedByShape:)`` are ordered by, the largest first.
    public enum Order: Sendable {
        case selfTime, totalTime, calls, bytes, flops
    }

    /// ``table(sortedBy:limit:width:groupedByShape:)`` with everything left at its default.
    public var description: String { table() }

    /// The scopes, then the operators, as a table for people. PyTorch: `table`.
    ///
    /// Shares are those of all operators' own time; rates are an operator's own traffic and arithmetic by its own time.
    /// - Parameters:
    ///   - limit: the most operators that are listed; nil lists all.
    ///   - width: how many characters a line may have. Columns at the right are left out, then names shortened, to keep within it.
    ///   - groupedByShape: one row for each combination of input shapes, which ``Profiler/measure(shapes:_:)`` must have taken down.
    public func table(sortedBy order: Order = .selfTime, limit: Int? = 20, width: Int = 100, groupedByShape: Bool = false) -> String {
        let all = entries(groupedByShape: groupedByShape)
        let isOperator = { (entry: Entry) in entry.kind == .operation || entry.kind == .gradientRule }
        let scopes = all.filter { !isOperator($0) }.sorted { $0.totalTime > $1.totalTime }
        let operators = all.filter(isOperator).sorted { order.value(of: $0) > order.value(of: $1) }
        let listed = operators.prefix(limit ?? operators.count)
        var parts: [String] = []
        if !scopes.isEmpty { parts.append(scopeTable(scopes).text(width: width)) }
        if !listed.isEmpty { parts.append(operatorTable(listed).text(width: width)) }
        parts.append(summary(listed: listed.count, of: operators.count).joined(separator: "\n"))
        return parts.joined(separator: "\n\n")
    }

    private func scopeTable(_ scopes: [Entry]) -> AlignedTable {
        AlignedTable(header: ["scope", "calls", "total", "share", "per call", "own time", "peak"], rows: scopes.map { entry in
            [entry.title, "\(entry.calls)", Self.text(entry.totalTime), Self.percent(entry.totalTime, of: duration),
             Self.text(entry.totalTime / max(entry.calls, 1)), Self.text(entry.selfTime), Self.bytes(entry.peakBytes)]
        })
    }

    private func operatorTable(_ entries: some Collection<Entry>) -> AlignedTable {
        let whole = operatorTime
        return AlignedTable(
            header: ["operator", "pass", "calls", "own time", "share", "per call", "GB/s", "GFLOP/s", "moved", "peak"],
            rows: entries.map { entry in
                let shapes = entry.inputShapes.isEmpty ? "" : " " + entry.inputShapes.map { "\($0)" }.joined(separator: " ")
                let moved = entry.bytesRead + entry.bytesWritten
                return [
                    entry.title + shapes, entry.isBackward ? "backward" : "forward", "\(entry.calls)", Self.text(entry.selfTime),
                    Self.percent(entry.selfTime, of: whole), Self.text(entry.selfTime / max(entry.calls, 1)),
                    Self.rate(moved, entry.selfTime), Self.rate(entry.flops, entry.selfTime), moved > 0 ? Self.bytes(moved) : "",
                    Self.bytes(entry.peakBytes),
                ]
            })
    }

    private func summary(listed: Int, of count: Int) -> [String] {
        let total = total
        var lines = [
            "\(Self.text(duration)) measured, \(Self.text(operatorTime)) (\(Self.percent(operatorTime, of: duration))) of it in operators"
                + (threadNames.count > 1 ? " on \(threadNames.count) threads" : "")
                + (total.flops > 0 ? "; \(Self.rate(total.flops, duration)) GFLOP/s" : ""),
            "peak of memory \(Self.bytes(peakBytes)); \(allocations) allocations, \(systemAllocations) of them from the system",
        ]
        if listed < count { lines.insert("\(listed) of \(count) operators listed", at: 0) }
        return lines
    }

    // MARK: Numbers

    /// Three digits and a unit.
    static func text(_ duration: Duration) -> String {
        let nanoseconds = duration.inNanoseconds
        for (unit, size) in [("s", 1e9), ("ms", 1e6), ("µs", 1e3)] where abs(nanoseconds) >= size {
            return threeDigits(nanoseconds / size) + " " + unit
        }
        return "\(Int(nanoseconds)) ns"
    }

    static func bytes(_ count: Int) -> String {
        for (unit, size) in [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] where Double(count) >= size {
            return threeDigits(Double(count) / size) + " " + unit
        }
        return "\(count) B"
    }

    private static func percent(_ part: Duration, of whole: Duration) -> String {
        whole == .zero ? "" : fixed(part / whole * 100, places: 1) + " %"
    }

    /// In billions a second; nothing where nothing was counted.
    private static func rate(_ amount: Int, _ time: Duration) -> String {
        amount > 0 && time > .zero ? threeDigits(Double(amount) / time.inNanoseconds) : ""
    }

    private static func threeDigits(_ value: Double) -> String {
        fixed(value, places: abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0)
    }

    private static func fixed(_ value: Double, places: Int) -> String {
        let scale = [1, 10, 100][places], scaled = Int((abs(value) * Double(scale)).rounded())
        let whole = (value < 0 && scaled > 0 ? "-" : "") + "\(scaled / scale)"
        guard places > 0 else { return whole }
        let fraction = "\(scaled % scale)"
        return whole + "." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}

extension Profile.Order {
    fileprivate func value(of entry: Profile.Entry) -> Double {
        switch self {
        case .selfTime: entry.selfTime.inNanoseconds
        case .totalTime: entry.totalTime.inNanoseconds
        case .calls: Double(entry.calls)
        case .bytes: Double(entry.bytesRead + entry.bytesWritten)
        case .flops: Double(entry.flops)
        }
    }
}

extension Duration {
    /// Good to a nanosecond over a hundred days.
    package var inNanoseconds: Double { Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9 }
}

/// Columns as wide as they must be, the first one to the left and the others to the right.
private struct AlignedTable {
    let header: [String]
    let rows: [[String]]
    private let gap = 2
    /// Narrower than this, no name says anything.
    private let shortestName = 24

    init(header: [String], rows: [[String]]) { (self.header, self.rows) = (header, rows) }

    /// Leaves out columns in which nothing stands, then those at the right end that do not fit, then shortens names.
    func text(width limit: Int) -> String {
        let used = header.indices.filter { column in column == 0 || rows.contains { !$0[column].isEmpty } }
        var widths = used.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        func total() -> Int { widths.reduce(gap * (widths.count - 1), +) }
        while widths.count > 2, total() - max(widths[0] - shortestName, 0) > limit { widths.removeLast() }
        widths[0] -= min(max(total() - limit, 0), max(widths[0] - shortestName, 0))
        let lines = ([header] + rows).map { row in
            zip(used, widths).enumerated().map { place, column in
                let cell = Self.shortened(row[column.0], to: column.1), space = String(repeating: " ", count: column.1 - cell.count)
                return place == 0 ? cell + space : space + cell
            }.joined(separator: String(repeating: " ", count: gap))
        }
        return ([lines[0], String(repeating: "─", count: total())] + lines.dropFirst()).joined(separator: "\n")
    }

    private static func shortened(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(width - 1) + "…"
    }
}
