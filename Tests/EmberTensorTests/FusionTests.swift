import EmberTensor
import Testing

/// Large element-wise results are expressions until they are read; nobody can tell but by memory and time.
@Suite struct FusionTests {
    /// Enough elements to be deferred.
    private let shape: Shape = [64, 1024]

    private func values(_ seed: Int) -> Tensor {
        Tensor.randn(shape, generator: Generator(seed: seed))
    }

    /// The same computed row by row, too small to be deferred.
    private func byRows(_ operands: [Tensor], _ body: ([Tensor]) -> Tensor) -> Tensor {
        stack((0..<shape[0]).map { row in body(operands.map { $0[row] }) })
    }

    @Test func chainsHaveTheBitsOfSingleOperators() {
        let a = values(1), b = values(2), c = values(3), d = values(4)
        let chain = { (x: [Tensor]) -> Tensor in
            let weighted: Tensor = gelu(x[0] * x[1] + x[2]) * x[3]
            let mask: Tensor = (x[0] .> x[1]).to(.float32) / 3
            return weighted - mask + `where`(x[0] .> 0.5, x[1], x[2] * 0.1)
        }
        #expect(chain([a, b, c, d]).equal(byRows([a, b, c, d], chain)))
    }

    @Test func longChainsAreCutIntoRuns() {
        let a = values(1)
        let chain = { (x: [Tensor]) -> Tensor in
            var y = x[0]
            for i in 0..<200 { y = (y * 0.99 + x[0] / Double(i + 1)).tanh() }
            return y
        }
        #expect(chain([a]).equal(byRows([a], chain)))
    }

    @Test func intermediatesThatAreHeldHaveTheirValues() {
        let a = values(1), b = values(2)
        let product = a * b
        let sum = product + a
        let result = sum.exp() - product
        #expect(result.equal(byRows([a, b]) { ($0[0] * $0[1] + $0[0]).exp() - $0[0] * $0[1] }))
        #expect(product.equal(byRows([a, b]) { $0[0] * $0[1] }))
        #expect(sum.equal(byRows([a, b]) { $0[0] * $0[1] + $0[0] }))
    }

    @Test func writesDoNotReachExpressionsThatWait() {
        var a = values(1)
        let before = a.clone()
        let doubled = a * 2
        a += 1
        a[0] = Tensor.zeros([1024])
        #expect(doubled.equal(byRows([before]) { $0[0] * 2 }))
        var sum = a + before
        let copy = sum
        sum += 1
        #expect(copy.equal(byRows([a, before]) { $0[0] + $0[1] }))
        #expect(sum.equal(byRows([copy]) { $0[0] + 1 }))
    }

    /// The moving average of a parameter that an optimiser changes in place; parameters may be results of expressions themselves.
    @Test(arguments: [false, true]) func aWriteComputesWhatWaitsInsteadOfCopying(parameterIsExpression: Bool) {
        var parameter = parameterIsExpression ? (values(1) * 2).evaluate() : values(1).clone()
        var average = parameter.clone()
        var rows = (0..<shape[0]).map { (parameter: parameter[$0].clone(), average: parameter[$0].clone()) }
        let address = parameter.withUnsafeRawBuffer { $0.baseAddress }
        for _ in 0..<5 {
            average = average * 0.9 + parameter * 0.1
            parameter += 1
            for i in rows.indices { rows[i] = (rows[i].parameter + 1, rows[i].average * 0.9 + rows[i].parameter * 0.1) }
        }
        #expect(parameter.withUnsafeRawBuffer { $0.baseAddress } == address)
        #expect(parameter.equal(stack(rows.map(\.parameter))))
        #expect(average.equal(stack(rows.map(\.average))))
    }

    @Test func equalExpressionsAreComputedOnceAndStoredForEach() {
        let a = values(1), b = values(2)
        let first = a * b, second = a * b
        let result = (first + second).exp() + second
        #expect(result.equal(byRows([a, b]) { ($0[0] * $0[1] + $0[0] * $0[1]).exp() + $0[0] * $0[1] }))
        #expect(first.equal(byRows([a, b]) { $0[0] * $0[1] }) && second.equal(first))
    }

    @Test func updatesTakeExpressionsIn() {
        var a = values(1).clone()
        let before = a.clone(), b = values(2)
        a += b * b
        a *= (b .> 0).to(.float32) + 1
        #expect(a.equal(byRows([before, b]) { ($0[0] + $0[1] * $0[1]) * (($0[1] .> 0).to(.float32) + 1) }))
    }

    @Test func differentTypesShapesAndLayouts() {
        let a = values(1), row = values(2)[0], column = values(3)[.all, .slice(to: 1)]
        let wide = { (x: Tensor) -> Tensor in x.to(.float64) * x.to(.float64) + 1 }
        #expect(wide(a).equal(byRows([a]) { wide($0[0]) }))
        let broadcast = { (x: Tensor, y: Tensor) -> Tensor in (x * row + y).exp() * (row * 2) }
        #expect(broadcast(a, column).equal(byRows([a, column]) { broadcast($0[0], $0[1]) }))
        let transposed = (a.transpose(0, 1) * 2 + 1).transpose(0, 1)
        #expect(transposed.equal(byRows([a]) { $0[0] * 2 + 1 }))
        let positive = { (x: Tensor) -> Tensor in relu(x) + (x.to(.int32) .> 0).to(.float32) }
        #expect(positive(a.transpose(0, 1)).transpose(0, 1).equal(byRows([a]) { positive($0[0]) }))
        let half = { (x: Tensor) -> Tensor in x.to(.bfloat16) * x.to(.bfloat16) + x.to(.bfloat16) }
        #expect(half(a).equal(byRows([a]) { half($0[0]) }))
    }

    @Test func gradientsOfBothOrders() {
        let x = values(1).requiringGrad()
        let y = (x.tanh() * x + x.exp()).sigmoid()
        let first = gradients(of: y.sum(), with: [x], createGraph: true)[0]!
        let second = gradients(of: first.sum(), with: [x])[0]!
        let parts = (0..<shape[0]).map { row -> (Tensor, Tensor) in
            let x = x.detach()[row].clone().requiringGrad()
            let first = gradients(of: (x.tanh() * x + x.exp()).sigmoid().sum(), with: [x], createGraph: true)[0]!
            return (first.detach(), gradients(of: first.sum(), with: [x])[0]!)
        }
        #expect(first.allClose(stack(parts.map(\.0)), rtol: 1e-5, atol: 1e-6))
        #expect(second.allClose(stack(parts.map(\.1)), rtol: 1e-5, atol: 1e-6))
    }

    @Test func threadsMayReadOneExpressionAtOnce() async {
        let a = values(1), b = values(2)
        let expected = byRows([a, b]) { ($0[0] * $0[1]).exp() + $0[0] * $0[1] }
        for _ in 0..<20 {
            let product = a * b
            let results = [product.exp() + product, product.exp() + product, product + product.exp()]
            await withTaskGroup(of: Bool.self) { group in
                for i in 0..<6 { group.addTask { results[i % 3].equal(expected) } }
                for await isEqual in group { #expect(isEqual) }
            }
        }
    }

    @Test func chainsTakeOneResultsMemory() {
        let a = values(1), b = values(2)
        (a + b).evaluate()
        MemoryStatistics.resetPeak()
        let before = MemoryStatistics.now.current
        let result = (((a * b + a).exp() - b).tanh() * a).abs().evaluate()
        let bytes = result.count * 4
        #expect(MemoryStatistics.now.peak - before < bytes + bytes / 2)
    }
}
