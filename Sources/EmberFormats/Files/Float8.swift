import EmberTensor

/// The 8-bit floating-point types that files have. Ember carries their bytes from file to file, as tensors of uint8 beside this mark, and
/// decodes them; it does not compute in them.
///
/// The numbers are those of the Open Compute Project's 8-bit floating point specification (E4M3, E5M2), of its microscaling formats (E8M0), and
/// of Noune et al., 8-bit numerical formats for deep neural networks, arXiv:2206.02915 (the two that have neither infinities nor -0).
/// PyTorch: `torch.float8_e4m3fn` and its relatives.
public enum Float8: String, Sendable, Hashable, CaseIterable {
    case e4m3fn = "float8_e4m3fn"
    case e5m2 = "float8_e5m2"
    case e4m3fnuz = "float8_e4m3fnuz"
    case e5m2fnuz = "float8_e5m2fnuz"
    /// Powers of two, for the scales of blocks.
    case e8m0fnu = "float8_e8m0fnu"

    /// The number that a byte stands for.
    public func value(of byte: UInt8) -> Float {
        switch self {
        case .e8m0fnu: byte == 0xFF ? .nan : Float(sign: .plus, exponent: Int(byte) - 127, significand: 1)
        case .e4m3fn: byte & 0x7F == 0x7F ? .nan : number(byte, fractionBits: 3, bias: 7)
        case .e5m2 where byte & 0x7C == 0x7C: byte & 3 != 0 ? .nan : byte < 0x80 ? .infinity : -.infinity
        case .e5m2: number(byte, fractionBits: 2, bias: 15)
        case .e4m3fnuz: byte == 0x80 ? .nan : number(byte, fractionBits: 3, bias: 8)
        case .e5m2fnuz: byte == 0x80 ? .nan : number(byte, fractionBits: 2, bias: 16)
        }
    }

    private func number(_ byte: UInt8, fractionBits: Int, bias: Int) -> Float {
        let magnitude = Int(byte & 0x7F), exponent = magnitude >> fractionBits, fraction = magnitude & ((1 << fractionBits) - 1)
        // Numbers of exponent 0 have no leading one, and the exponent of those of 1.
        let significand = exponent == 0 ? fraction : fraction + 1 << fractionBits
        let size = Float(sign: .plus, exponent: max(exponent, 1) - bias - fractionBits, significand: Float(significand))
        return byte < 0x80 ? size : -size
    }

    /// The numbers, as float32, that a tensor of uint8 stands for.
    public func decoded(_ bytes: Tensor) -> Tensor {
        precondition(bytes.dtype == .uint8, "8-bit floating-point numbers are carried as uint8, not \(bytes.dtype.name)")
        let numbers = Tensor((0 ... UInt8.max).map(value), shape: [256])
        return numbers.indexSelect(0, bytes.flatten().to(.int64)).reshape(bytes.shape)
    }
}
