import Ember

/// Learning-rate schedules: the rate before each of thirty steps.
enum ScheduleCalls {
    static func run(_ line: JSON, _ arguments: Arguments) throws {
        throw Unsupported("no such schedule", arguments.operation)
    }
}
