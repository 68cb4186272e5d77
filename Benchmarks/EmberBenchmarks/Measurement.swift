import Ember
import Foundation

/// The time of one call of a row, and a digest of its result.
struct Measurement {
    let row: Row
    let seconds: Double
    let digest: Digest

    /// Seeds the generator with 0, makes the inputs, warms up for half of `duration`, and takes the median of calls over the other half.
    init(_ row: Row, duration: Double) {
        manualSeed(0)
        let call = row.prepare()
        let start = Self.now()
        let result = call().evaluate()
        let firstCall = Self.now() - start
        self.row = row
        digest = Digest(result)
        seconds = row.timesOneCall ? firstCall : Self.medianSeconds(call, duration / 2)
    }

    private static func medianSeconds(_ call: () -> Tensor, _ duration: Double) -> Double {
        let estimate = min(seconds(of: 1, call), seconds(of: 1, call))
        // Short calls are timed in batches: the clock itself takes some 30 ns.
        let batch = max(1, Int(2e-4 / max(estimate, 1e-9)))
        let warmUpEnd = now() + duration - 2 * estimate
        while now() < warmUpEnd { _ = seconds(of: batch, call) }
        var times: [Double] = []
        let end = now() + duration
        while times.count < 3 || (now() < end && times.count < 10_000) { times.append(seconds(of: batch, call) / Double(batch)) }
        times.sort()
        return times[times.count / 2]
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func seconds(of count: Int, _ call: () -> Tensor) -> Double {
        let start = now()
        for _ in 0..<count { call().evaluate() }
        return now() - start
    }

    /// The most memory this process has had so far.
    private static var peakBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// One line of the protocol between `./Benchmarks/compare` and its sides.
    var line: String {
        let (amount, unit) = switch row.work {
        case .operations(let count): (count, "GFLOP/s")
        case .bytes(let count): (count, "GB/s")
        case .items(let count, let unit): (count, unit)
        case .unmeasured: (0.0, "")
        }
        let object: JSON = [
            "row": .string(row.name), "seconds": .number(seconds), "tolerance": .number(row.tolerance), "work": .number(amount),
            "work_unit": .string(unit), "count": .integer(digest.count), "magnitude": .number(digest.magnitude),
            "samples": .array(digest.samples.map { .number($0) }), "peak_bytes": .integer(Self.peakBytes),
        ]
        return object.encoded
    }
}

/// What two results are compared by without carrying them from process to process.
struct Digest {
    let count: Int
    /// The mean of absolute values.
    let magnitude: Double
    /// Elements that lie evenly spread over the flattened tensor.
    let samples: [Double]

    init(_ result: Tensor) {
        let plain = result.detach()
        let values = (plain.dtype.isComplex ? plain.viewAsReal() : plain).to(.float64).reshape([-1])
        count = values.count
        magnitude = values.abs().mean().item()
        let places = (0..<min(values.count, 64)).map { $0 * values.count / min(values.count, 64) }
        samples = values.indexSelect(0, Tensor(places)).array()
    }
}
