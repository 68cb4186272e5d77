import Ember

/// `complex/`: operators on complex numbers, called and compared as those of `ops/`.
enum ComplexSuite: Suite {
    static let folder = "complex"

    static func subject(_ line: JSON) -> String { OperatorSuite.subject(line) }

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws { try OperatorSuite.run(line, tensors) }
}
