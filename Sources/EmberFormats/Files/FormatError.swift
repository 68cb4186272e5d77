/// What went wrong with a file, in terms a person can act on: which file, which part of it, and what was expected there.
///
/// Every reader and writer of this module throws this one type, so that a program can print it as it is.
public struct FormatError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The family of the problem, for programs that treat them differently.
    public enum Kind: Sendable, Equatable {
        /// The operating system refused: the file does not exist, may not be read, the disk is full….
        case system
        /// The file ends before what its own header promises.
        case truncated
        /// The content breaks the rules of its format.
        case malformed
        /// Legal content of the format that Ember does not read or write.
        case unsupported
        /// The content announces more than the limits of the reader allow.
        case tooLarge
    }

    public let kind: Kind
    /// The path as it was given, or a description such as "bytes in memory".
    public let file: String
    /// What was found and what was expected.
    public let problem: String

    public init(_ kind: Kind, file: String, _ problem: String) {
        self.kind = kind
        self.file = file
        self.problem = problem
    }

    public var description: String { "\(file): \(problem)" }
}
