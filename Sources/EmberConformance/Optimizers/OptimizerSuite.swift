import Ember

/// `optim/`
enum OptimizerSuite: Suite {
    static let folder = "optim"
    static func subject(_ line: JSON) -> String { line["optim"]?.stringValue ?? line["scheduler"]?.stringValue ?? "" }
    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws { throw Unsupported("no such layer", subject(line)) }
}
