import Ember

/// Reads the members of a checkpoint's state; what is missing or of the wrong kind is an error that names the file and the member.
struct StateReader {
    let object: JSONObject
    let file: String

    func error(_ problem: String) -> FormatError { FormatError(.malformed, file: file, problem) }

    private func member<Value>(_ name: String, _ kind: String, _ read: (JSON) -> Value?) throws -> Value {
        guard let json = object[name], let value = read(json) else {
            throw error("the checkpoint's state has no \(kind) “\(name)”")
        }
        return value
    }

    func isNull(_ name: String) -> Bool { object[name]?.isNull ?? true }
    func string(_ name: String) throws -> String { try member(name, "text", \.stringValue) }
    func number(_ name: String) throws -> Double { try member(name, "number", \.doubleValue) }
    func objects(_ name: String) throws -> [StateReader] {
        try member(name, "list", \.arrayValue).map { json in
            guard let object = json.objectValue else { throw error("the elements of “\(name)” are not objects") }
            return StateReader(object: object, file: file)
        }
    }
    func child(_ name: String) throws -> StateReader { StateReader(object: try member(name, "object", \.objectValue), file: file) }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int {
        let value = try member(name, "integer", \.integerValue)
        guard range.contains(value) else { throw error("“\(name)” cannot be \(value)") }
        return value
    }

    /// All members as numbers.
    func numbers() throws -> [String: Double] {
        try object.reduce(into: [:]) { $0[$1.name] = try number($1.name) }
    }
}
