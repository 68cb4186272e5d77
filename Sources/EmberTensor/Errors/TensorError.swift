import CEmber
import Foundation

/// What was wrong with an operator call: which operator, what it got, which rule that broke, and where the call was written.
///
/// A failing operator stops the program with ``description``; inside ``checked(_:)`` it is thrown.
public struct TensorError: Error, Sendable, CustomStringConvertible {
    /// The operator's name, as in ``Tensor``'s methods; empty until the operator is known.
    public internal(set) var operation: String
    /// The rule that was broken, with the values that broke it.
    public let reason: String
    /// Shapes and types of the operands, one text each.
    public internal(set) var operands: [String]
    /// Return addresses of the failing call, innermost first; turned into a source position only when asked.
    private var callStack: CallStack?

    /// An error whose operator and operands are filled in where the operator was called.
    public init(_ reason: String) {
        operation = ""
        self.reason = reason
        operands = []
    }

    /// `file:line` of the innermost caller outside Ember, or nil when the program carries no debug information.
    public var location: String? { callStack?.userLocation }

    public var description: String {
        var text = operation.isEmpty ? reason : "\(operation): \(reason)"
        if !operands.isEmpty { text += "\n  operands: " + operands.joined(separator: ", ") }
        if let location { text += "\n  at \(location)" }
        return text
    }

    /// Ends the program with the message, or, inside `checked`, keeps the error (the first one wins) and returns.
    package func report(in operation: String, operands: [Tensor] = []) {
        var error = self
        if error.operation.isEmpty {
            error.operation = operation
            error.operands = operands.map { $0.isInert ? "an operand that failed" : "\($0.dtype.name)\($0.shape)" }
        }
        error.callStack = CallStack.capture()
        let state = ember_thread()!
        guard state.pointee.checked_depth > 0 else {
            FileHandle.standardError.write(Data("Ember: \(error.description)\n".utf8))
            exit(1)
        }
        if state.pointee.failure == nil {
            state.pointee.failure = Unmanaged.passRetained(FailureBox(error)).toOpaque()
        }
    }
}

private final class FailureBox {
    let error: TensorError
    init(_ error: TensorError) { self.error = error }
}

/// Runs `body`; if any tensor operator in it was called wrongly, throws the first such error instead of stopping the program.
///
/// The operator that failed returns an inert tensor (float32, shape `[0]`), and operators on inert tensors do nothing, so `body` runs to its
/// end; its result is dropped. For servers and tests, where a wrong input must not end the process.
/// Only operators called on this thread count; calls nest.
public func checked<Result>(_ body: () throws -> Result) throws -> Result {
    let state = ember_thread()!
    let outerFailure = state.pointee.failure
    state.pointee.failure = nil
    state.pointee.checked_depth += 1
    let outcome = Swift.Result { try body() }
    state.pointee.checked_depth -= 1
    let failure = state.pointee.failure
    state.pointee.failure = outerFailure
    if let failure {
        throw Unmanaged<FailureBox>.fromOpaque(failure).takeRetainedValue().error
    }
    return try outcome.get()
}
