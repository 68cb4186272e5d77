import Foundation
import Synchronization

/// Ctrl-C (and a polite `kill`) as a question that the training loop asks. A second one ends the program at once.
enum InterruptSignal {
    private static let arrived = Atomic<Bool>(false)

    /// Starts watching. Called once, before training.
    static func watch() {
        // Touched here so that the handler finds it initialised: it may do nothing but store.
        arrived.store(false, ordering: .relaxed)
        // A parent may have left them blocked, as programs that start others from a dispatch queue do.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&signals, number)
            signal(number) { number in
                InterruptSignal.arrived.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    static var hasArrived: Bool { arrived.load(ordering: .relaxed) }
}
