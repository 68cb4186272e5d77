import Ember
import Testing

/// The gradient of `sum(f(x) * w)` against central differences, and the gradient of that gradient, in float64. `f` gets leaves.
func expectGradients(_ inputs: [Tensor], sourceLocation: SourceLocation = #_sourceLocation, _ f: ([Tensor]) -> Tensor) {
    func weighted(_ values: [Tensor]) -> Tensor {
        let y = f(values)
        let w = (Tensor.arange(Scalar(y.count), dtype: .float64) * 0.7 + 0.3).sin().reshape(y.shape)
        return (y * w + y * y * 0.5).sum()
    }
    func differences(_ g: ([Tensor]) -> Tensor) -> [[Double]] {
        inputs.indices.map { i in
            (0..<inputs[i].count).map { k in
                func at(_ step: Double) -> Double {
                    var values = inputs
                    var flat = values[i].array(of: Double.self)
                    flat[k] += step
                    values[i] = Tensor(flat, shape: values[i].shape, dtype: .float64)
                    return g(values).item()
                }
                return (at(1e-5) - at(-1e-5)) / 2e-5
            }
        }
    }
    func close(_ a: Tensor?, _ b: [Double], _ what: String) {
        let a = a?.array(of: Double.self) ?? [Double](repeating: 0, count: b.count)
        for (x, y) in zip(a, b) where abs(x - y) > 1e-5 * max(1, abs(y)) {
            Issue.record("\(what): \(a) is not \(b)", sourceLocation: sourceLocation)
            return
        }
    }
    func first(_ values: [Tensor], create: Bool) -> Tensor {
        let leaves = values.map { $0.requiresGrad ? $0 : $0.requiringGrad() }
        let found = gradients(of: weighted(leaves), with: leaves, createGraph: create)
        var total = Tensor(0.0, dtype: .float64)
        for (k, g) in found.enumerated() {
            if let g { total = total + (g * (Tensor.arange(Scalar(g.count), dtype: .float64) * 0.9 + Double(k)).cos().reshape(g.shape)).sum() }
        }
        return total
    }
    let leaves = inputs.map { $0.requiringGrad() }
    for (g, d) in zip(gradients(of: weighted(leaves), with: leaves), differences(weighted)) { close(g, d, "gradient") }
    let again = inputs.map { $0.requiringGrad() }
    for (g, d) in zip(gradients(of: first(again, create: true), with: again), differences { first($0, create: false) }) {
        close(g, d, "second gradient")
    }
}

/// Distinct values in no order.
func scrambled(_ shape: [Int]) -> Tensor {
    let n = shape.reduce(1, *)
    let values: [Double] = (0..<n).map { (k: Int) -> Double in
        let jump = Double((k * 7 + 3) % 31)
        return jump * 0.37 - 2.0 + Double(k) * 0.001
    }
    return Tensor(values, shape: shape, dtype: .float64)
}

@Suite struct IndexingTests {
    let x = Tensor.arange(24).reshape(2, 3, 4)

    @Test func shortNames() {
        #expect(x[.all, 1].array(of: Int.self) == x.select(1, 1).array(of: Int.self))
        #expect(x[.newAxis, 1].shape == [1, 3, 4] && x[0, .newAxis, .all].shape == [1, 3, 4])
        #expect(x[0, 0, .slice(by: -2)].array(of: Int.self) == [3, 1] && x[1, .slice(from: 1, to: -1), 0].array(of: Int.self) == [16])
        var y = x
        y[.all, .all, .slice(by: -1)] = x
        #expect(y[0, 0].array(of: Int.self) == [3, 2, 1, 0])
    }

    @Test func maskSelectsInOrder() {
        #expect(x[x .> 20].array(of: Int.self) == [21, 22, 23])
        let rows = Tensor([true, false, true])
        #expect(x[TensorRange.all, rows].shape == [2, 2, 4])
        #expect(x[TensorRange.all, rows, 0].array(of: Int.self) == [0, 8, 12, 20])
    }

    @Test func pairedIndices() {
        let y = x[[0, 1, -1], [2, 0, 1]]
        #expect(y.shape == [3, 4])
        #expect(y[TensorRange.all, 0].array(of: Int.self) == [8, 12, 16])
    }

    @Test func separatedIndicesGoFirst() {
        // torch: x[[0, 1], :, [1, 3]].shape == (2, 3); x.unsqueeze(0)[:, [0, 1], :, [1, 3]].shape == (2, 1, 3)
        let y = x.unsqueeze(0)[TensorRange.all, [0, 1], TensorRange.all, [1, 3]]
        #expect(y.shape == [2, 1, 3])
        #expect(y.array(of: Int.self) == [1, 5, 9, 15, 19, 23])
        // Side by side they stay.
        let z = x.unsqueeze(0)[TensorRange.all, [0, 1], [1, 2]]
        #expect(z.shape == [1, 2, 4])
        // An integer disappears before: the remaining indices are side by side.
        #expect(x.unsqueeze(0)[0, TensorRange.all, [0, 2], [1, 3]].array(of: Int.self) == [1, 11, 13, 23])
        // With a new axis and an ellipsis.
        #expect(x[TensorRange.newAxis, TensorRange.ellipsis, [3, 0]].shape == [1, 2, 3, 2])
    }

    @Test func broadcastIndices() {
        let y = x[Tensor([0, 1], shape: [2, 1]), [0, 2, 1]]
        #expect(y.shape == [2, 3, 4])
        #expect(y[1, 1, 0].item(as: Int.self) == 20)
    }

    @Test func assignment() {
        var y = x
        y[[0, 1], [1, 2]] = Tensor([100, 200, 300, 400])
        #expect(y[0, 1].array(of: Int.self) == [100, 200, 300, 400] && y[1, 2, 3].item(as: Int.self) == 400)
        #expect(x[0, 1, 0].item(as: Int.self) == 4)
        y[y .> 50] = Tensor(-1)
        #expect(y[1, 2].array(of: Int.self) == [-1, -1, -1, -1])
        var z = Tensor.zeros([3, 4])
        z[TensorRange.slice(by: -1), [0, 2]] = Tensor([1.0, 2.0, 3.0]).unsqueeze(1)
        #expect(z.array(of: Int.self) == [3, 0, 3, 0, 2, 0, 2, 0, 1, 0, 1, 0])
        let put = Tensor.zeros([4]).indexPut([Tensor([1, 1, 3])], Tensor([1.0, 2.0, 5.0]), accumulate: true)
        #expect(put.array(of: Float.self) == [0, 3, 0, 5])
    }

    @Test func gradientsOfIndexing() {
        expectGradients([scrambled([3, 4])]) { $0[0][[0, 2, 0], [1, 3, 1]] }
        expectGradients([scrambled([3, 4])]) { $0[0][$0[0] .> 0] }
        expectGradients([scrambled([3, 4]), scrambled([2])]) { v in
            var y = v[0] * 1.0
            y[[0, 2], [1, 1]] = v[1]
            return y
        }
        expectGradients([scrambled([3, 4]), scrambled([3])]) { $0[0].indexPut([Tensor([0, 2, 0]), Tensor([1, 1, 1])], $0[1], accumulate: true) }
    }

    /// Indices are checked in blocks while elements are read and written.
    @Test func oneWrongIndexOfMany() {
        let x = Tensor.zeros([3000]), good = Tensor.arange(0, 3000)
        var bad = good
        bad[2900] = Tensor(3000)
        #expect(x.scatterAdd(0, good, Tensor.ones([3000])).sum().item() == 3000 && (x + 1.0).gather(0, good).sum().item() == 3000)
        for call in [{ x.gather(0, $0) }, { x.scatterAdd(0, $0, x) }, { x.scatterReduce(0, $0, x, .max) }] as [(Tensor) -> Tensor] {
            #expect { try checked { call(bad) } } throws: { "\($0)".contains("index 3000 is out of range") && "\($0)".contains("element 2900") }
        }
    }

    @Test func wrongIndicesThrow() {
        #expect(throws: TensorError.self) { try checked { x[[0, 2]] } }
        #expect(throws: TensorError.self) { try checked { x[[0, 1], [0, 1, 2]] } }
        #expect(throws: TensorError.self) { try checked { x[Tensor([0.5])] } }
        #expect(throws: TensorError.self) { try checked { x[Tensor([true, false, true])] } }
        #expect(throws: TensorError.self) { try checked { x.gather(0, Tensor([5], shape: [1, 1, 1])) } }
        #expect(throws: TensorError.self) { try checked { var y = x; y[[0, 7]] = Tensor(1); return y } }
    }
}
