// Sentences as points in a space where what means the same lies together: a published BERT (all-MiniLM-L6-v2, 22 million parameters),
// loaded from its safetensors file into a model built of Ember's layers.
//
//     SentenceEmbeddings [MODEL] [--save FILE] [SENTENCE…]
//
// MODEL is a folder with config.json, model.safetensors and tokenizer.json, or a name in Hugging Face's cache. Without it the example checks
// its tokenizer and a tiny model with random weights. The points go to FILE, whose ending says in which format (points.npy).
// `compare.py` compares all their components with those that PyTorch computes.
import Ember
import Foundation

/// A BERT with its tokenizer: sentences in, points of length 1 out.
struct SentenceEncoder {
    let model: BertModel
    let tokenizer: WordPieceTokenizer

    init(model: BertModel, tokenizer: WordPieceTokenizer) {
        self.model = model
        self.tokenizer = tokenizer
        model.eval()
    }

    init(_ name: String) throws {
        let files = try Hub().model(name)
        model = BertModel(try BertConfiguration(try files.configuration()))
        tokenizer = try WordPieceTokenizer(tokenizerFile: try files.path("tokenizer.json"))
        // The pooler is not needed here, and the positions are counted, not stored.
        let weights = StateDict(try files.weights().loadAll().map { ($0.name, $0.tensor) })
            .renamed { $0.hasPrefix("pooler.") || $0.hasSuffix("position_ids") ? nil : $0 }
        try model.loadStateDict(weights)
        model.eval()
    }

    /// Shape (sentences, hidden size): the mean over each sentence's tokens, made a vector of length 1.
    func callAsFunction(_ sentences: [String]) -> Tensor {
        let tokens = sentences.map { tokenizer($0) }
        let length = tokens.map(\.count).max() ?? 0
        let padded = tokens.flatMap { $0 + [Int](repeating: tokenizer.padding, count: length - $0.count) }
        let ids = Tensor(padded, shape: [sentences.count, length])
        let lengths = Tensor(tokens.map(\.count), shape: [sentences.count, 1])
        let mask = Tensor.arange(0, .int(length)).unsqueeze(0) .< lengths
        return noGrad {
            let states = model(ids, mask: mask)
            let weights = mask.to(states.dtype).unsqueeze(-1)
            return normalize((states * weights).sum(1) / weights.sum(1), dim: 1)
        }
    }
}

@main
enum SentenceEmbeddings {
    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("SentenceEmbeddings: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        guard let name = arguments.first else {
            try SelfCheck.run()
            print("The tokenizer and a tiny random model are as they should be.")
            print("Skipped: the published model. Its folder, or its name in Hugging Face's cache, is the first argument.")
            return
        }
        var texts = Array(arguments.dropFirst()), file: String?
        if texts.first == "--save" {
            guard texts.count > 1 else { throw ModelProblem("--save needs the name of a file") }
            file = texts[1]
            texts.removeFirst(2)
        }
        let encoder = try SentenceEncoder(name)
        print("\(name): \(encoder.model.parameterCount()) parameters")
        let sentences = texts.isEmpty ? SelfCheck.sentences.map(\.text) : texts
        let points = encoder(sentences)
        if let file { try TensorFile.write([NamedTensor("points", points)], to: file) }
        // All have length 1: the product is the cosine of the angle between them.
        let similarity = points.matmul(points.transpose(0, 1))
        for (i, sentence) in sentences.enumerated() {
            let row = similarity[i].array(of: Float.self).map { String(format: "%5.2f", $0) }.joined(separator: " ")
            print("\(row)  \(sentence)")
        }
        if texts.isEmpty { try SelfCheck.compare(points, encoder.tokenizer) }
    }
}
