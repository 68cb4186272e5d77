import CEmber
import Synchronization

/// The memory that a tensor and its views share; released with the last of them.
///
/// `@unchecked Sendable`: the bytes are written only (a) by the operator that allocated them, before any other thread can see the storage, or
/// (b) by a writer that has made sure, by `Tensor.ownsMemory`, that it holds the only reference, or (c) by a run of the interpreter that takes the
/// memory of an operand to which its plan holds the only reference. No other thread holds one then, so that `packed` needs no lock there.
final class Storage: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
    let device: Device
    /// Keeps foreign memory (a mapped file) alive; nil when the memory is the allocator's.
    private let owner: AnyObject?

    private var packed: PackedWeights?
    /// Guards `packed` of all storages: it is read or set once in a convolution.
    private static let packing = Mutex(())

    /// What a convolution has made of these bytes, for the next one.
    var packedWeights: PackedWeights? {
        get { Self.packing.withLock { _ in packed } }
        set { Self.packing.withLock { _ in packed = newValue } }
    }

    /// To be called by whoever holds the only reference, before the bytes are written.
    func forgetPackedWeights() {
        if packed != nil { packed = nil }
    }

    init(byteCount: Int, device: Device) {
        guard let pointer = ember_allocate(byteCount) else {
            fatalError("Ember: out of memory: a tensor of \(byteCount) bytes could not be allocated")
        }
        self.pointer = pointer
        self.byteCount = byteCount
        self.device = device
        owner = nil
    }

    /// Memory that somebody else owns and nobody writes.
    init(pointer: UnsafeMutableRawPointer, byteCount: Int, device: Device, owner: AnyObject) {
        self.pointer = pointer
        self.byteCount = byteCount
        self.device = device
        self.owner = owner
    }

    /// Foreign memory is never written, whatever the reference count says.
    var isForeign: Bool { owner != nil }

    deinit {
        if owner == nil { ember_deallocate(pointer, byteCount) }
    }
}
