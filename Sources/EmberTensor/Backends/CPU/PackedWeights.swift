import CEmber

/// A convolution's weights in the arrangement of a kernel. Their storage keeps them (`Storage.packedWeights`), so that they live no longer than
/// the weights do and are forgotten when these are written.
///
/// `@unchecked Sendable`: what the handle refers to is never changed.
final class PackedWeights: @unchecked Sendable {
    let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { ember_packed_weights_release(handle) }
}

extension Tensor {
    /// The storage that may keep what a convolution makes of this weight: when it holds nothing else, and will not change soon. Weights that are
    /// being trained are different ones in the next step.
    var storageOfLastingWeight: Storage? {
        guard isContiguous, body.offset == 0, body.storage.byteCount == count * dtype.size else { return nil }
        return requiresGrad && isGradEnabled ? nil : body.storage
    }
}
