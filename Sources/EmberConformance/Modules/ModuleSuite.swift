import Ember

/// `modules/`
enum ModuleSuite: Suite {
    static let folder = "modules"
    static func subject(_ line: JSON) -> String { line["module"]?.stringValue ?? line["scheduler"]?.stringValue ?? "" }
    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws { throw Unsupported("no such layer", subject(line)) }
}
