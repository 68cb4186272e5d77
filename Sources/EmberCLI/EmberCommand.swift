import ArgumentParser

/// The program `ember`.
@main
struct EmberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ember",
        abstract: "Trains an image classifier, and looks at what came of it.",
        version: EmberVersion.current,
        subcommands: [TrainCommand.self, EvaluateCommand.self, PredictCommand.self, InfoCommand.self]
    )
}

/// What a command could not do, in one message for the person who called it. The program ends with status 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
