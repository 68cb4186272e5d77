import Ember

/// What became of one case.
enum Outcome: Sendable {
    /// `byTypes`: PyTorch refuses the call while running, the Swift compiler before.
    case passed(byTypes: Bool)
    case failed(String)
    /// `reason` names the group in the documentation, `detail` what of it this case needs.
    case unsupported(reason: String, detail: String)
}

/// A kind of case: one folder of the vectors.
protocol Suite: Sendable {
    /// The folder's name.
    static var folder: String { get }

    /// What the cases of a line are about: the operator, layer or optimiser.
    static func subject(_ line: JSON) -> String

    /// Runs one line of a file.
    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws

    /// What became of one line.
    static func outcome(_ line: JSON, _ tensors: SafeTensorsFile) -> Outcome
}

extension Suite {
    static func outcome(_ line: JSON, _ tensors: SafeTensorsFile) -> Outcome {
        do {
            try run(line, tensors)
            return .passed(byTypes: false)
        } catch let error as Unsupported {
            return .unsupported(reason: error.reason, detail: error.detail)
        } catch let error as IllTyped {
            return .unsupported(reason: "Swift's types leave no way to write the call", detail: error.description)
        } catch {
            return .failed("\(error)".replacing("\n", with: " "))
        }
    }
}

/// Why a case cannot be run: Ember lacks what it needs, or the runner does not know the name.
struct Unsupported: Error, CustomStringConvertible {
    let reason: String
    let detail: String

    init(_ reason: String, _ detail: String = "") {
        self.reason = reason
        self.detail = detail
    }

    var description: String { detail.isEmpty ? reason : "\(reason): \(detail)" }
}

/// A call that a Swift compiler refuses, because Ember's function takes another type there: PyTorch finds out while
/// running.
struct IllTyped: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Why a case was run and is wrong.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
