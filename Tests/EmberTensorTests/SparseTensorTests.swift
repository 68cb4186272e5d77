import Ember
import Foundation
import Testing

/// Sparse tensors against their dense forms; numbers and texts are PyTorch's.
@Suite struct SparseTensorTests {
    private func wave(_ shape: Int..., phase: Double = 0.3) -> Tensor {
        Tensor((0..<shape.reduce(1, *)).map { sin(Double($0) * 0.7 + phase) * 0.5 }, shape: shape, dtype: .float64)
    }

    /// A matrix with repeated coordinates.
    private var matrix: SparseTensor {
        SparseTensor(indices: Tensor([[2, 0, 1, 2, 2], [1, 3, 0, 1, 0]]), values: wave(5), shape: [3, 4])
    }

    /// Two sparse dimensions and a dense one.
    private var hybrid: SparseTensor {
        SparseTensor(indices: Tensor([[1, 0, 1], [2, 0, 2]]), values: wave(3, 2), shape: [2, 3, 2])
    }

    private func isSame(_ a: Tensor, _ b: Tensor) -> Bool {
        a.shape == b.shape && a.dtype == b.dtype && ((a - b).abs() .< 1e-12).all().item(as: Bool.self)
    }

    @Test func constructionIsChecked() {
        let values = wave(2)
        #expect(SparseTensor(indices: Tensor([[0, 4]]), values: values).shape == [5])
        for (indices, shape, message) in [
            (Tensor([[0, 3]]), [3], "size of that dimension 3"), (Tensor([[-1, 1]]), [3], "negative"), (Tensor([[0, 1, 2]]), [3], "as many values"),
            (Tensor([0, 1]), [3], "must be a matrix"), (Tensor([[0, 1]]), [3, 2], "do not make up"), (Tensor([[0.0, 1.0]]), [3], "int64 or int32"),
        ] {
            #expect { try checked { SparseTensor(indices: indices, values: values, shape: shape).values } } throws: { "\($0)".contains(message) }
        }
        #expect { try checked { SparseTensor(indices: Tensor([[0], [0]]), values: wave(1), shape: [1 << 40, 1 << 40]).values } } throws: {
            "\($0)".contains("can be numbered")
        }
    }

    @Test func coalescingAddsRepeatedCoordinates() {
        let coalesced = matrix.coalesced()
        #expect(!matrix.isCoalesced && coalesced.isCoalesced && coalesced.storedCount == 4)
        #expect(coalesced.indices.array(of: Int.self) == [0, 1, 2, 2, 3, 0, 0, 1])
        #expect(isSame(coalesced.toDense(), matrix.toDense()))
        #expect(isSame(matrix.toDense().toSparse().toDense(), matrix.toDense()))
        #expect(isSame(hybrid.toDense().toSparse(2).toDense(), hybrid.toDense()) && hybrid.toDense().toSparse(2).storedCount == 2)
        #expect(hybrid.coalesced().values.shape == [2, 2] && hybrid.toDense().shape == [2, 3, 2])
        let flags = SparseTensor(indices: Tensor([[1, 1]]), values: Tensor([true, true]), shape: [3])
        #expect(flags.toDense().array(of: Bool.self) == [false, true, false])
        #expect(SparseTensor(indices: .zeros([2, 0], dtype: .int64), values: .zeros([0]), shape: [2, 2]).coalesced().toDense().shape == [2, 2])
    }

    @Test func arithmeticIsThatOfTheDenseForms() {
        let a = matrix, b = wave(3, 4, phase: 1).maskedFill(wave(3, 4) .< 0, 0).toSparse(), dense = wave(3, 4, phase: 2)
        #expect(isSame((a + b).toDense(), a.toDense() + b.toDense()) && isSame((a - b).toDense(), a.toDense() - b.toDense()))
        #expect((a.coalesced() + b).isCoalesced && !(a + b).isCoalesced)
        #expect(isSame((a * b).toDense(), a.toDense() * b.toDense()) && isSame((-a / 2 + 3 * a * 0.5).toDense(), a.toDense()))
        #expect(isSame(a.adding(b, alpha: 0.5).toDense(), a.toDense() + b.toDense() * 0.5) && isSame(a.adding(dense, alpha: 2), a.toDense() + dense * 2))
        #expect(isSame(a.multiplied(by: dense).toDense(), a.toDense() * dense) && isSame(a.multiplied(by: dense[0]).toDense(), a.toDense() * dense[0]))
        #expect(isSame(a.multiplied(by: dense.narrow(1, start: 1, count: 1)).toDense(), a.toDense() * dense.narrow(1, start: 1, count: 1)))
        #expect(isSame(hybrid.multiplied(by: wave(3, 1, phase: 2)).toDense(), hybrid.toDense() * wave(3, 1, phase: 2)))
        #expect(isSame(a.mapValues { $0.square() }.toDense(), a.toDense().square()))
        #expect(a.to(.float32).dtype == .float32 && a.to(.float32).toDense().dtype == .float32)
        #expect(throws: TensorError.self) { try checked { (a + hybrid).values } }
        #expect(throws: TensorError.self) { try checked { a.multiplied(by: wave(2, 4)).values } }
    }

    @Test func productsAreThoseOfTheDenseForms() {
        let a = matrix, x = wave(4, 2, phase: 1), b = wave(4, 5, phase: 2).maskedFill(wave(4, 5) .< 0.2, 0).toSparse()
        #expect(isSame(a.matmul(x), a.toDense().matmul(x)) && isSame(a.matmul(x.select(1, 0)), a.toDense().mv(x.select(1, 0))))
        let product: SparseTensor = a.matmul(b)
        #expect(product.isCoalesced && isSame(product.toDense(), a.toDense().matmul(b.toDense())))
        #expect(isSame(wave(3, 2).addmm(a, x, beta: 0.5, alpha: 2), wave(3, 2) * 0.5 + a.toDense().matmul(x) * 2))
        let sparseRows = SparseTensor(indices: Tensor([[2, 0, 2], [1, 3, 0]]), values: wave(3), shape: [3, 4])
        let hybridProduct = sparseRows.hspmm(x)
        #expect(hybridProduct.indices.array(of: Int.self) == [0, 2] && isSame(hybridProduct.toDense(), sparseRows.toDense().matmul(x)))
        let start = wave(3, 2, phase: 4).toSparse()
        #expect(isSame(start.sspaddmm(sparseRows, x, beta: 2, alpha: 3).toDense(), start.toDense() * 2 + sparseRows.toDense().matmul(x) * 3))
        #expect(throws: TensorError.self) { try checked { a.matmul(wave(3, 2)) as Tensor } }
        #expect(throws: TensorError.self) { try checked { a.matmul(x.to(.float32)) as Tensor } }
        #expect(throws: TensorError.self) { try checked { hybrid.matmul(x) as Tensor } }
    }

    @Test func sumsAndSoftmaxes() {
        #expect(isSame(matrix.sum(), matrix.toDense().sum()))
        #expect(isSame(matrix.sum([0]).toDense(), matrix.toDense().sum(0)) && isSame(matrix.sum([1]).toDense(), matrix.toDense().sum(1)))
        #expect(isSame(matrix.sum([0, 1]).toDense(), matrix.toDense().sum()) && isSame(hybrid.sum([-1]).toDense(), hybrid.toDense().sum(2)))
        #expect(isSame(hybrid.sum([0, 2]).toDense(), hybrid.toDense().sum(0, 2)) && isSame(hybrid.sum([0, 1]).toDense(), hybrid.toDense().sum(0, 1)))
        // Where nothing is stored the dense form has -∞.
        let a = matrix, mask = a.toDense() .== 0
        for dim in [0, 1, -1] {
            let filled = a.toDense().maskedFill(mask, .double(-Double.infinity))
            #expect(isSame(a.softmax(dim).toDense(), filled.softmax(dim).maskedFill(mask, 0)))
            #expect(isSame(a.logSoftmax(dim).toDense(), filled.logSoftmax(dim).maskedFill(mask, 0)))
        }
        #expect(isSame(hybrid.softmax(2).values, hybrid.coalesced().values.softmax(1)))
    }

    @Test func partsAndTransposes() {
        #expect(isSame(matrix.t().toDense(), matrix.toDense().mT) && isSame(hybrid.transpose(0, 1).toDense(), hybrid.toDense().transpose(0, 1)))
        #expect(throws: TensorError.self) { try checked { hybrid.transpose(1, 2).values } }
        for dim in 0..<3 {
            #expect(isSame(hybrid.narrow(dim, start: 1, count: 1).toDense(), hybrid.toDense().narrow(dim, start: 1, count: 1)))
            #expect(isSame(hybrid.select(dim, -1).toDense(), hybrid.toDense().select(dim, -1)))
            let index = Tensor([1, 0, 1])
            #expect(isSame(hybrid.indexSelect(dim, index).toDense(), hybrid.toDense().indexSelect(dim, index)))
        }
        #expect(isSame(SparseTensor.cat([matrix, matrix * 2], dim: 1).toDense(), cat([matrix.toDense(), matrix.toDense() * 2], dim: 1)))
        let masked = wave(3, 4, phase: 2).sparseMask(matrix.coalesced())
        #expect(masked.isCoalesced && isSame(masked.toDense(), wave(3, 4, phase: 2).maskedFill(matrix.toDense() .== 0, 0)))
        #expect(throws: TensorError.self) { try checked { matrix.indexSelect(0, Tensor([3])).values } }
    }

    @Test func gradientsReachValuesAndDenseOperands() throws {
        let indices = matrix.indices
        func sparse(_ values: Tensor) -> SparseTensor { SparseTensor(indices: indices, values: values, shape: [3, 4]) }
        try gradcheck([wave(5), wave(4, 2, phase: 1)]) { [sparse($0[0]).matmul($0[1])] }
        try gradgradcheck([wave(5), wave(4, 2, phase: 1)]) { [sparse($0[0]).matmul($0[1])] }
        try gradcheck([wave(5), wave(5, phase: 2)]) { [(sparse($0[0]) * sparse($0[1])).toDense(), (sparse($0[0]) + sparse($0[1])).coalesced().values] }
        try gradcheck([wave(5), wave(5, phase: 2)]) { inputs in
            let product: SparseTensor = sparse(inputs[0]).matmul(sparse(inputs[1]).t())
            return [product.values, sparse(inputs[0]).softmax(1).values, sparse(inputs[0]).logSoftmax(0).values]
        }
        try gradcheck([wave(3, 4), wave(5)]) { [$0[0].sparseMask(sparse($0[1])).values, sparse($0[1]).multiplied(by: $0[0]).values, $0[0].toSparse().values] }
        try gradcheck([wave(5)]) { [sparse($0[0]).sum([0]).values, sparse($0[0]).narrow(0, start: 1, count: 2).toDense()] }
        let leaf = matrix.requiringGrad()
        leaf.matmul(wave(4, 2)).sum().backward()
        #expect(leaf.values.grad?.shape == [5])
    }

    @Test func printingIsPyTorchs() {
        let a = SparseTensor(indices: Tensor([[0, 1, 1], [2, 0, 2]]), values: Tensor([3.0, 4, 5]), shape: [2, 3])
        #expect("\(a)" == """
            tensor(indices=tensor([[0, 1, 1],
                                   [2, 0, 2]]),
                   values=tensor([3., 4., 5.]),
                   size=(2, 3), nnz=3, layout=sparse_coo)
            """)
        #expect("\(a.requiringGrad())".hasSuffix("size=(2, 3), nnz=3, layout=sparse_coo, requires_grad=True)"))
        #expect("\(a.to(.int32))".hasSuffix("""
            values=tensor([3, 4, 5]),
                   size=(2, 3), nnz=3, dtype=int32, layout=sparse_coo)
            """))
        let empty = SparseTensor(indices: .zeros([1, 0], dtype: .int64), values: .zeros([0]), shape: [2])
        #expect("\(empty)" == """
            tensor(indices=tensor([], size=(1, 0)),
                   values=tensor([], size=(0,)),
                   size=(2,), nnz=0, layout=sparse_coo)
            """)
    }
}
