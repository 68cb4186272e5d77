import Ember
import Foundation
import Testing

/// What goes beyond PyTorch's one dimension, its `unique` and its `where`, against loops and gradcheck.
@Suite struct ReductionOverDimsTests {
    private let x = Tensor((0..<24).map { sin(Double($0) * 0.7 + 0.3) }, shape: [2, 3, 4], dtype: .float64)

    @Test func placesAreNumbersWithinTheReducedDimensions() {
        let (values, indices) = x.max([0, 2])
        #expect(values.shape == [3] && x.max([2, 0], keepDim: true).indices.shape == [1, 3, 1])
        for j in 0..<3 {
            let block = x.select(1, j).array(of: Double.self)
            #expect(values[j].item() == block.max() && indices[j].item(as: Int.self) == block.firstIndex(of: block.max() ?? 0))
            #expect(x.argmin([0, 2])[j].item(as: Int.self) == block.firstIndex(of: block.min() ?? 0))
            #expect(x.median([0, 2]).values[j].item() == block.sorted()[3])
            #expect(abs(x.prod([0, -1])[j].item() - block.reduce(1, *)) < 1e-12)
        }
        #expect(x.argmax([]).item(as: Int.self) == x.argmax().item(as: Int.self) && x.max([0, 1, 2]).values.item() == x.max().item())
        #expect(x.min([1, 2]).values.array(of: Double.self) == [x[0].min().item(), x[1].min().item()])
        #expect(throws: TensorError.self) { try checked { x.prod([0, 0]) } }
        #expect(throws: TensorError.self) { try checked { x.max([3]).values } }
    }

    @Test func gradientsReachTheChosenElements() throws {
        try gradcheck([x]) { [$0[0].max([0, 2]).values, $0[0].median([1, 2], keepDim: true).values, $0[0].prod([0, 1])] }
        try gradgradcheck([x]) { [$0[0].prod([0, 1])] }
    }

    @Test func firstOccurrences() {
        let (values, indices) = Tensor([[3, 1, 3], [2, 1, 9]]).uniqueWithIndices()
        #expect(values.array(of: Int.self) == [1, 2, 3, 9] && indices.array(of: Int.self) == [1, 3, 0, 5])
        let rows = Tensor([[2, 1], [0, 5], [2, 1], [0, 5], [0, 4]]).uniqueWithIndices(dim: 0)
        #expect(rows.values.shape == [3, 2] && rows.indices.array(of: Int.self) == [4, 1, 0])
    }

    @Test func maskedSideGivesNoNaN() {
        let x = Tensor([-1.0, 0, 4]).requiringGrad()
        let y = `where`(x .> 0, x, else: Tensor(0.0)) { $0.sqrt() }
        y.sum().backward()
        #expect(y.array(of: Float.self) == [0, 0, 2] && x.grad?.array(of: Float.self) == [0, 0, 0.25])
        // As plain `where` cannot.
        let plain = Tensor([0.0, 4]).requiringGrad()
        plain.sqrt().where(plain .> 0, else: Tensor(0.0)).sum().backward()
        #expect(plain.grad?.array(of: Float.self)[0].isNaN == true)
    }

    @Test func slicesStepBackwards() {
        let line = Tensor([0, 1, 2, 3, 4, 5])
        #expect(line[TensorRange.slice(by: -1)].array(of: Int.self) == [5, 4, 3, 2, 1, 0])
        #expect(line[TensorRange.slice(from: 4, to: 0, by: -2)].array(of: Int.self) == [4, 2])
        #expect(line[TensorRange.slice(from: -1, to: -4, by: -1)].array(of: Int.self) == [5, 4, 3])
    }
}
