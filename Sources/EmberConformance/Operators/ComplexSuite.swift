import Ember

/// `complex/`: operators on complex numbers, which Ember does not have.
enum ComplexSuite: Suite {
    static let folder = "complex"

    static func subject(_ line: JSON) -> String { OperatorSuite.subject(line) }

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        throw Unsupported("complex numbers", subject(line))
    }
}
