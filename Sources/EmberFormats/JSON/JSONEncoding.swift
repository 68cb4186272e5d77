extension JSON {
    /// The value as compact JSON text, members in their order, everything outside of ASCII as it is.
    ///
    /// Doubles are written with the fewest digits that read back to the same value, and always with a point or an exponent,
    /// so that they read back as `.number`. JSON has no infinities and no NaN: they are written as `null`.
    public var encoded: String {
        var text = ""
        encode(into: &text, indentation: nil)
        return text
    }

    /// The value as JSON text over several lines, two spaces a level.
    public var encodedForReading: String {
        var text = ""
        encode(into: &text, indentation: 0)
        text += "\n"
        return text
    }

    private func encode(into text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): JSON.encode(value, into: &text)
        case .array(let elements):
            JSON.encodeList("[", "]", elements, &text, indentation) { element, text, inner in
                element.encode(into: &text, indentation: inner)
            }
        case .object(let object):
            JSON.encodeList("{", "}", object.members, &text, indentation) { member, text, inner in
                JSON.encode(member.name, into: &text)
                text += inner == nil ? ":" : ": "
                member.value.encode(into: &text, indentation: inner)
            }
        }
    }

    private static func encodeList<Element>(
        _ opening: String, _ closing: String, _ elements: [Element], _ text: inout String, _ indentation: Int?,
        _ encodeElement: (Element, inout String, Int?) -> Void
    ) {
        let inner = indentation.map { $0 + 1 }
        text += opening
        for (position, element) in elements.enumerated() {
            if position > 0 { text += "," }
            if let inner { text += "\n" + String(repeating: "  ", count: inner) }
            encodeElement(element, &text, inner)
        }
        if let indentation, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: indentation) }
        text += closing
    }

    /// Appends a string in quotation marks, with the escapes that JSON asks for and no others.
    static func encode(_ value: String, into text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{C}": text += "\\f"
            case "\u{0}" ..< "\u{20}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
