import Ember
import Foundation

/// One benchmark: the work, and what both sides' results are compared by.
struct Row: Sendable {
    let name: String
    /// Operations or bytes of one call, in units of 1; 0 where no rate makes sense.
    var work: Double = 0
    /// What `work` counts, per second and 10⁹: GFLOP/s or GB/s.
    var workUnit = ""
    /// How far checks may differ, relatively.
    var tolerance = 1e-3
    /// The first call is the measurement: for work of many seconds.
    var timesOneCall = false
    /// Makes the inputs (from seed 0, so that PyTorch makes the very same) and returns the timed call.
    let prepare: @Sendable () -> () -> Tensor

    /// Warms up, times calls for at least half a second, and prints the median of one call as JSON.
    func run() {
        manualSeed(0)
        let call = prepare()
        let start = Self.now()
        let result = call()
        let firstCall = Self.now() - start
        let checks = [result.detach().to(.float64).sum().item(), result.detach().to(.float64).abs().sum().item()]
        if timesOneCall {
            report(seconds: firstCall, checks)
            return
        }
        var estimate = Self.seconds(of: 1, call)
        for _ in 0..<3 { estimate = min(estimate, Self.seconds(of: 1, call)) }
        // Short calls are timed in batches: the clock itself takes some 30 ns.
        let batch = max(1, Int(2e-4 / max(estimate, 1e-9)))
        let warmUpEnd = Self.now() + 0.2
        while Self.now() < warmUpEnd { _ = Self.seconds(of: batch, call) }
        var times: [Double] = []
        let end = Self.now() + 0.5
        while times.count < 5 || (Self.now() < end && times.count < 10_000) { times.append(Self.seconds(of: batch, call) / Double(batch)) }
        times.sort()
        report(seconds: times[times.count / 2], checks)
    }

    private func report(seconds: Double, _ checks: [Double]) {
        let object: JSON = [
            "seconds": .number(seconds), "checks": .array(checks.map { .number($0) }), "work": .number(work),
            "work_unit": .string(workUnit), "tolerance": .number(tolerance),
        ]
        print(object.encoded)
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func seconds(of count: Int, _ call: () -> Tensor) -> Double {
        let start = now()
        for _ in 0..<count { _ = call() }
        return now() - start
    }
}
