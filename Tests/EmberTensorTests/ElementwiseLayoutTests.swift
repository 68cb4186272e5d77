import EmberTensor
import Testing

/// The element-wise engine walks memory in blocks, in the order of its result; operands may lie in any other. Each element must be that of
/// the plain formula.
@Suite struct ElementwiseLayoutTests {
    private func expectSame(_ result: Tensor, _ expected: (Int) -> Float, _ comment: Comment) {
        let values = result.contiguous().array(of: Float.self)
        #expect(values.indices.allSatisfy { values[$0] == expected($0) }, comment)
    }

    /// More than most last-level caches hold, and no whole number of vector registers.
    @Test func resultsLargerThanTheCaches() {
        let count = 6_000_001
        let x = Tensor.arange(.int(count), dtype: .float32), y = Tensor.full([count], 0.5)
        expectSame(x * 2.0 + y, { Float($0) * 2 + 0.5 }, "in one run")
        expectSame(x[3...] + y[..<(count - 3)], { Float($0 + 3) + 0.5 }, "from an address between two registers")
        var z = x + 1.0
        z += y
        expectSame(z, { Float($0) + 1.5 }, "in place")
    }

    @Test(arguments: [(37, 1029), (300, 200), (1, 40_000), (64, 256)])
    func transposedOperands(rows: Int, columns: Int) {
        let a = Tensor.arange(.int(rows * columns), dtype: .float32).reshape(rows, columns)
        let b = Tensor.arange(.int(rows * columns), dtype: .float32).reshape(columns, rows).transpose(0, 1)
        expectSame(a - b, { Float($0) - Float($0 % columns * rows + $0 / columns) }, "a matrix and a transposed one")
        let c = Tensor.arange(.int(rows * columns), dtype: .float64).reshape(columns, rows).transpose(0, 1).unsqueeze(0).expand(2, rows, columns)
        expectSame((a.to(.float64) + c).to(.float32), { i in
            let k = i % (rows * columns)
            return Float(k) + Float(k % columns * rows + k / columns)
        }, "expanded over a leading dimension, in float64")
    }

    /// Runs shorter and longer than a block, of whole registers and not.
    @Test(arguments: [1, 7, 49, 255, 256, 300, 1000, 1024, 1500, 3136])
    func broadcastOperands(inner: Int) {
        let outer = 5, channels = 9, count = outer * channels * inner
        let x = Tensor.arange(.int(count), dtype: .float32).reshape(outer, channels, inner)
        let scale = Tensor.arange(.int(channels), dtype: .float32).reshape(channels, 1), shift = Tensor.arange(.int(inner), dtype: .float32)
        expectSame(x + scale, { Float($0) + Float($0 / inner % channels) }, "one number for each run")
        expectSame(x + shift, { Float($0) + Float($0 % inner) }, "one run for all")
        expectSame(x + scale * 1000.0 + shift, { Float($0) + Float($0 / inner % channels) * 1000 + Float($0 % inner) }, "both")
        expectSame(x + scale.to(.int64), { Float($0) + Float($0 / inner % channels) }, "of another type")
        let wide = x.flip([2])
        expectSame(wide + scale, { Float($0 - $0 % inner + inner - 1 - $0 % inner) + Float($0 / inner % channels) }, "backwards")
    }

    /// Small tensors take a short way through the engine, single numbers of any type with them.
    @Test func smallTensorsAndNumbers() {
        let x = Tensor([1.0, -2, 3, 0.5]), square = x.reshape(2, 2)
        #expect((x + 1.5).array(of: Float.self) == [2.5, -0.5, 4.5, 2])
        #expect((x * 2).array(of: Float.self) == [2, -4, 6, 1])
        #expect((square + square.transpose(0, 1)).array(of: Float.self) == [2, 1, 1, 1])
        #expect((x + Tensor(3, dtype: .int64)).array(of: Float.self) == [4, 1, 6, 3.5])
        #expect((Tensor(2.0, dtype: .float64) * x).dtype == .float32)
        #expect((x + Tensor(2.0, dtype: .float64).reshape(1)).dtype == .float64)
        #expect((x * Tensor.zeros([0, 4])).shape == [0, 4])
        #expect(throws: TensorError.self) { try checked { x + Tensor([1.0, 2]) } }
    }
}
