import Ember
import Testing

/// Tensors cross threads; thread counts change no bit.
@Suite struct ConcurrencyTests {
    @Test func tensorsCrossTasks() async {
        let shared = Tensor.arange(1000, dtype: .float32)
        let sums = await withTaskGroup(of: Double.self) { group in
            for k in 0..<8 {
                group.addTask {
                    var own = shared
                    own[k] = Tensor(0.0)
                    return own.sum().item()
                }
            }
            var all: [Double] = []
            for await sum in group { all.append(sum) }
            return all.sorted()
        }
        #expect(sums == (0..<8).map { 499_500 - Double($0) }.sorted())
        #expect(shared.sum().item() == 499_500)
    }

    /// What is cut into tasks, and blocks whose sizes depend on the number of threads. Without AVX2 products are oneDNN's, whose bits may
    /// follow it.
    @Test(arguments: [1, 2, 5]) func threadCountsChangeNoBit(count: Int) {
        func results() -> [Tensor] {
            let generator = Generator(seed: 3)
            let a = Tensor.randn([390, 530], generator: generator), b = Tensor.randn([530, 830], generator: generator)
            let rows = (Tensor.arange(390) * 7).remainder(Tensor(100))
            let products = instructionSet == "baseline" ? [] : [a.matmul(b), a[0..<260].matmul(b[0..., 0..<256])]
            return products + [
                a.exp() + 1.0, a.sum(), a.sum(0), a.softmax(1),
                Tensor.zeros([100, 530]).indexAdd(0, rows, a), Tensor.zeros([100, 530]).indexAdd(0, rows.sort(0).values, a),
                nllLoss(b.logSoftmax(1), Tensor.arange(530)),
            ]
        }
        let expected = withSingleThread { results() }
        let before = threadCount
        setThreadCount(count)
        defer { setThreadCount(before) }
        for (i, pair) in zip(results(), expected).enumerated() { #expect(pair.0.equal(pair.1), "result \(i)") }
    }

    @Test func gradientsAccumulateFromSeveralThreads() async {
        let weight = Tensor.ones([3]).requiringGrad()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { for _ in 0..<50 { (weight * 2.0).sum().backward() } }
            }
        }
        #expect(weight.grad?.array(of: Float.self) == [1600, 1600, 1600])
    }

    @Test func failuresStayInTheirThread() async {
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for k in 0..<20 {
                group.addTask {
                    do {
                        try checked { _ = Tensor.ones([2]) + Tensor.ones([k % 2 == 0 ? 2 : 3]) }
                        return k % 2 == 0
                    } catch {
                        return k % 2 == 1
                    }
                }
            }
            var all: [Bool] = []
            for await outcome in group { all.append(outcome) }
            return all
        }
        #expect(outcomes.allSatisfy { $0 })
    }
}
