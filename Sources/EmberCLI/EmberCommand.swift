import ArgumentParser

/// The program `ember`.
@main
struct EmberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ember",
        abstract: "Trains an image classifier, looks at what came of it, and at tensor files.",
        version: EmberVersion.current,
        subcommands: [
            TrainCommand.self, EvaluateCommand.self, PredictCommand.self, BoardCommand.self, InspectCommand.self, ConvertCommand.self,
            DiffCommand.self, ProfileCommand.self, InfoCommand.self,
        ]
    )
}

/// What a command could not do, in one message for the person who called it. The program ends with status 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
