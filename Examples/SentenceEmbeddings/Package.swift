// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "SentenceEmbeddings",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Ember", path: "../..")],
    targets: [.executableTarget(name: "SentenceEmbeddings", dependencies: [.product(name: "Ember", package: "Ember")])],
    swiftLanguageModes: [.v6]
)
