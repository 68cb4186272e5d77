// swift-tools-version: 6.1
import PackageDescription

// Complete programs that depend on Ember as its users' packages do.
let package = Package(
    name: "Examples",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Ember", path: "..")],
    targets: ["FirstNetwork", "SentenceEmbeddings"].map { name in
        .executableTarget(name: name, dependencies: [.product(name: "Ember", package: "Ember")], path: name,
            exclude: name == "SentenceEmbeddings" ? ["compare.py"] : [])
    },
    swiftLanguageModes: [.v6]
)
