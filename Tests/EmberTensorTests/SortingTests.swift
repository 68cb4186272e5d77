import Ember
import Testing

@Suite struct SortingTests {
    let x = Tensor([3.0, 1, 2, 3, 1, 1], shape: [2, 3])

    @Test func order() {
        let (values, indices) = x.sort(descending: true)
        #expect(values.array(of: Float.self) == [3, 2, 1, 3, 1, 1] && indices.array(of: Int.self) == [0, 2, 1, 0, 1, 2])
        #expect(x.argsort(0).array(of: Int.self) == [0, 0, 1, 1, 1, 0])
        #expect(Tensor([2.0, .nan, 1]).sort().indices.array(of: Int.self) == [2, 0, 1])
        let best = Tensor([5, 9, 1, 7]).topk(2)
        #expect(best.values.array(of: Int.self) == [9, 7] && best.indices.array(of: Int.self) == [1, 3])
        #expect(x.kthvalue(2).values.array(of: Float.self) == [2, 1])
        #expect(x.median().item() == 1 && x.median(1).values.array(of: Float.self) == [2, 1])
        #expect(Tensor([1.0, .nan, 3]).median().item().isNaN && Tensor([1.0, .nan, 3]).nanmedian().item() == 1)
        #expect(x.mode().values.array(of: Float.self) == [1, 1] && x.mode().indices.array(of: Int.self) == [1, 2])
        #expect(Tensor(4.0).sort().values.shape == [])
    }

    @Test func differentValues() {
        let y = Tensor([3, 1, 3, 3, 2, 1])
        let all = y.unique(returnInverse: true, returnCounts: true)
        #expect(all.values.array(of: Int.self) == [1, 2, 3])
        #expect(all.inverse?.array(of: Int.self) == [2, 0, 2, 2, 1, 0] && all.counts?.array(of: Int.self) == [2, 1, 3])
        #expect(y.uniqueConsecutive(returnCounts: true).counts?.array(of: Int.self) == [1, 1, 2, 1, 1])
        let rows = Tensor([[2, 1], [1, 5], [2, 1]]).unique(returnInverse: true, dim: 0)
        #expect(rows.values.array(of: Int.self) == [1, 5, 2, 1] && rows.inverse?.array(of: Int.self) == [1, 0, 1])
    }

    @Test func searching() {
        let sequence = Tensor([1, 3, 5, 7])
        #expect(sequence.searchsorted(Tensor([3, 6, 9])).array(of: Int.self) == [1, 3, 4])
        #expect(sequence.searchsorted(Tensor([3, 6, 9]), right: true).array(of: Int.self) == [2, 3, 4])
        #expect(Tensor([2.5, 7]).bucketize(sequence).array(of: Int.self) == [1, 3])
        #expect(Tensor([1, 2, 3]).isin(Tensor([3, 1])).array(of: Bool.self) == [true, false, true])
        #expect(Tensor([0, 2, 2, 5]).bincount(minLength: 7).array(of: Int.self) == [1, 0, 2, 0, 0, 1, 0])
        #expect(Tensor([1.0, 2, 1]).histc(bins: 4, min: 0, max: 3).array(of: Float.self) == [0, 2, 1, 0])
        #expect(Tensor([5, 11]).unravelIndex([3, 4]).map { $0.array(of: Int.self) } == [[1, 2], [1, 3]])
        #expect(Tensor([1, 0, 2]).oneHot().array(of: Int.self) == [0, 1, 0, 1, 0, 0, 0, 0, 1])
    }

    @Test func scattering() {
        let index = Tensor([[0, 2, 0], [1, 0, 1]])
        let zero = Tensor.zeros([2, 3])
        #expect(zero.scatterAdd(1, index, x).array(of: Float.self) == [5, 0, 1, 1, 4, 0])
        #expect(zero.scatterReduce(1, index, x, .mean, includeSelf: false).array(of: Float.self) == [2.5, 0, 1, 1, 2, 0])
        #expect(zero.indexAdd(0, Tensor([1, 1]), x, alpha: 2).array(of: Float.self) == [0, 0, 0, 12, 4, 6])
        #expect(x.take(Tensor([-1, 2])).array(of: Float.self) == [1, 2])
        #expect(x.maskedScatter(x .== 1, Tensor([7.0, 8, 9])).array(of: Float.self) == [3, 7, 2, 3, 8, 9])
    }

    /// Sorted indices are cut where the row changes. Sums of such integers are exact in any order.
    @Test func sortedIndicesAddUpAsOthers() {
        for (count, rows, inner) in [(100_000, 3000, 1), (60_000, 2, 1), (50_000, 1, 1), (3000, 70, 20)] {
            let index = (Tensor.arange(.int(count)) * 7919).remainder(Tensor(rows)), order = index.sort(0, stable: true)
            let values = Tensor.arange(.int(count * inner)).remainder(Tensor(10)).to(.float32).reshape([count, inner])
            let zero = Tensor.zeros([rows, inner])
            let sorted = zero.indexAdd(0, order.values, values.indexSelect(0, order.indices))
            #expect(sorted.equal(zero.indexAdd(0, index, values)), "\(count) of \(rows)")
            #expect(sorted.sum().item() == values.to(.float64).sum().item())
        }
    }

    @Test func firstOfEqualElementsAreSelected() {
        let x = Tensor((0..<200).map { Double($0 * 7 % 20) })
        for largest in [true, false] {
            let order = x.sort(0, descending: largest, stable: true)
            for k in [1, 5, 16, 17, 60] {
                let best = x.topk(k, largest: largest)
                #expect(best.values.array(of: Double.self) == order.values[0..<k].array(of: Double.self), "\(k)")
                #expect(best.indices.array(of: Int.self) == order.indices[0..<k].array(of: Int.self), "\(k)")
            }
        }
    }

    @Test func members() {
        let x = Tensor([0.0, -0.0, .nan, 2, 3, .infinity]), tests = Tensor([.nan, 0, 3.0, 3, .infinity])
        #expect(x.isin(tests).array(of: Bool.self) == [true, true, false, false, true, true])
        #expect(x.isin(Tensor([Double.nan]), invert: true).array(of: Bool.self) == [true, true, true, true, true, true])
        let many = Tensor.arange(0, 3000), even = Tensor.arange(0, 3000, step: 2)
        #expect(many.isin(even).sum().item(as: Int.self) == 1500 && Tensor([[1, 2], [3, 4]]).T.isin(even).array(of: Bool.self) == [false, false, true, true])
    }

    @Test func countsOfLargeNumbers() {
        #expect(Tensor([5, 1, 5]).bincount(minLength: 3).array(of: Int.self) == [0, 1, 0, 0, 0, 2])
        #expect(Tensor.zeros([0], dtype: .int64).bincount().count == 0)
        #expect(throws: TensorError.self) { try checked { Tensor([1, -1]).bincount() } }
    }

    @Test func gradients() {
        let y = scrambled([3, 4])
        expectGradients([y]) { $0[0].sort(0).values }
        expectGradients([y]) { $0[0].topk(2).values }
        expectGradients([y]) { $0[0].median(1).values }
        let index = Tensor([[0, 2, 0, 1], [1, 0, 1, 0]])
        expectGradients([y]) { $0[0].gather(0, index) }
        expectGradients([y, scrambled([2, 4]) + 0.3]) { $0[0].scatterAdd(0, index, $0[1]) }
        for reduction in [ScatterReduction.product, .mean, .max] {
            for includeSelf in [true, false] {
                expectGradients([y, scrambled([2, 4]) + 0.3]) { $0[0].scatterReduce(0, index, $0[1], reduction, includeSelf: includeSelf) }
            }
        }
        expectGradients([y, scrambled([2, 4])]) { $0[0].indexCopy(0, Tensor([2, 0]), $0[1]) }
        expectGradients([y]) { $0[0].unfold(1, size: 3, step: 1) }
        expectGradients([y]) { $0[0].asStrided([2, 3], [2, 1], storageOffset: 1) }
        expectGradients([y]) { $0[0].roll([1, -1], dims: [0, 1]) + $0[0].tril(-1) }
        expectGradients([y, scrambled([3])]) { $0[0].diagonalScatter($0[1]) + $0[0].diagonal().unsqueeze(1) }
        expectGradients([y, scrambled([5])]) { $0[0].maskedScatter(y .> 4, $0[1]) }
        expectGradients([y]) { embedding(Tensor([2, 0, 2]), $0[0]) }
        let weight = y.requiringGrad()
        embedding(Tensor([2, 0, 2, 1]), weight, paddingIdx: 0, scaleGradByFreq: true).sum().backward()
        #expect(weight.grad?.array(of: Double.self) == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    }

    @Test func overlappingViewsAreNotWrittenInPlace() {
        var windows = Tensor.zeros([4]).unfold(0, size: 2, step: 1)
        windows[0] = Tensor(1.0)
        #expect(windows.array(of: Float.self) == [1, 1, 0, 0, 0, 0])
    }
}
