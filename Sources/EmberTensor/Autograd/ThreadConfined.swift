import Foundation

/// A value that is not `Sendable` but must be kept by the recorded graph, which is: a closure over a model.
///
/// `@unchecked Sendable`: the value is given out only on the thread that made this object.
package final class ThreadConfined<Value>: @unchecked Sendable {
    private let content: Value
    private let owner = pthread_self()

    package init(_ value: Value) { content = value }

    /// The value; nil on any other thread.
    package var value: Value? { pthread_equal(owner, pthread_self()) != 0 ? content : nil }
}

extension ThreadConfined<Void> {
    /// What to report where ``value`` is nil.
    package static var error: TensorError {
        TensorError("the backward pass must run on the thread of the forward pass, since it uses the model's layers")
    }
}
