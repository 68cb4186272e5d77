import CEmber

/// Memory that tensors on the CPU take. PyTorch: `torch.cuda.memory_stats`, which the CPU never had.
public struct MemoryStatistics: Sendable {
    /// Bytes that tensors hold now.
    public let current: Int
    /// The most bytes that tensors held at once since ``resetPeak()``.
    public let peak: Int
    /// Bytes kept for reuse.
    public let cached: Int
    /// Allocations since the program started.
    public let allocations: Int
    /// Of these, how many had to ask the system: none in the steady state of a training loop.
    public let systemAllocations: Int

    /// The numbers now.
    public static var now: MemoryStatistics {
        let now = ember_memory_statistics_now()
        return MemoryStatistics(current: Int(now.current_bytes), peak: Int(now.peak_bytes), cached: Int(now.cached_bytes),
                                allocations: Int(now.allocation_count), systemAllocations: Int(now.system_allocation_count))
    }

    /// Starts measuring the peak anew, from what is held now.
    public static func resetPeak() { ember_reset_peak_memory() }
}

/// Returns memory that is kept for reuse to the system. PyTorch: `torch.cuda.empty_cache`.
public func emptyCache() { ember_empty_cache() }

/// The most bytes kept for reuse; half of the machine's memory unless set.
public func setCacheLimit(_ bytes: Int) { ember_set_cache_limit(Int64(bytes)) }

/// The threads that kernels use: `EMBER_NUM_THREADS`, else the processors of this process. PyTorch: `torch.get_num_threads`.
public var threadCount: Int { Int(ember_thread_count()) }

/// Sets ``threadCount`` for all that follows. PyTorch: `torch.set_num_threads`.
public func setThreadCount(_ count: Int) { ember_set_thread_count(Int32(clamping: count)) }

/// Whether numbers too small for full precision count as zero, in what this thread and the kernels it calls compute. They are slow on many
/// processors. Returns false where the processor has no such mode. PyTorch: `torch.set_flush_denormal`.
@discardableResult
public func setFlushDenormal(_ flush: Bool) -> Bool { ember_set_flush_denormals(flush) }

/// The instruction set the kernels run with: avx512, avx2 or baseline; `EMBER_INSTRUCTION_SET` may lower it.
public var instructionSet: String { String(cString: ember_instruction_set_name()) }

/// Runs `body` with kernels that stay on the calling thread: for threads beside the one that trains, such as those that load data. Every
/// thread that splits kernels has a pool of its own, and two of them fight over the processors. Results do not depend on it.
public func withSingleThread<Result>(_ body: () throws -> Result) rethrows -> Result {
    let state = ember_thread()!
    state.pointee.single_threaded += 1
    defer { state.pointee.single_threaded -= 1 }
    return try body()
}
