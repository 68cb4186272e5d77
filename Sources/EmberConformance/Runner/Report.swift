/// How many cases came out how.
struct Tally: CustomStringConvertible {
    var passed = 0, failed = 0, unsupported = 0

    mutating func count(_ outcome: Outcome) {
        switch outcome {
        case .passed: passed += 1
        case .failed: failed += 1
        case .unsupported: unsupported += 1
        }
    }

    var cases: Int { passed + failed + unsupported }
    var description: String { "\(passed) passed, \(failed) failed, \(unsupported) unsupported" }
}

/// The results of a run, in the order of the files.
struct Report {
    let records: [CaseRecord]
    let total: Tally

    init(_ records: [CaseRecord]) {
        self.records = records
        total = Self.tally(records)
    }

    static func tally(_ records: some Sequence<CaseRecord>) -> Tally {
        records.reduce(into: Tally()) { $0.count($1.outcome) }
    }

    /// Records by a key, keys in order of first appearance.
    func grouped(by key: (CaseRecord) -> String) -> [(key: String, records: [CaseRecord])] {
        var order: [String] = []
        var groups: [String: [CaseRecord]] = [:]
        for record in records {
            let key = key(record)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(record)
        }
        return order.map { ($0, groups[$0] ?? []) }
    }

    var byFolder: [(key: String, records: [CaseRecord])] { grouped { String($0.label.prefix { $0 != "/" }) } }

    func printDetails() {
        for record in records {
            switch record.outcome {
            case .passed: break
            case .failed(let reason): print("FAILED \(record.label):\(record.line): \(reason)")
            case .unsupported(let reason, let detail):
                print("unsupported \(record.label):\(record.line): \(reason)\(detail.isEmpty ? "" : ": \(detail)")")
            }
        }
    }

    func printSummary() {
        let rows = grouped { "\($0.label.prefix { $0 != "/" })/\($0.subject)" }.map { ($0.key, Self.tally($0.records)) }
        let width = rows.map(\.0.count).max() ?? 0
        for (name, tally) in rows {
            let padded = name + String(repeating: " ", count: width - name.count)
            print(
                "\(padded)  \(tally.passed)/\(tally.cases) passed"
                    + (tally.failed > 0 ? ", \(tally.failed) FAILED" : ""))
        }
    }
}
