import Ember
import Foundation

/// What must come out, as the transformers library with PyTorch computes it for all-MiniLM-L6-v2.
enum SelfCheck {
    struct Expectation {
        let text: String
        /// Numbers of the pieces.
        let tokens: [Int]
        /// The first components of the sentence's point.
        let components: [Float]
    }

    static let sentences = [
        Expectation(
            text: "The cat sits on the mat.", tokens: [101, 1996, 4937, 7719, 2006, 1996, 13523, 1012, 102],
            components: [0.13417709, -0.03290030, -0.02480376, 0.04143900, -0.03634765, 0.04181423]),
        Expectation(
            text: "A kitten is resting on a rug.", tokens: [101, 1037, 18401, 2003, 8345, 2006, 1037, 20452, 1012, 102],
            components: [0.07535680, 0.01511039, 0.01209376, 0.06079044, -0.00402168, 0.05636493]),
        Expectation(
            text: "Stock markets fell sharply on Tuesday.", tokens: [101, 4518, 6089, 3062, 9249, 2006, 9857, 1012, 102],
            components: [0.03186602, -0.04927165, 0.07307944, 0.07080539, -0.02863620, 0.02713772]),
        Expectation(
            text: "Ein Café in Zürich—naïve façade, übergrößen!",
            tokens: [101, 16417, 7668, 1999, 10204, 1517, 15743, 8508, 1010, 19169, 16523, 2080, 17499, 2078, 999, 102],
            components: [0.01337059, 0.11588322, 0.01447938, 0.02397181, 0.02197247, 0.02442528]),
        Expectation(
            text: "深度学习 is deep learning; it's e=mc^2 (2024) …",
            tokens: [
                101, 100, 100, 1817, 100, 2003, 2784, 4083, 1025, 2009, 1005, 1055, 1041, 1027, 11338, 1034, 1016, 1006, 16798, 2549, 1007,
                1529, 102,
            ],
            components: [-0.02843469, 0.00755690, 0.10047506, 0.05727690, 0.00946325, -0.02615290]),
        Expectation(
            text: "unbelievablyantidisestablishmentarianism 😀 x\u{301}",
            tokens: [101, 4895, 8671, 2666, 3567, 6321, 4630, 28173, 8583, 2696, 16558, 21808, 12199, 2964, 100, 1060, 102],
            components: [0.05742426, -0.01343203, 0.00436296, -0.00697026, -0.02612361, -0.04228771]),
    ]

    /// Compares what the published model gives with what PyTorch does, to 1e-5.
    static func compare(_ points: Tensor, _ tokenizer: WordPieceTokenizer) throws {
        var largest: Float = 0
        for (i, expected) in sentences.enumerated() {
            let tokens = tokenizer(expected.text)
            guard tokens == expected.tokens else {
                throw ModelProblem("“\(expected.text)” has the pieces \(tokens), not \(expected.tokens)")
            }
            for (got, wanted) in zip(points[i].array(of: Float.self), expected.components) { largest = max(largest, abs(got - wanted)) }
        }
        print("largest difference from PyTorch: \(largest)")
        guard largest <= 1e-5 else { throw ModelProblem("the points differ from PyTorch's by \(largest), more than 1e-5") }
    }

    /// What can be checked without a published model.
    static func run() throws {
        let vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##believ", "##able", "cafe", ",", "is", "我", "!", "##s"]
        let tokenizer = try WordPieceTokenizer(vocabulary: Dictionary(uniqueKeysWithValues: vocabulary.enumerated().map { ($1, $0) }))
        let cases: [(String, [Int])] = [
            ("Unbelievable, Café!", [2, 4, 5, 6, 8, 7, 11, 3]), ("CAFE\u{301}S\tis 我我", [2, 7, 12, 9, 10, 10, 3]), ("", [2, 3]),
            ("zebra is un\u{200B}s", [2, 1, 9, 4, 12, 3]), (String(repeating: "s", count: 101), [2, 1, 3]),
        ]
        for (text, expected) in cases {
            let tokens = tokenizer(text)
            guard tokens == expected else { throw ModelProblem("“\(text)” has the pieces \(tokens), not \(expected)") }
        }

        manualSeed(0)
        var configuration = BertConfiguration()
        (configuration.vocabularySize, configuration.hiddenSize, configuration.layers) = (vocabulary.count, 32, 2)
        (configuration.heads, configuration.intermediateSize, configuration.maximumPositions) = (4, 64, 16)
        let model = BertModel(configuration)
        let encoder = SentenceEncoder(model: model, tokenizer: tokenizer)
        let keys = Set(model.stateDict().keys)
        for key in [
            "embeddings.word_embeddings.weight", "embeddings.LayerNorm.bias", "encoder.layer.1.attention.self.query.weight",
            "encoder.layer.0.attention.output.LayerNorm.weight", "encoder.layer.1.intermediate.dense.bias",
            "encoder.layer.0.output.dense.weight",
        ] where !keys.contains(key) { throw ModelProblem("the model has no parameter \(key)") }
        let together = encoder(["unbelievable cafe!", "is"]), alone = encoder(["is"])
        guard together.shape == [2, 32], (together.square().sum(1) - 1).abs().max().item() < 1e-5 else {
            throw ModelProblem("the points of sentences have length 1")
        }
        // Padding must not be seen.
        guard (together[1] - alone[0]).abs().max().item() < 1e-5 else {
            throw ModelProblem("a sentence's point depends on the sentences beside it")
        }
    }
}
