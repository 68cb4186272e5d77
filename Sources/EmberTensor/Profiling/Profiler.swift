import CEmber

/// Measures what a part of a program spends on each operator: time, calls, memory traffic, arithmetic.
///
/// ```swift
/// let profile = Profiler.measure {
///     let loss = Profiler.record("forward") { crossEntropy(net(x), labels) }
///     loss.backward()
///     optimizer.step()
/// }
/// print(profile)
/// try profile.writeTrace(to: "step.json")  // for https://ui.perfetto.dev
/// ```
///
/// Operators on all threads count while `measure` runs; measurements may nest and overlap. As long as nobody measures, an operator call pays
/// one comparison. A call's time is that inside it: kernels of the CPU have finished when it returns.
/// PyTorch: `torch.profiler.profile`, `torch.autograd.profiler.profile`.
public enum Profiler {
    /// Whether anybody measures now, on any thread.
    public static var isActive: Bool { ember_is_profiling() }

    /// Runs `body` and returns what went on meanwhile.
    ///
    /// What an event takes down stays in memory until the end, some 200 bytes each: measure a few steps, not a day.
    /// - Parameter shapes: whether events know the shapes of their inputs, by which ``Profile/entries(groupedByShape:)`` can tell calls apart.
    ///   PyTorch: `record_shapes`.
    public static func measure<Failure: Error>(shapes: Bool = false, _ body: () throws(Failure) -> Void) throws(Failure) -> Profile {
        let measurement = Measurement(shapes: shapes)
        do {
            try body()
        } catch {
            _ = measurement.end()
            throw error
        }
        return measurement.end()
    }

    /// ``measure(shapes:_:)`` for a `body` that suspends. It has a name of its own because Swift, where code may suspend, would take it for every
    /// `body`.
    public static func measureAsync(shapes: Bool = false, isolation: isolated (any Actor)? = #isolation,
                                    _ body: () async throws -> Void) async rethrows -> Profile {
        let measurement = Measurement(shapes: shapes)
        do {
            try await body()
        } catch {
            _ = measurement.end()
            throw error
        }
        return measurement.end()
    }

    /// Runs `body` as an event called `name`, in which what it calls appears. Costs nothing, not even the making of the name, while nobody
    /// measures. PyTorch: `torch.profiler.record_function`.
    public static func record<Result, Failure: Error>(_ name: @autoclosure () -> String,
                                                      _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        guard isActive else { return try body() }
        let event = OpenEvent()
        defer { event.close(.scope, name(), reading: [], writing: [], flops: 0) }
        return try body()
    }

    /// Runs `body`, work of Ember that is no operator call, as an operator of its own: a copy, an update of parameters, one pass over memory for
    /// many element-wise operators. Everything but `body` is evaluated only while somebody measures, and after `body`, whose operands may
    /// have to be unshared.
    package static func event<Result, Failure: Error>(
        _ name: @autoclosure () -> String, reading inputs: @autoclosure () -> [Tensor], writing outputs: @autoclosure () -> [Tensor],
        flops: @autoclosure () -> Int = 0, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard isActive else { return try body() }
        let event = OpenEvent()
        defer { event.close(.operation, name(), reading: inputs(), writing: outputs(), flops: flops()) }
        return try body()
    }

    /// Runs `body`, a call of `operation`.
    static func call(_ operation: Operator, _ inputs: [Tensor], _ attributes: Attributes, _ body: () -> [Tensor]) -> [Tensor] {
        let event = OpenEvent()
        let outputs = body()
        // An expression that waits is work of the run that will compute it.
        let succeeded = !outputs.contains { $0.isInert || $0.isDeferred }
        event.close(.operation, operation.name, reading: inputs, writing: outputs.withoutViews(of: inputs),
                    flops: succeeded ? operation.flops?(inputs, outputs, attributes) ?? 0 : 0, selects: operation.selects)
        return outputs
    }

    /// Runs `body`, the gradient rule of `operation`.
    static func gradientRule(_ operation: Operator, _ operands: @autoclosure () -> [Tensor], _ body: () -> [Tensor?]) -> [Tensor?] {
        guard isActive else { return body() }
        let event = OpenEvent()
        let cotangents = body(), operands = operands()
        let fresh = cotangents.compactMap { $0 }.withoutViews(of: operands)
        event.close(.gradientRule, operation.name, reading: operands, writing: fresh, flops: 0)
        return cotangents
    }

    /// Runs `body`, a pass backward through the recorded graph.
    static func backwardPass<Result>(_ body: () -> Result) -> Result {
        guard isActive else { return body() }
        let event = OpenEvent()
        defer { event.close(.backwardPass, "backward", reading: [], writing: [], flops: 0) }
        return body()
    }
}

/// An event that has begun on this thread.
private struct OpenEvent {
    private let earlierPeak = ember_begin_peak_memory()
    private let start = ember_monotonic_nanoseconds()

    func close(_ kind: Profile.Kind, _ name: String, reading inputs: [Tensor], writing outputs: [Tensor], flops: Int, selects: Bool = false) {
        let end = ember_monotonic_nanoseconds()
        let peak = ember_end_peak_memory(earlierPeak)
        let written = outputs.reduce(0) { $0 + $1.distinctByteCount }
        func read(_ input: Tensor) -> Int {
            let all = input.distinctByteCount
            return selects && input.dtype == outputs.first?.dtype ? min(all, written) : all
        }
        EventLog.append(EventLog.Record(
            name: name, kind: kind, thread: Int(ember_thread_number()), start: start, end: end, shapes: inputs.map(\.shape),
            // A call that writes nothing new only looks at its operands from another side.
            bytesRead: outputs.isEmpty ? 0 : inputs.reduce(0) { $0 + read($1) }, bytesWritten: written, flops: flops,
            peakBytes: Int(peak), bytesAfter: Int(ember_memory_statistics_now().current_bytes)))
    }
}

/// A call of ``Profiler/measure(shapes:_:)`` that has begun.
private struct Measurement {
    private let log: Int
    private let earlierPeak = ember_begin_peak_memory()
    private let before = MemoryStatistics.now

    init(shapes: Bool) {
        log = EventLog.open(recordsShapes: shapes)
        ember_add_profilers(1)
    }

    func end() -> Profile {
        ember_add_profilers(-1)
        let after = MemoryStatistics.now
        return Profile(EventLog.close(log), end: ember_monotonic_nanoseconds(), peakBytes: Int(ember_end_peak_memory(earlierPeak)),
                       allocations: after.allocations - before.allocations,
                       systemAllocations: after.systemAllocations - before.systemAllocations)
    }
}

extension Tensor {
    /// The bytes of the elements that differ in place: repeated ones of an expanded tensor count once.
    fileprivate var distinctByteCount: Int {
        isContiguous ? count * dtype.size : zip(shape, strides).reduce(dtype.size) { $1.1 == 0 && $1.0 > 0 ? $0 : $0 * $1.0 }
    }
}

extension [Tensor] {
    /// Those that have memory of their own.
    fileprivate func withoutViews(of operands: [Tensor]) -> [Tensor] {
        filter { tensor in !tensor.isDeferred && !operands.contains { $0.body.sharesMemory(with: tensor.body) } }
    }
}
