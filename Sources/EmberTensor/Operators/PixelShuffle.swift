/// Moves groups of channels into space: (…, C r², H, W) → (…, C, H r, W r) (Shi et al., arXiv:1609.05158).
/// PyTorch: `torch.nn.functional.pixel_shuffle`.
public func pixelShuffle(_ x: Tensor, _ upscaleFactor: Int) -> Tensor {
    composed("pixelShuffle", [x]) { () throws(TensorError) in
        let r = upscaleFactor
        guard x.rank >= 3, r > 0, x.shape[x.rank - 3] % (r * r) == 0 else {
            throw TensorError("needs (…, channels, height, width) with channels divisible by \(r)², not \(x.shape)")
        }
        let lead = Array(x.shape.dropLast(3)), n = lead.count
        let channels = x.shape[n] / (r * r), height = x.shape[n + 1], width = x.shape[n + 2]
        return x.reshape(lead + [channels, r, r, height, width])
            .permute(Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2])
            .reshape(lead + [channels, height * r, width * r])
    }
}

/// The inverse of ``pixelShuffle(_:_:)``: (…, C, H r, W r) → (…, C r², H, W). PyTorch: `torch.nn.functional.pixel_unshuffle`.
public func pixelUnshuffle(_ x: Tensor, _ downscaleFactor: Int) -> Tensor {
    composed("pixelUnshuffle", [x]) { () throws(TensorError) in
        let r = downscaleFactor
        guard x.rank >= 3, r > 0, x.shape[x.rank - 2] % r == 0, x.shape[x.rank - 1] % r == 0 else {
            throw TensorError("needs (…, channels, height, width) with height and width divisible by \(r), not \(x.shape)")
        }
        let lead = Array(x.shape.dropLast(3)), n = lead.count
        let channels = x.shape[n], height = x.shape[n + 1] / r, width = x.shape[n + 2] / r
        return x.reshape(lead + [channels, height, r, width, r])
            .permute(Array(0..<n) + [n, n + 2, n + 4, n + 1, n + 3])
            .reshape(lead + [channels * r * r, height, width])
    }
}

/// Interleaves `groups` groups of channels of (batch, channels, …) (Zhang et al., arXiv:1707.01083).
/// PyTorch: `torch.nn.functional.channel_shuffle`.
public func channelShuffle(_ x: Tensor, groups: Int) -> Tensor {
    composed("channelShuffle", [x]) { () throws(TensorError) in
        guard x.rank >= 3, groups > 0, x.shape[1] % groups == 0 else {
            throw TensorError("needs (batch, channels, …) with channels divisible by the \(groups) groups, not \(x.shape)")
        }
        return x.reshape([x.shape[0], groups, x.shape[1] / groups] + x.shape[2...]).transpose(1, 2).reshape(x.shape)
    }
}
