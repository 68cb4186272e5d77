import FuzzTargets

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What libFuzzer's own main program calls (`FuzzerMain.cpp`). That is not used: SwiftPM gives every program an entry point of its own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ argumentCount: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ testOneInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The format, which `Scripts/fuzz` hands over in the environment: libFuzzer takes the arguments.
private let target: FuzzTarget = {
    let name = getenv("EMBER_FUZZ").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        fatalError("EMBER_FUZZ must name one of \(FuzzTarget.allCases.map(\.rawValue)), not “\(name)”")
    }
    return target
}()

/// What libFuzzer calls.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.read([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}

@main enum Driver {
    static func main() {
        var argumentCount = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(runFuzzer(&argumentCount, &arguments) { testOneInput($0, $1) })
    }
}
