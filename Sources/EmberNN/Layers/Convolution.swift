import EmberTensor

/// What surrounds a convolution's input. PyTorch: `padding_mode`.
public enum PaddingMode: String, Sendable { case zeros, reflect, replicate, circular }

/// What all convolution layers share: weight (out, in / groups, kernel…), bias (out), geometry. Use ``Conv1d``, ``Conv2d``, ``Conv3d``.
public class ConvolutionLayer: Module {
    /// (outChannels, inChannels / groups, kernel sizes…)
    @Parameter public var weight: Tensor
    /// (outChannels)
    @OptionalParameter public var bias: Tensor?
    public let stride: [Int]
    public let padding: any SpatialPadding
    public let dilation: [Int]
    public let groups: Int
    public let paddingMode: PaddingMode

    fileprivate init(spatialRank: Int, _ inChannels: Int, _ outChannels: Int, _ kernelSize: any SpatialExtent, _ stride: any SpatialExtent,
                     _ padding: any SpatialPadding, _ dilation: any SpatialExtent, _ groups: Int, _ bias: Bool,
                     _ paddingMode: PaddingMode, _ dtype: DType?) {
        let kernel = kernelSize.sizes.count == 1 ? [Int](repeating: kernelSize.sizes[0], count: spatialRank) : kernelSize.sizes
        if groups < 1 || inChannels % groups != 0 || outChannels % groups != 0 {
            TensorError("\(inChannels) input and \(outChannels) output channels must be divisible by groups \(groups)")
                .report(in: "Conv\(spatialRank)d")
        }
        let shape = [outChannels, inChannels / max(groups, 1)] + kernel
        weight = FanInUniform.weight(shape, dtype: dtype)
        self.bias = bias ? FanInUniform.bias(outChannels, fanIn: shape.dropFirst().reduce(1, *), dtype: dtype) : nil
        self.stride = stride.sizes
        self.padding = padding
        self.dilation = dilation.sizes
        self.groups = groups
        self.paddingMode = paddingMode
    }

    /// The input with the border that the convolution itself does not make, and what is left for it to pad.
    fileprivate func padded(_ input: Tensor) -> (input: Tensor, padding: any SpatialPadding) {
        // An input of too few dimensions gets its error from the convolution.
        guard paddingMode != .zeros, input.rank > $weight.shape.count - 2 else { return (input, padding) }
        let kernel = Array($weight.shape.dropFirst(2))
        func each(_ sizes: [Int]) -> [Int] { sizes.count == 1 ? [Int](repeating: sizes[0], count: kernel.count) : sizes }
        let amounts: [(before: Int, after: Int)]
        do throws(TensorError) {
            amounts = try padding.padding.amounts(Array(input.shape.suffix(kernel.count)), kernel: kernel, dilation: each(dilation),
                                                  stride: each(stride))
        } catch {
            error.report(in: "\(Self.self)", operands: [input])
            return (.inert, 0)
        }
        // The last dimension's pair first, as `pad` takes them.
        let sides = amounts.reversed().flatMap { [$0.before, $0.after] }
        let mode: PadMode = switch paddingMode {
        case .reflect: .reflect
        case .replicate: .replicate
        case .circular, .zeros: .circular
        }
        return (pad(input, sides, mode: mode), 0)
    }
}

/// Cross-correlation over sequences: (batch, inChannels, length) → (batch, outChannels, length′). PyTorch: `torch.nn.Conv1d`.
public final class Conv1d: ConvolutionLayer, Layer {
    public init(_ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1,
                padding: any SpatialPadding = 0, dilation: any SpatialExtent = 1, groups: Int = 1, bias: Bool = true,
                paddingMode: PaddingMode = .zeros, dtype: DType? = nil) {
        super.init(spatialRank: 1, inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, paddingMode, dtype)
    }

    public func forward(_ input: Tensor) -> Tensor {
        let (x, padding) = padded(input)
        return conv1d(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
}

/// Cross-correlation over images: (batch, inChannels, height, width) → (batch, outChannels, height′, width′). PyTorch: `torch.nn.Conv2d`.
public final class Conv2d: ConvolutionLayer, Layer {
    public init(_ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1,
                padding: any SpatialPadding = 0, dilation: any SpatialExtent = 1, groups: Int = 1, bias: Bool = true,
                paddingMode: PaddingMode = .zeros, dtype: DType? = nil) {
        super.init(spatialRank: 2, inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, paddingMode, dtype)
    }

    public func forward(_ input: Tensor) -> Tensor {
        let (x, padding) = padded(input)
        return conv2d(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
}

/// Cross-correlation over volumes: (batch, inChannels, depth, height, width) → (batch, outChannels, …). PyTorch: `torch.nn.Conv3d`.
public final class Conv3d: ConvolutionLayer, Layer {
    public init(_ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1,
                padding: any SpatialPadding = 0, dilation: any SpatialExtent = 1, groups: Int = 1, bias: Bool = true,
                paddingMode: PaddingMode = .zeros, dtype: DType? = nil) {
        super.init(spatialRank: 3, inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, paddingMode, dtype)
    }

    public func forward(_ input: Tensor) -> Tensor {
        let (x, padding) = padded(input)
        return conv3d(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
}

/// What all transposed convolution layers share. Use ``ConvTranspose1d``, ``ConvTranspose2d``, ``ConvTranspose3d``.
public class TransposedConvolutionLayer: Module {
    /// (inChannels, outChannels / groups, kernel sizes…)
    @Parameter public var weight: Tensor
    /// (outChannels)
    @OptionalParameter public var bias: Tensor?
    public let kernelSize: [Int]
    public let stride: [Int]
    public let padding: [Int]
    public let outputPadding: [Int]
    public let groups: Int
    public let dilation: [Int]

    fileprivate init(spatialRank rank: Int, _ inChannels: Int, _ outChannels: Int, _ kernelSize: any SpatialExtent, _ stride: any SpatialExtent,
                     _ padding: any SpatialExtent, _ outputPadding: any SpatialExtent, _ groups: Int, _ bias: Bool,
                     _ dilation: any SpatialExtent, _ dtype: DType?) {
        func each(_ extent: any SpatialExtent) -> [Int] {
            extent.sizes.count == 1 ? [Int](repeating: extent.sizes[0], count: rank) : extent.sizes
        }
        if groups < 1 || inChannels % groups != 0 || outChannels % groups != 0 {
            TensorError("\(inChannels) input and \(outChannels) output channels must be divisible by groups \(groups)")
                .report(in: "ConvTranspose\(rank)d")
        }
        self.kernelSize = each(kernelSize)
        let shape = [inChannels, outChannels / max(groups, 1)] + self.kernelSize
        weight = FanInUniform.weight(shape, dtype: dtype)
        self.bias = bias ? FanInUniform.bias(outChannels, fanIn: shape.dropFirst().reduce(1, *), dtype: dtype) : nil
        self.stride = each(stride)
        self.padding = each(padding)
        self.outputPadding = each(outputPadding)
        self.groups = groups
        self.dilation = each(dilation)
    }

    /// The output padding that gives the spatial sizes `outputSize`; several sizes map to one input size when the stride is above 1.
    fileprivate func outputPadding(_ input: Tensor, _ outputSize: [Int]?) -> [Int] {
        guard let outputSize else { return outputPadding }
        let sizes = Array(input.shape.suffix(kernelSize.count))
        guard outputSize.count >= kernelSize.count, sizes.count == kernelSize.count else { return outputPadding }
        return kernelSize.indices.map { d in
            let smallest = (sizes[d] - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernelSize[d] - 1) + 1
            return outputSize[outputSize.count - kernelSize.count + d] - smallest
        }
    }
}

/// The gradient of ``Conv1d`` with respect to its input, as a layer. PyTorch: `torch.nn.ConvTranspose1d`.
public final class ConvTranspose1d: TransposedConvolutionLayer, Layer {
    public init(_ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1,
                padding: any SpatialExtent = 0, outputPadding: any SpatialExtent = 0, groups: Int = 1, bias: Bool = true,
                dilation: any SpatialExtent = 1, dtype: DType? = nil) {
        super.init(spatialRank: 1, inChannels, outChannels, kernelSize, stride, padding, outputPadding, groups, bias, dilation, dtype)
    }

    public func forward(_ input: Tensor) -> Tensor { output(input, nil) }

    /// With a chosen output size.
    public func callAsFunction(_ input: Tensor, outputSize: [Int]) -> Tensor { hooked([input], output(input, outputSize)) }

    private func output(_ input: Tensor, _ size: [Int]?) -> Tensor {
        convTranspose1d(input, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding(input, size),
                        groups: groups, dilation: dilation)
    }
}

/// The gradient of ``Conv2d`` with respect to its input, as a layer. PyTorch: `torch.nn.ConvTranspose2d`.
public final class ConvTranspose2d: TransposedConvolutionLayer, Layer {
    public init(_ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1,
                padding: any SpatialExtent = 0, outputPadding: any SpatialExtent = 0, groups: Int = 1, bias: Bool = true,
                dilation: any SpatialExtent = 1, dtype: DType? = nil) {
        super.init(spatialRank: 2, inChannels, outChannels, kernelSize, stride, padding, outputPadding, groups, bias, dilation, dtype)
    }

    public func forward(_ input: Tensor) -> Tensor { output(input, nil) }

    /// With a chosen output size.
    public func callAsFunction(_ input: Tensor, outputSize: [Int]) -> Tensor { hooked([input], output(input, outputSize)) }

    private func output(_ input: Tensor, _ size: [Int]?) -> Tensor {
        convTranspose2d(input, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding(input, size),
                        groups: groups, dilation: dilation)
    }
}

/// The gradient of ``Conv3d`` with respect to its input, as a layer. PyTorch: `torch.nn.ConvTranspose3d`.
public final class ConvTranspose3d: TransposedConvolutionLayer, Layer {
    public init(_ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialExtent, stride: any SpatialExtent = 1,
                padding: any SpatialExtent = 0, outputPadding: any SpatialExtent = 0, groups: Int = 1, bias: Bool = true,
                dilation: any SpatialExtent = 1, dtype: DType? = nil) {
        super.init(spatialRank: 3, inChannels, outChannels, kernelSize, stride, padding, outputPadding, groups, bias, dilation, dtype)
    }

    public func forward(_ input: Tensor) -> Tensor { output(input, nil) }

    /// With a chosen output size.
    public func callAsFunction(_ input: Tensor, outputSize: [Int]) -> Tensor { hooked([input], output(input, outputSize)) }

    private func output(_ input: Tensor, _ size: [Int]?) -> Tensor {
        convTranspose3d(input, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding(input, size),
                        groups: groups, dilation: dilation)
    }
}
