import Ember

/// What became of one case.
enum Outcome {
    case passed
    case failed(String)
    case unsupported(String)
}

/// A kind of case: one folder of the vectors.
protocol Suite {
    /// The folder's name.
    static var folder: String { get }

    /// Runs one line of a file.
    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws
}

extension Suite {
    static func outcome(_ line: JSON, _ tensors: SafeTensorsFile) -> Outcome {
        do {
            try run(line, tensors)
            return .passed
        } catch let error as Unsupported {
            return .unsupported(error.description)
        } catch {
            return .failed("\(error)".replacing("\n", with: " "))
        }
    }
}
