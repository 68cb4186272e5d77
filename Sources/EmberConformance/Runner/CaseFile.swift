import Foundation

/// A file of cases with the suite that runs it.
struct CaseFile {
    let path: String
    /// Folder and name, such as `ops/add`.
    let label: String
    let suite: any Suite.Type

    /// What a run compares.
    enum Subject: String, CaseIterable {
        /// Results, gradients and errors with the recorded ones.
        case answers
        /// Gradients, and gradients of gradients, with differences.
        case gradients

        var suites: [any Suite.Type] { self == .answers ? CaseFile.suites : [GradientSuite.self] }
    }

    private static var suites: [any Suite.Type] {
        [
            OperatorSuite.self, ComplexSuite.self, ErrorSuite.self, ModuleSuite.self, OptimizerSuite.self,
            RandomSuite.self,
        ]
    }

    /// All files under `directory`, in an order that is the same in every process.
    static func all(in directory: String, only: String?, subject: Subject) throws -> [CaseFile] {
        subject.suites.flatMap { suite -> [CaseFile] in
            let folder = "\(directory)/\(suite.folder)"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { $0.hasSuffix(".jsonl") }.sorted().compactMap { name in
                let label = "\(suite.folder)/\(name.dropLast(6))"
                if let only, !label.contains(only) { return nil }
                return CaseFile(path: "\(folder)/\(name)", label: label, suite: suite)
            }
        }
    }
}
