import Ember
import Testing

/// Embeddings with sparse gradients and the optimisers that use them. Numbers are PyTorch's.
@Suite struct SparseGradientTests {
    private func train(_ make: ([Parameter]) -> Optimizer, sparse: Bool = true) -> Tensor {
        let table = Embedding(4, 2, paddingIdx: 3, sparse: sparse).filledWithWaves()
        let optimizer = make(table.parameters())
        for indices in [[0, 1, 1, 3], [1, 2, 1, 0], [2, 2, 3, 2]] {
            optimizer.zeroGrad()
            (table(Tensor(indices)) * wave(4, 2, phase: 0.4)).square().sum().backward()
            #expect((table.$weight.sparseGradient != nil) == sparse)
            optimizer.step()
        }
        return table.weight
    }

    @Test func optimisersTouchTheNamedRows() {
        #expect(isClose(train { SGD($0, learningRate: 0.1) }, [
            0.1393999734, 0.3900341708, 0.4685749606, 0.3031850809, 0.01773743504, -0.2727323692, -0.4887650588, -0.4417273279,
        ], tolerance: 1e-8))
        #expect(isClose(train { Adagrad($0, learningRate: 0.1, learningRateDecay: 0.1, initialAccumulator: 0.01) }, [
            0.08600673396, 0.2884040333, 0.3927375324, 0.1939429224, 0.001673042163, -0.1868676786, -0.4887650588, -0.4417273279,
        ], tolerance: 1e-8))
        #expect(isClose(train { SparseAdam($0, learningRate: 0.1) }, [
            -0.04819850054, 0.2237322832, 0.3197853145, 0.1376102867, -0.0006818567181, -0.1553501157, -0.4887650588, -0.4417273279,
        ], tolerance: 1e-8))
    }

    @Test func otherOptimisersTakeItAsDense() {
        for make in [{ Adam($0, learningRate: 0.1) }, { SGD($0, learningRate: 0.1, momentum: 0.9) }, { RMSprop($0) }] as [([Parameter]) -> Optimizer] {
            #expect(((train(make) - train(make, sparse: false)).abs() .< 1e-12).all().item(as: Bool.self))
        }
        #expect(throws: TensorError.self) { try checked { train({ SparseAdam($0) }, sparse: false) } }
    }

    @Test func bagsHaveSparseGradients() {
        let bag = EmbeddingBag(4, 2, sparse: true).filledWithWaves()
        (bag(Tensor([[0, 1], [1, 1]])) * wave(2, 2)).sum().backward()
        #expect(bag.$weight.sparseGradient?.indices.array(of: Int.self) == [0, 1, 1, 1])
        #expect(bag.$weight.gradient.map { isClose($0, [
            0.07388005167, 0.2103677462, 0.5697124569, 0.5480993365, 0, 0, 0, 0,
        ], tolerance: 1e-8) } == true)
    }

    /// A tied weight gets a dense part too; hooks see dense gradients; asked-for gradients are dense.
    @Test func sparseGradientsGiveWayWhereTheyMust() {
        let indices = Tensor([1, 1, 3])
        func weight() -> Tensor { wave(4, 2).requiringGrad() }
        func expected(_ w: Tensor) -> Tensor { SparseTensor(indices: indices.unsqueeze(0), values: Tensor.ones([3, 2], dtype: .float64), shape: [4, 2]).toDense() }
        let tied = weight()
        (embedding(indices, tied, sparse: true).sum() + tied.sum()).backward()
        #expect(tied.sparseGrad == nil && tied.grad.map { ($0 .== expected(tied) + 1).all().item(as: Bool.self) } == true)
        let hooked = weight()
        hooked.registerHook { $0 * 2 }
        embedding(indices, hooked, sparse: true).sum().backward()
        #expect(hooked.sparseGrad == nil && hooked.grad.map { ($0 .== expected(hooked) * 2).all().item(as: Bool.self) } == true)
        let asked = weight()
        let gradient = gradients(of: embedding(indices, asked, sparse: true).sum(), with: [asked])[0]
        #expect(asked.grad == nil && gradient.map { ($0 .== expected(asked)).all().item(as: Bool.self) } == true)
        let twice = weight()
        for _ in 0..<2 { embedding(indices, twice, sparse: true).sum().backward() }
        #expect(twice.sparseGrad?.storedCount == 6 && twice.grad.map { ($0 .== expected(twice) * 2).all().item(as: Bool.self) } == true)
        // A weight that is computed passes its gradient on.
        let base = weight()
        embedding(indices, base * 3, sparse: true).sum().backward()
        #expect(base.grad.map { ($0 .== expected(base) * 3).all().item(as: Bool.self) } == true)
    }

    @Test func clippingKeepsThemSparse() {
        func tables() -> [Embedding] { [true, false].map { Embedding(5, 3, sparse: $0).filledWithWaves() } }
        for clip in [{ clipGradientNorm($0, maxNorm: 0.5) }, { clipGradientValue($0, 0.3); return gradientNorm($0) }] as [([Parameter]) -> Tensor] {
            let results = tables().map { table in
                (table(Tensor([1, 1, 4])) * wave(3, 3)).square().sum().backward()
                let norm = clip(table.parameters())
                #expect((table.$weight.sparseGradient != nil) == table.sparse)
                return (norm, table.$weight.gradient ?? .inert)
            }
            #expect(((results[0].0 - results[1].0).abs() .< 1e-12).item(as: Bool.self))
            #expect(((results[0].1 - results[1].1).abs() .< 1e-12).all().item(as: Bool.self))
        }
    }

    @Test func stateOfTheOptimiserIsRestored() throws {
        let table = Embedding(4, 2, sparse: true).filledWithWaves()
        let optimizer = SparseAdam(table.parameters(), learningRate: 0.1)
        table(Tensor([1])).sum().backward()
        optimizer.step()
        let other = SparseAdam(table.parameters())
        try other.loadStateDict(optimizer.stateDict())
        #expect(other.stateDict().tensors.keys.sorted() == ["0.exp_avg", "0.exp_avg_sq"] && other.learningRate == 0.1)
    }
}
