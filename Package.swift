// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "Ember",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Ember", targets: ["Ember"]),
        .executable(name: "ember", targets: ["EmberCLI"]),
        .executable(name: "ember-conformance", targets: ["EmberConformance"]),
        .executable(name: "ember-benchmarks", targets: ["EmberBenchmarks"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    ],
    targets: [
        .target(
            name: "CEmber",
            exclude: [],
            linkerSettings: [
                .linkedLibrary("dnnl"), .linkedLibrary("openblas"), .linkedLibrary("gomp"), .linkedLibrary("dl"), .linkedLibrary("m"),
                .linkedLibrary("png"), .linkedLibrary("jpeg"),
            ]
        ),
        .target(name: "EmberTensor", dependencies: ["CEmber"]),
        .target(name: "EmberNN", dependencies: ["EmberTensor"]),
        .target(name: "EmberDistributions", dependencies: ["EmberTensor"]),
        .testTarget(
            name: "EmberDistributionsTests", dependencies: ["EmberDistributions"],
            exclude: ["record-reference.py", "reference.tsv"]
        ),
        .target(name: "Ember", dependencies: ["EmberTensor", "EmberNN", "EmberFormats", "EmberData", "EmberDistributions"]),
        .testTarget(name: "EmberNNTests", dependencies: ["Ember"]),
        .testTarget(name: "DocumentationTests", dependencies: ["Ember"]),
        .executableTarget(
            name: "EmberConformance",
            dependencies: ["Ember", .product(name: "ArgumentParser", package: "swift-argument-parser")]
        ),
        .target(name: "MachinePeak", path: "Benchmarks/MachinePeak"),
        .executableTarget(name: "EmberBenchmarks", dependencies: ["Ember", "MachinePeak"], path: "Benchmarks/EmberBenchmarks"),
        .executableTarget(name: "FailingProgram", dependencies: ["Ember"], path: "Tests/FailingProgram"),
        .executableTarget(name: "KilledProgram", dependencies: ["Ember"], path: "Tests/KilledProgram"),
        .executableTarget(
            name: "EmberCLI",
            dependencies: ["Ember", "CEmber", "CZlib", .product(name: "ArgumentParser", package: "swift-argument-parser")]
        ),
        .testTarget(
            name: "EmberTensorTests", dependencies: ["Ember", "FailingProgram"],
            exclude: ["record-special-functions.py", "special-functions.tsv"]
        ),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "EmberFormats", dependencies: ["CEmber", "EmberTensor", "EmberNN", "CZlib"]),
        .target(name: "EmberData", dependencies: ["EmberTensor", "EmberFormats"]),
        .testTarget(name: "EmberDataTests", dependencies: ["EmberData"]),
        .testTarget(name: "EmberCLITests", dependencies: ["Ember", "KilledProgram"]),
        .target(name: "FuzzTargets", dependencies: ["EmberFormats"], path: "Tests/Fuzz/Targets"),
        .testTarget(
            name: "EmberFormatsTests", dependencies: ["EmberFormats", "FuzzTargets"],
            resources: [.copy("Peers/peer.py"), .copy("Peers/Fixtures")]
        ),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu17,
    cxxLanguageStandard: .gnucxx20
)

// `Scripts/fuzz` builds the readers with libFuzzer, which nothing else links.
if Context.environment["EMBER_FUZZ"] != nil {
    package.targets.append(.executableTarget(name: "EmberFuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver"))
}
