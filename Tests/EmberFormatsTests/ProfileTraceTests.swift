import EmberFormats
import EmberTensor
import Foundation
import Testing

/// The trace of a profile is JSON of Chrome's Trace Event Format.
@Suite struct ProfileTraceTests {
    @Test func traceHasEveryEvent() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("trace.json")
        let a = Tensor.ones([4, 6]).requiringGrad()
        let profile = Profiler.measure(shapes: true) {
            Profiler.record("a \"quoted\" name") { a.matmul(Tensor.ones([6, 2])).sum().backward() }
        }
        try profile.writeTrace(to: path)
        let trace = try JSON(parsing: String(contentsOfFile: path, encoding: .utf8))
        let events = try #require(trace["traceEvents"]?.arrayValue)
        let complete = events.filter { $0["ph"]?.stringValue == "X" }
        #expect(complete.count == profile.events.count)
        for (json, event) in zip(complete, profile.events) {
            #expect(json["name"]?.stringValue == event.title)
            #expect(json["pid"]?.integerValue == Int(ProcessInfo.processInfo.processIdentifier))
            #expect(json["tid"]?.integerValue == event.thread)
            let start = try #require(json["ts"]?.doubleValue), length = try #require(json["dur"]?.doubleValue)
            #expect(abs(start - event.start / .microseconds(1)) < 1e-3 && abs(length - event.duration / .microseconds(1)) < 1e-3)
        }
        let product = try #require(complete.first { $0["name"]?.stringValue == "matmul" && $0["args"]?["pass"]?.stringValue == "forward" })
        #expect(product["cat"]?.stringValue == "operator")
        #expect(product["args"]?["FLOPs"]?.integerValue == 2 * 4 * 6 * 2)
        #expect(product["args"]?["input shapes"] == [[4, 6], [6, 2]])
        #expect(complete.contains { $0["name"]?.stringValue == "gradient of matmul" && $0["cat"]?.stringValue == "gradient" })
        #expect(complete.contains { $0["name"]?.stringValue == "a \"quoted\" name" && $0["cat"]?.stringValue == "scope" })
        let named = Set(events.filter { $0["name"]?.stringValue == "thread_name" }.compactMap { $0["tid"]?.integerValue })
        #expect(named == Set(profile.events.map(\.thread)))
        #expect(events.filter { $0["ph"]?.stringValue == "C" }.allSatisfy { ($0["args"]?["bytes"]?.integerValue ?? -1) >= 0 })
    }

    @Test func unwritablePlaceIsNamed() throws {
        let profile = Profiler.measure {}
        #expect(throws: FormatError.self) { try profile.writeTrace(to: "/nowhere/at/all/trace.json") }
    }
}
