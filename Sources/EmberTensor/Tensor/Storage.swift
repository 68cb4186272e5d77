import CEmber

/// The memory that a tensor and its views share; released with the last of them.
///
/// `@unchecked Sendable`: the bytes are written only (a) by the operator that allocated them, before any other thread can see the storage, or
/// (b) by a writer that has made sure, by `Tensor.ownsMemory`, that it holds the only reference, or (c) by a run of the interpreter that takes the
/// memory of an operand to which its plan holds the only reference. No other thread holds one then.
final class Storage: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
    let device: Device
    /// Keeps foreign memory (a mapped file) alive; nil when the memory is the allocator's.
    private let owner: AnyObject?

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
