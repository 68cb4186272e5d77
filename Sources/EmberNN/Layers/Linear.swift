import EmberTensor

/// The start that PyTorch gives linear and convolutional layers: uniform within 1/√fan, drawn weight first, then bias.
enum FanInUniform {
    static func weight(_ shape: Shape, dtype: DType?) -> Tensor {
        Initializer.kaimingUniform(shape, nonlinearity: .leakyReLU(negativeSlope: 5.0.squareRoot()), dtype: dtype)
    }

    static func bias(_ size: Int, fanIn: Int, dtype: DType?) -> Tensor {
        let bound = fanIn > 0 ? 1 / Double(fanIn).squareRoot() : 0
        return fanIn > 0 ? Tensor.uniform([size], from: -bound, to: bound, dtype: dtype) : Tensor.zeros([size], dtype: dtype)
    }
}

/// x Wᵀ + b over the last dimension: (…, inFeatures) → (…, outFeatures). PyTorch: `torch.nn.Linear`.
public final class Linear: Module, Layer {
    /// (outFeatures, inFeatures)
    @Parameter public var weight: Tensor
    /// (outFeatures)
    @OptionalParameter public var bias: Tensor?
    public let inFeatures: Int
    public let outFeatures: Int

    public init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType? = nil) {
        self.inFeatures = inFeatures
        self.outFeatures = outFeatures
        weight = FanInUniform.weight([outFeatures, inFeatures], dtype: dtype)
        self.bias = bias ? FanInUniform.bias(outFeatures, fanIn: inFeatures, dtype: dtype) : nil
    }

    public func forward(_ input: Tensor) -> Tensor { linear(input, weight, bias: bias) }
}

/// Returns its input. PyTorch: `torch.nn.Identity`.
public final class Identity: Module, Layer {
    override public init() {}
    public func forward(_ input: Tensor) -> Tensor { input }
}

/// x₁ A x₂ + b for every output: (…, in1Features), (…, in2Features) → (…, outFeatures). PyTorch: `torch.nn.Bilinear`.
public final class Bilinear: Module {
    /// (outFeatures, in1Features, in2Features)
    @Parameter public var weight: Tensor
    /// (outFeatures)
    @OptionalParameter public var bias: Tensor?

    public init(_ in1Features: Int, _ in2Features: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType? = nil) {
        let bound = 1 / Double(max(in1Features, 1)).squareRoot()
        weight = Tensor.uniform([outFeatures, in1Features, in2Features], from: -bound, to: bound, dtype: dtype)
        self.bias = bias ? Tensor.uniform([outFeatures], from: -bound, to: bound, dtype: dtype) : nil
    }

    public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor { hooked([x1, x2], bilinear(x1, x2, weight, bias: bias)) }
}
