import Ember
import Foundation

/// One benchmark: its name, the work of one call, and the call. Every row has its counterpart of the same name in Benchmarks/peers.
struct Row: Sendable {
    /// What one call does, in units of 1, so that a rate can be printed beside its time.
    enum Work: Sendable {
        /// Floating-point operations: GFLOP/s.
        case operations(Double)
        /// Bytes that must be read and written at least: GB/s.
        case bytes(Double)
        /// Anything else, counted: items a second.
        case items(Double, unit: String)
        /// A rate would say nothing.
        case unmeasured
    }

    let name: String
    let work: Work
    /// How far results may differ, relatively.
    let tolerance: Double
    /// The first call is the measurement: for work of many seconds.
    let timesOneCall: Bool
    /// Whether the most memory that a process takes for it is compared too.
    let reportsMemory: Bool
    /// Makes the inputs (from seed 0, so that PyTorch makes the very same) and returns the timed call.
    let prepare: @Sendable () -> () -> Tensor

    init(_ name: String, _ work: Work = .unmeasured, tolerance: Double = 1e-3, timesOneCall: Bool = false, reportsMemory: Bool = false,
         prepare: @escaping @Sendable () -> () -> Tensor) {
        (self.name, self.work, self.tolerance, self.timesOneCall) = (name, work, tolerance, timesOneCall)
        (self.reportsMemory, self.prepare) = (reportsMemory, prepare)
    }

    /// A call on one tensor of normal numbers.
    init(_ name: String, _ shape: Shape, _ work: Work = .unmeasured, tolerance: Double = 1e-3,
         call: @escaping @Sendable (Tensor) -> Tensor) {
        self.init(name, work, tolerance: tolerance) {
            let x = Tensor.randn(shape)
            return { call(x) }
        }
    }

    /// A call on two tensors of normal numbers.
    init(_ name: String, _ first: Shape, _ second: Shape, _ work: Work = .unmeasured, tolerance: Double = 1e-3,
         call: @escaping @Sendable (Tensor, Tensor) -> Tensor) {
        self.init(name, work, tolerance: tolerance) {
            let x = Tensor.randn(first), y = Tensor.randn(second)
            return { call(x, y) }
        }
    }
}

/// The rows of one family of operators.
struct RowFamily: Sendable {
    let name: String
    let rows: [Row]

    init(_ name: String, _ rows: [Row]) { (self.name, self.rows) = (name, rows) }
}
