// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "FirstNetwork",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Ember", path: "../..")],
    targets: [.executableTarget(name: "FirstNetwork", dependencies: [.product(name: "Ember", package: "Ember")])],
    swiftLanguageModes: [.v6]
)
