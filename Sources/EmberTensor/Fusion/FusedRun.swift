import Synchronization

/// One run of the block interpreter, and of convolutions, for a deferred result, together with everything deferred that it reads.
final class FusedRun: Sendable {
    /// Locked while the run is going on, so that other threads can wait for its results.
    private let running = Mutex(())

    /// Planning is a few microseconds for one thread at a time, so that two runs cannot each hold half of what the other needs.
    private static let planning = Mutex(())

    func wait() { running.withLock { _ in } }

    /// Computes the elements of `deferral`, unless another run has taken its program.
    static func compute(_ deferral: Deferral) {
        let run = FusedRun()
        run.running.withLock { _ in
            var merge = ProgramMerge(run: run, shape: deferral.shape, strides: deferral.strides, compute: deferral.compute)
            let isMine = planning.withLock { _ in
                guard let expression = deferral.take(for: run) else { return false }
                merge.setRoot(expression)
                return true
            }
            if isMine { deferral.publish(merge.execute(dtype: deferral.dtype, device: deferral.device)) }
        }
    }

    /// Runs `program` into `destination`, together with those of its operands that are deferred and can join.
    static func compute(_ program: ElementwiseProgram, _ operands: [Tensor], into destination: Tensor) {
        Deferral.evaluateThoseThatCannotJoin(operands, destination.shape, destination.strides, program.compute)
        let run = FusedRun()
        run.running.withLock { _ in
            var merge = ProgramMerge(run: run, shape: destination.shape, strides: destination.strides, compute: program.compute)
            planning.withLock { _ in merge.setRoot(.program(program, operands)) }
            merge.execute(into: destination)
        }
    }
}
