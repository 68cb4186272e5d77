import Ember
import Foundation

/// BERT's tokenizer for text that is written small: words, and within them the longest pieces that the vocabulary knows (Wu et al. 2016,
/// section 4.1).
struct WordPieceTokenizer {
    private let numbers: [String: Int]
    private let unknown: Int
    private let start: Int
    private let end: Int
    let padding: Int
    /// Longer words are unknown.
    private let longestWord = 100

    /// - Parameter vocabulary: the pieces with their numbers; those that continue a word begin with `##`.
    init(vocabulary: [String: Int]) throws {
        func number(_ token: String) throws -> Int {
            guard let number = vocabulary[token] else { throw ModelProblem("the vocabulary has no \(token)") }
            return number
        }
        numbers = vocabulary
        unknown = try number("[UNK]")
        start = try number("[CLS]")
        end = try number("[SEP]")
        padding = try number("[PAD]")
    }

    /// The vocabulary of a `tokenizer.json`.
    init(tokenizerFile path: String) throws {
        let json = try JSON(parsing: try MappedFile(path: path))
        guard json["model"]?["type"]?.stringValue == "WordPiece", let vocabulary = json["model"]?["vocab"]?.objectValue else {
            throw ModelProblem("\(path): not the tokenizer of a BERT")
        }
        try self.init(vocabulary: vocabulary.reduce(into: [:]) { $0[$1.name] = $1.value.integerValue })
    }

    /// The numbers of a sentence's pieces, between those of `[CLS]` and `[SEP]`; at most `limit` in all.
    func callAsFunction(_ text: String, limit: Int = 256) -> [Int] {
        let pieces = WordPieceTokenizer.words(text).flatMap(pieces)
        return [start] + pieces.prefix(max(0, limit - 2)) + [end]
    }

    /// The words of a text: without accents, in small letters, punctuation and Chinese characters each for itself.
    static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func finish() {
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        for scalar in text.decomposedStringWithCanonicalMapping.unicodeScalars {
            let category = scalar.properties.generalCategory
            if scalar.properties.isWhitespace {
                finish()
            } else if scalar.value == 0 || scalar.value == 0xFFFD || [.control, .format, .privateUse, .unassigned].contains(category) {
                continue
            } else if category == .nonspacingMark {
                continue
            } else if isPunctuation(scalar) || isChinese(scalar) {
                finish()
                words.append(String(scalar))
            } else {
                word += scalar.properties.lowercaseMapping
            }
        }
        finish()
        return words
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        // BERT counts all of ASCII's marks among them, those that Unicode calls symbols too.
        if (33 ... 47).contains(scalar.value) || (58 ... 64).contains(scalar.value) || (91 ... 96).contains(scalar.value)
            || (123 ... 126).contains(scalar.value) { return true }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            return true
        default: return false
        }
    }

    /// The blocks of CJK ideographs, whose words are not separated by spaces.
    private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        let blocks: [ClosedRange<UInt32>] = [
            0x4E00 ... 0x9FFF, 0x3400 ... 0x4DBF, 0x20000 ... 0x2A6DF, 0x2A700 ... 0x2B73F, 0x2B740 ... 0x2B81F, 0x2B820 ... 0x2CEAF,
            0xF900 ... 0xFAFF, 0x2F800 ... 0x2FA1F,
        ]
        return blocks.contains { $0.contains(scalar.value) }
    }

    /// The longest piece at each place; a word that cannot be cut is unknown as a whole.
    private func pieces(_ word: String) -> [Int] {
        let scalars = Array(word.unicodeScalars)
        guard scalars.count <= longestWord else { return [unknown] }
        var result: [Int] = []
        var first = 0
        while first < scalars.count {
            var last = scalars.count
            var found: Int?
            while last > first, found == nil {
                var piece = first > 0 ? "##" : ""
                piece.unicodeScalars.append(contentsOf: scalars[first ..< last])
                found = numbers[piece]
                if found == nil { last -= 1 }
            }
            guard let found else { return [unknown] }
            result.append(found)
            first = last
        }
        return result
    }
}
