import EmberTensor

/// The element types of GGUF files. Most are quantised: blocks of elements share a scale.
///
/// Numbers, names and block sizes are those of ggml's `ggml_type`.
public struct GGUFElementType: Sendable, Hashable {
    public let code: UInt32
    /// ggml's name, such as `Q4_K`.
    public let name: String
    /// Elements of a block, and its bytes.
    public let blockSize: Int, blockBytes: Int

    /// What a tensor of this type is loaded as; nil for quantisations that are only listed.
    public var loadedDType: DType? {
        switch name {
        case "F32", "Q8_0", "Q4_0": .float32
        case "F16": .float16
        case "BF16": .bfloat16
        case "F64": .float64
        case "I8": .int8
        case "I16": .int16
        case "I32": .int32
        case "I64": .int64
        default: nil
        }
    }

    init?(code: UInt32) {
        guard let type = GGUFElementType.known[code] else { return nil }
        self = type
    }

    private init(_ code: UInt32, _ name: String, _ blockSize: Int, _ blockBytes: Int) {
        self.code = code
        self.name = name
        self.blockSize = blockSize
        self.blockBytes = blockBytes
    }

    private static let known: [UInt32: GGUFElementType] = {
        let rows: [(UInt32, String, Int, Int)] = [
            (0, "F32", 1, 4), (1, "F16", 1, 2), (2, "Q4_0", 32, 18), (3, "Q4_1", 32, 20), (6, "Q5_0", 32, 22), (7, "Q5_1", 32, 24),
            (8, "Q8_0", 32, 34), (9, "Q8_1", 32, 36), (10, "Q2_K", 256, 84), (11, "Q3_K", 256, 110), (12, "Q4_K", 256, 144),
            (13, "Q5_K", 256, 176), (14, "Q6_K", 256, 210), (15, "Q8_K", 256, 292), (16, "IQ2_XXS", 256, 66), (17, "IQ2_XS", 256, 74),
            (18, "IQ3_XXS", 256, 98), (19, "IQ1_S", 256, 50), (20, "IQ4_NL", 32, 18), (21, "IQ3_S", 256, 110), (22, "IQ2_S", 256, 82),
            (23, "IQ4_XS", 256, 136), (24, "I8", 1, 1), (25, "I16", 1, 2), (26, "I32", 1, 4), (27, "I64", 1, 8), (28, "F64", 1, 8),
            (29, "IQ1_M", 256, 56), (30, "BF16", 1, 2), (34, "TQ1_0", 256, 54), (35, "TQ2_0", 256, 66), (39, "MXFP4", 32, 17),
        ]
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.0, GGUFElementType($0.0, $0.1, $0.2, $0.3)) })
    }()
}
