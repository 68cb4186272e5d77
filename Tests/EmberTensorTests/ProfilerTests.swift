import Ember
import Foundation
import Testing

/// What `Profiler` counts. Where tests run side by side, operators of other threads count too: these look below scopes of their own.
@Suite(.serialized) struct ProfilerTests {
    /// The events of the thread that calls `body`, below a scope of this name.
    private func events(_ scope: String = "under test", shapes: Bool = true, _ body: () -> Void) throws -> [Profile.Event] {
        let profile = Profiler.measure(shapes: shapes) { Profiler.record(scope) { body() } }
        let outer = try #require(profile.events.firstIndex { $0.name == scope })
        return profile.events.indices.filter { place in
            sequence(first: place) { profile.events[$0].parent }.contains(outer)
        }.map { profile.events[$0] }
    }

    private func event(_ name: String, _ kind: Profile.Kind = .operation, _ body: () -> Void) throws -> Profile.Event {
        try #require(try events("under test", shapes: true, body).first { $0.name == name && $0.kind == kind })
    }

    @Test func countsCallsBytesAndShapes() throws {
        let a = Tensor.ones([30, 40]), b = Tensor.ones([30, 40])
        let found = try events { for _ in 0..<5 { _ = a.atan2(b) } }.filter { $0.name == "atan2" }
        #expect(found.count == 5)
        for event in found {
            #expect(event.inputShapes == [[30, 40], [30, 40]])
            #expect(event.bytesRead == 2 * 30 * 40 * 4)
            #expect(event.bytesWritten == 30 * 40 * 4)
            #expect(event.flops == 30 * 40)
            #expect(event.kind == .operation && !event.isBackward)
            #expect(event.duration > .zero && event.selfTime <= event.duration)
        }
    }

    /// Large element-wise results are computed when they are read: that is the work, not the calls that only wrote it down.
    @Test func expressionsThatWaitAreEventsOfTheirOwn() throws {
        let a = Tensor.ones([512, 128]), b = Tensor.ones([128, 4])
        let found = try events { _ = relu(a * 2.0).matmul(b) }
        for name in ["mul", "relu"] {
            let call = try #require(found.first { $0.name == name })
            #expect(call.bytesRead == 0 && call.bytesWritten == 0 && call.flops == 0)
        }
        let run = try #require(found.first { $0.name == "fused (mul, relu)" }), product = try #require(found.first { $0.name == "matmul" })
        #expect(run.bytesRead == 512 * 128 * 4 && run.bytesWritten == 512 * 128 * 4 && run.flops == 2 * 512 * 128)
        #expect(product.bytesRead == (512 * 128 + 128 * 4) * 4 && product.bytesWritten == 512 * 4 * 4)
    }

    @Test func shapesAreTakenDownOnRequest() throws {
        let a = Tensor.ones([3, 4])
        #expect(try events(shapes: false) { _ = a.sinh() }.allSatisfy(\.inputShapes.isEmpty))
    }

    @Test func formulasOfProducts() throws {
        let a = Tensor.ones([3, 7, 5]), b = Tensor.ones([3, 5, 11])
        #expect(try event("matmul") { _ = a.matmul(b) }.flops == 2 * 3 * 7 * 5 * 11)
        let x = Tensor.ones([6, 5]), weight = Tensor.ones([9, 5]), bias = Tensor.ones([9])
        #expect(try event("linear") { _ = linear(x, weight, bias: bias) }.flops == 2 * 6 * 5 * 9)
        let c = Tensor.ones([4, 4], dtype: .complex64)
        // Part of it is counted in what prepares the operands.
        #expect(try events { _ = c.matmul(c) }.reduce(0) { $0 + $1.flops } == 8 * 4 * 4 * 4)
    }

    @Test func formulasOfConvolutionsForwardAndBackward() throws {
        // 2 · batch · outputs · 5 · 4 places · (6 / 2 channels · 3 · 3)
        let flops = 2 * 2 * 8 * 5 * 4 * (3 * 3 * 3)
        let x = Tensor.ones([2, 6, 9, 8]).requiringGrad(), weight = Tensor.ones([8, 3, 3, 3]).requiringGrad()
        let found = try events { conv2d(x, weight, stride: 2, padding: 1, groups: 2).sum().backward() }
        for name in ["convolution", "convolution_input_gradient", "convolution_weight_gradient"] {
            let event = try #require(found.first { $0.name == name && $0.kind == .operation })
            #expect(event.flops == flops, "\(name)")
            #expect(event.isBackward == (name != "convolution"))
        }
        #expect(found.reduce(0) { $0 + ($1.name.hasPrefix("convolution") ? $1.flops : 0) } == 3 * flops)
    }

    @Test func viewsMoveNothing() throws {
        let a = Tensor.ones([12, 5])
        for (name, body) in [("reshape", { _ = a.reshape([5, 12]) }), ("permute", { _ = a.permute(1, 0) })] as [(String, () -> Void)] {
            let event = try event(name, .operation, body)
            #expect(event.bytesRead == 0 && event.bytesWritten == 0)
        }
        // An expanded operand is as long as what it repeats.
        let row = Tensor.ones([5]).expand(12, 5)
        let product = try event("mul") { _ = a * row }
        #expect(product.bytesRead == 12 * 5 * 4 + 5 * 4)
    }

    @Test func lookUpsReadWhatTheyReturn() throws {
        let table = Tensor.ones([1000, 16]), index = Tensor([3, 5])
        for name in ["index_select", "gather"] {
            let event = try event(name) { _ = name == "gather" ? table.gather(0, index.unsqueeze(1)) : table.indexSelect(0, index) }
            #expect(event.bytesRead == event.bytesWritten + 2 * 8)
        }
    }

    @Test func rulesAreApartFromOperators() throws {
        let a = Tensor.full([4, 4], 0.5).requiringGrad()
        let found = try events { a.matmul(a).tanh().sum().backward() }
        let rule = try #require(found.first { $0.name == "matmul" && $0.kind == .gradientRule })
        #expect(rule.isBackward && rule.title == "gradient of matmul")
        let inside = found.filter { $0.name == "matmul" && $0.kind == .operation && $0.isBackward }
        #expect(inside.count == 2)
        #expect(found.filter { $0.name == "matmul" && $0.kind == .operation && !$0.isBackward }.count == 1)
        // The products inside the rule do the work: nothing is counted twice.
        #expect(rule.flops == 0)
        #expect(inside.allSatisfy { $0.flops == 2 * 4 * 4 * 4 })
        #expect(found.contains { $0.kind == .backwardPass })
    }

    @Test func scopesNest() throws {
        let x = Tensor.full([100, 100], 0.3)
        let found = try events("outer") {
            Profiler.record("inner") { _ = x.asinh() }
            _ = x.acosh()
        }
        #expect(found.map(\.name) == ["outer", "inner", "asinh", "acosh"])
        let (outer, inner, asinh, acosh) = (found[0], found[1], found[2], found[3])
        #expect(inner.selfTime == inner.duration - asinh.duration)
        #expect(outer.selfTime == outer.duration - inner.duration - acosh.duration)
        #expect(outer.start <= inner.start && inner.start <= asinh.start && asinh.start < acosh.start)
        #expect(Profiler.record("result") { 7 } == 7)
    }

    @Test func entriesSumUp() throws {
        let a = Tensor.ones([8, 8])
        let profile = Profiler.measure(shapes: true) {
            for _ in 0..<3 { Profiler.record("recursive") { Profiler.record("recursive") { _ = a.logAddExp(a) } } }
            _ = a[0..<4].logAddExp(a[0..<4])
        }
        let entries = profile.entries()
        let sum = try #require(entries.first { $0.name == "logaddexp" })
        #expect(sum.calls == 4)
        #expect(sum.bytesWritten == (3 * 64 + 32) * 4)
        let scope = try #require(entries.first { $0.name == "recursive" })
        #expect(scope.calls == 6)
        #expect(scope.totalTime == profile.events.filter { $0.name == "recursive" && $0.parent == nil }.reduce(.zero) { $0 + $1.duration })
        #expect(profile.entries(groupedByShape: true).filter { $0.name == "logaddexp" }.map(\.calls).sorted() == [1, 3])
        #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.selfTime >= $1.selfTime })
        // Own times are a partition of the outermost events' durations.
        #expect(profile.total.selfTime == profile.total.totalTime)
        #expect(entries.allSatisfy { $0.selfTime <= $0.totalTime })
    }

    @Test func copiesOnWriteAndUpdatesShow() throws {
        let network = Linear(3, 3)
        let found = try events {
            var x = Tensor.ones([7])
            let snapshot = x
            x[0] = Tensor(2.0)
            _ = snapshot
            network(Tensor.ones([1, 3])).sum().backward()
            SGD(network.parameters(), momentum: 0.9).step()
        }
        #expect(found.contains { $0.name == "copy on write" && $0.bytesWritten == 28 })
        #expect(found.contains { $0.name == "SGD.step" && $0.kind == .scope })
        #expect(found.filter { $0.name == "update (sgd_momentum)" }.count == 1)
    }

    @Test func peakOfMemory() throws {
        let megabyte = 1 << 20
        let found = try events {
            Profiler.record("large") { _ = Tensor.zeros([16 * megabyte / 4]).cumsum(0) }
            Profiler.record("small") { _ = Tensor.zeros([4]) }
        }
        let large = try #require(found.first { $0.name == "large" }), small = try #require(found.first { $0.name == "small" })
        #expect(large.peakBytes - small.bytesAfter >= 24 * megabyte)
        #expect(large.peakBytes >= small.peakBytes)
    }

    /// A normalisation's gradient reads its input and statistics: its result goes when its consumer has it.
    @Test func resultsThatNoGradientReadsAreNotKept() throws {
        let megabyte = 1 << 20, x = Tensor.ones([16, 64, 32, 32]).requiringGrad(), network = BatchNorm2d(64)
        let found = try events {
            Profiler.record("before") {}
            let y = relu(network(x))
            y.evaluate()
            Profiler.record("after") {}
            y.sum().backward()
        }
        let before = try #require(found.first { $0.name == "before" }), after = try #require(found.first { $0.name == "after" })
        let kept = after.bytesAfter - before.bytesAfter
        #expect(kept >= 4 * megabyte && kept < 5 * megabyte)
        #expect(x.grad != nil)
    }

    @Test func threadsAreApart() throws {
        let profile = Profiler.measure {
            DispatchQueue.concurrentPerform(iterations: 8) { k in
                Profiler.record("thread \(k)") { for _ in 0..<50 { _ = Tensor.ones([2]).cosh() } }
            }
        }
        for k in 0..<8 {
            let scope = try #require(profile.events.firstIndex { $0.name == "thread \(k)" })
            let inside = profile.events.filter { $0.parent == scope }
            #expect(inside.filter { $0.name == "cosh" }.count == 50)
            #expect(inside.allSatisfy { $0.thread == profile.events[scope].thread })
        }
        #expect(profile.events.allSatisfy { profile.threadNames[$0.thread] != nil })
        #expect(profile.events.allSatisfy { $0.selfTime >= .zero })
    }

    @Test func measurementsNestAndSuspend() async throws {
        var inner: Profile?
        let outer = await Profiler.measureAsync {
            _ = Tensor.ones([3]).atanh()
            await Task.yield()
            inner = Profiler.measure { _ = Tensor.ones([3]).erfinv() }
        }
        #expect(outer.events.contains { $0.name == "atanh" } && outer.events.contains { $0.name == "erfinv" })
        #expect(inner?.events.contains { $0.name == "erfinv" } == true)
        #expect(inner?.events.contains { $0.name == "atanh" } == false)
    }

    private struct Stop: Error {}

    @Test func errorsPassAndEndTheMeasurement() {
        #expect(throws: Stop.self) { try Profiler.measure { throw Stop() } }
        #expect(throws: TensorError.self) {
            try checked { _ = Profiler.measure { _ = Tensor.ones([2]).matmul(Tensor.ones([3])) } }
        }
        #expect(!Profiler.isActive)
    }

    /// While nobody measures nothing is made: no name, no list of operands.
    @Test func costsNothingWhenOff() {
        func name() -> String { Issue.record("a name was made"); return "" }
        #expect(!Profiler.isActive)
        Profiler.record(name()) {}
        Profiler.event(name(), reading: [Tensor(Double(name()) ?? 0)], writing: []) {}
    }

    @Test func tableIsAligned() throws {
        let a = Tensor.ones([64, 64]).requiringGrad()
        let profile = Profiler.measure(shapes: true) {
            Profiler.record("forward") { a.matmul(a).relu().sum() }.backward()
        }
        let lines = profile.description.split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("scope ") == true)
        #expect(lines.contains { $0.hasPrefix("operator ") && $0.contains("GFLOP/s") })
        #expect(lines.contains { $0.hasPrefix("gradient of matmul") })
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(profile.table(width: 60).split(separator: "\n").prefix { !$0.contains(" measured, ") }.allSatisfy { $0.count <= 60 })
        #expect(profile.table(limit: 1).contains("1 of "))
        #expect(profile.table(groupedByShape: true).contains("matmul [64, 64] [64, 64]"))
        let ordered = profile.table(sortedBy: .flops, limit: 1).split(separator: "\n")
        #expect(ordered.contains { $0.hasPrefix("matmul") })
    }
}
