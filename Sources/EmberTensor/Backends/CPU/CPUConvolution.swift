import CEmber

extension CPUBackend {
    func convolutionKeepsPlanes(_ geometry: ConvolutionGeometry, channels: Int, outputs: Int, input: Tensor) -> Bool {
        keepsPlanes(geometry, channels: channels, outputs: outputs, input, isResult: false)
    }

    func convolutionKeepsPlanes(_ geometry: ConvolutionGeometry, channels: Int, outputs: Int, cotangent: Tensor) -> Bool {
        keepsPlanes(geometry, channels: channels, outputs: outputs, cotangent, isResult: true)
    }

    private func keepsPlanes(_ geometry: ConvolutionGeometry, channels: Int, outputs: Int, _ image: Tensor, isResult: Bool) -> Bool {
        guard var description = description(geometry, batch: image.shape[0], channels: channels, outputs: outputs, image.dtype) else { return false }
        return withViews([image], shape: image.shape) { ember_convolution_keeps_planes(&description, $0[0], isResult) }
    }

    func convolve(_ problem: ConvolutionProblem, into y: Tensor) {
        if run(problem, nil, into: y) { return }
        let (geometry, bias) = (problem.geometry, problem.bias)
        inFullPrecision(problem.operands, y) { operands, result in
            if operands[0].dtype == y.dtype {
                unfoldedConvolution(geometry, problem.x, problem.weight, bias: bias, into: result)
            } else {
                convolve(ConvolutionProblem(geometry, x: operands[0], weight: operands[1], bias: bias == nil ? nil : operands[2]), into: result)
            }
        }
    }

    func convolve(_ problem: ConvolutionProblem, _ epilogue: ConvolutionEpilogue, into y: Tensor) -> Bool {
        withExtendedLifetime(epilogue) {
            func numbers(_ tensor: Tensor?) -> UnsafePointer<Float>? {
                tensor.map { UnsafePointer($0.pointer.assumingMemoryBound(to: Float.self)) }
            }
            var numbers = ember_epilogue(scale: numbers(epilogue.scale), shift: numbers(epilogue.shift), addend: numbers(epilogue.addend),
                                         relu: epilogue.relu)
            return run(problem, &numbers, into: y)
        }
    }

    private func run(_ problem: ConvolutionProblem, _ epilogue: UnsafePointer<ember_epilogue>?, into y: Tensor) -> Bool {
        let x = problem.x, weight = problem.weight.contiguous(), bias = problem.bias?.contiguous()
        let keeper = problem.weightLasts ? problem.weight.storageOfWholeWeight : nil, known = keeper?.packedWeights
        var made: OpaquePointer?
        let done = withDescription(problem.geometry, batch: x.shape[0], channels: x.shape[1], outputs: y.shape[1], x.dtype) { description in
            withViews([x], shape: x.shape) { source in
                withViews([y], shape: y.shape) { destination in
                    ember_convolution_forward(description, source[0], weight.pointer, bias?.pointer, destination[0], epilogue, known?.handle,
                                              &made)
                }
            }
        }
        if let packed = made.map(PackedWeights.init) { keeper?.packedWeights = packed }
        return done
    }

    func convolveInputGradient(_ geometry: ConvolutionGeometry, _ g: Tensor, _ weight: Tensor, into result: Tensor) {
        let weight = weight.detach().contiguous()
        let done = withDescription(geometry, batch: g.shape[0], channels: result.shape[1], outputs: g.shape[1], g.dtype) { description in
            withViews([g], shape: g.shape) { source in
                withViews([result], shape: result.shape) { destination in
                    ember_convolution_backward_data(description, source[0], weight.pointer, destination[0])
                }
            }
        }
        if done { return }
        inFullPrecision([g, weight], result) { operands, result in
            if operands[0].dtype == g.dtype {
                unfoldedInputGradient(geometry, g, weight, into: result)
            } else {
                convolveInputGradient(geometry, operands[0], operands[1], into: result)
            }
        }
    }

    func convolveWeightGradient(_ geometry: ConvolutionGeometry, _ x: Tensor, _ g: Tensor, into result: Tensor) {
        let done = withDescription(geometry, batch: x.shape[0], channels: x.shape[1], outputs: g.shape[1], x.dtype) { description in
            withViews([x], shape: x.shape) { source in
                withViews([g], shape: g.shape) { cotangent in
                    ember_convolution_backward_weights(description, source[0], cotangent[0], result.pointer, nil)
                }
            }
        }
        if done { return }
        inFullPrecision([x, g], result) { operands, result in
            if operands[0].dtype == x.dtype {
                unfoldedWeightGradient(geometry, x, g, into: result)
            } else {
                convolveWeightGradient(geometry, operands[0], operands[1], into: result)
            }
        }
    }

    /// Runs a convolution; false if there is no kernel for the type or the library refuses the sizes.
    private func withDescription(_ geometry: ConvolutionGeometry, batch: Int, channels: Int, outputs: Int, _ dtype: DType,
                                 _ body: (UnsafePointer<ember_convolution>) -> Int32) -> Bool {
        guard var description = description(geometry, batch: batch, channels: channels, outputs: outputs, dtype) else { return false }
        let status = body(&description)
        if status == Int32(EMBER_DNNL_OUT_OF_MEMORY.rawValue) { fatalError("Ember: out of memory in a convolution") }
        return status == Int32(EMBER_DNNL_OK.rawValue)
    }

    private func description(_ geometry: ConvolutionGeometry, batch: Int, channels: Int, outputs: Int, _ dtype: DType) -> ember_convolution? {
        guard dtype == .float32 || dtype == .bfloat16 || dtype == .float64, geometry.spatialRank <= 3 else { return nil }
        func triple(_ sizes: [Int], _ absent: Int64) -> (Int64, Int64, Int64) {
            func size(_ d: Int) -> Int64 { d < sizes.count ? Int64(sizes[d]) : absent }
            return (size(0), size(1), size(2))
        }
        return ember_convolution(
            dtype: dtype.rawValue, spatial_rank: Int32(geometry.spatialRank), batch: Int64(batch), in_channels: Int64(channels),
            out_channels: Int64(outputs), groups: Int64(geometry.groups), input_size: triple(geometry.inputSize, 1),
            output_size: triple(geometry.outputSize, 1), kernel_size: triple(geometry.kernelSize, 1), stride: triple(geometry.stride, 1),
            dilation: triple(geometry.dilation, 1), padding_begin: triple(geometry.paddingBefore, 0))
    }

    /// Calls `body` with 16-bit operands widened to float32 and rounds its result once at the end; others are passed as they are.
    private func inFullPrecision(_ operands: [Tensor], _ result: Tensor, _ body: ([Tensor], Tensor) -> Void) {
        guard result.dtype.size == 2 && result.dtype.isFloatingPoint else { return body(operands, result) }
        let wide = operands.map { operand in
            let copied = Tensor.empty(operand.shape, .float32, device: operand.device,
                                      strides: ShapeRule.denseStrides(operand.shape, like: operand.strides))
            copy(from: operand, to: copied)
            return copied
        }
        let exact = Tensor.empty(result.shape, .float32, device: result.device, strides: result.strides)
        body(wide, exact)
        copy(from: exact, to: result)
    }
}
