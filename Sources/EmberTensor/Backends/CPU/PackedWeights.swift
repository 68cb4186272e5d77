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
    /// The storage that may keep what a kernel makes of this weight: when it holds nothing else.
    var storageOfWholeWeight: Storage? {
        isContiguous && body.offset == 0 && body.storage.byteCount == count * dtype.size ? body.storage : nil
    }
}
