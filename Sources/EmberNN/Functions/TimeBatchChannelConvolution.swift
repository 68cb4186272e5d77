import EmberTensor

/// Convolution over sequences that lie (time, batch, channels), with a weight (kernel, inChannels, outChannels) and a bias (outChannels).
/// PyTorch: `torch.nn.functional.conv_tbc`.
public func convTBC(_ input: Tensor, _ weight: Tensor, bias: Tensor, padding: Int = 0) -> Tensor {
    composed("convTBC", [input, weight, bias]) { () throws(TensorError) in
        guard input.rank == 3, weight.rank == 3 else {
            throw TensorError("needs an input (time, batch, channels) and a weight (kernel, in, out), not \(input.shape) and \(weight.shape)")
        }
        return conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias: bias, padding: padding).permute(2, 0, 1)
    }
}
