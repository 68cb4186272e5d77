import Ember
import Testing

/// PyTorch's behaviour in corners that its own samples visit; the numbers are PyTorch 2.13's.
@Suite struct CornerCaseTests {
    @Test func tensorsHaveAtMost32Dimensions() throws {
        let deep = [Int](repeating: 1, count: 33)
        #expect(throws: TensorError.self) { try checked { Tensor.zeros(deep) } }
        #expect(throws: TensorError.self) { try checked { Tensor([1.0], shape: deep) } }
        #expect(throws: TensorError.self) { try checked { Tensor(1.0).reshape(deep) } }
        #expect(throws: TensorError.self) { try checked { Tensor(1.0).expand(deep) } }
        #expect(throws: TensorError.self) { try checked { Tensor.zeros([Int](repeating: 1, count: 32)).unsqueeze(0) } }
    }

    @Test func integerProductsCutFractionsOfTheirFactors() {
        let a = Tensor([[1, 2], [3, 4]]), b = Tensor([[1, 0], [0, 1]])
        #expect(a.addmm(a, b, beta: 1.7, alpha: 2.9).array(of: Int.self) == [3, 6, 9, 12])
    }

    @Test func tensordotBroadcastsPairsOfSizeOne() {
        let a = Tensor([[[2.0]]]), b = Tensor([[[1.0, 2.0]], [[3.0, 4.0]]])
        #expect(a.tensordot(b, dims: ([0, 1], [2, 0])).array(of: Double.self) == [20])
        #expect(throws: TensorError.self) { try checked { Tensor.ones([2, 3]).tensordot(.ones([4, 2]), dims: ([1], [0])) } }
    }

    @Test func sumsOfSmallIntegersByEinsumAreInt64() {
        let x = Tensor([200, 100, 50], dtype: .uint8)
        let sum = einsum("i->", x)
        #expect(sum.dtype == .int64 && sum.item(as: Int.self) == 350)
        #expect(einsum("i,i->i", x, x).dtype == .uint8)
    }

    @Test func circularBordersOfWhatIsLeft() {
        let x = Tensor([[[0.0, 1, 2, 3]]])
        #expect(pad(x, [-1, 2], mode: .circular).array(of: Double.self) == [1, 2, 3, 1, 2])
    }

    @Test func rollNeedsADimension() {
        #expect(throws: TensorError.self) { try checked { Tensor(1.0).roll([1], dims: [0]) } }
        #expect(Tensor(1.0).roll([1]).item() == 1)
    }

    @Test func dropoutInEvaluationTakesEveryType() {
        #expect(featureAlphaDropout(Tensor([1, 2]), training: false).array(of: Int.self) == [1, 2])
    }

    /// softmax and sums of 16-bit attention are rounded once: the exact result is -0.5771.
    @Test func sixteenBitAttentionRoundsOnce() {
        manualSeed(3)
        let q = Tensor.randn([2, 6, 8]) * 5, k = Tensor.randn([2, 6, 8]) * 5, v = Tensor.randn([2, 6, 8]) * 5
        let (q16, k16, v16) = (q.to(.bfloat16), k.to(.bfloat16), v.to(.bfloat16))
        let exact = scaledDotProductAttention(q16.to(.float64), k16.to(.float64), v16.to(.float64), causal: true)
        let result = scaledDotProductAttention(q16, k16, v16, causal: true).to(.float64)
        #expect(result.allClose(exact, rtol: 1.0 / 256, atol: 1e-6))
    }

    @Test func sixteenBitTransposedConvolutionRoundsOnce() {
        manualSeed(4)
        let x = (Tensor.randn([1, 3, 4, 4]) * 5).to(.bfloat16), w = (Tensor.randn([3, 2, 3, 3]) * 5).to(.bfloat16)
        let b = (Tensor.randn([2]) * 5).to(.bfloat16)
        let exact = convTranspose2d(x.to(.float64), w.to(.float64), bias: b.to(.float64), stride: 2, padding: 1)
        #expect(convTranspose2d(x, w, bias: b, stride: 2, padding: 1).to(.float64).allClose(exact, rtol: 1.0 / 256, atol: 1e-5))
    }

    @Test func differencesOfOrderZeroJoinNothing() {
        let x = Tensor([1.0, 4, 9])
        #expect(x.diff(order: 0, prepend: Tensor([0.0])).array(of: Double.self) == [1, 4, 9])
    }

    @Test func outerProductsOfTruthValues() {
        let a = Tensor([true, false]), b = Tensor([true, true])
        #expect(Tensor(false).addr(a, b, beta: 3, alpha: 2).array(of: Bool.self) == [true, true, false, false])
        #expect(Tensor(true).addr(a, b, beta: 3, alpha: -3).array(of: Bool.self) == [true, true, true, true])
    }

    @Test func summandsOfBatchedSumsHaveTheShapeOfOneProduct() {
        let a = Tensor.ones([2, 3, 4]), b = Tensor.ones([2, 4, 5])
        #expect(Tensor.ones([3, 5]).addbmm(a, b).array(of: Double.self) == [Double](repeating: 9, count: 15))
        #expect(throws: TensorError.self) { try checked { Tensor.ones([2, 3, 5]).addbmm(a, b) } }
    }

    @Test func wholeRangesFromFractions() {
        #expect(Tensor.linspace(4.3, 1, count: 4, dtype: .int32).array(of: Int.self) == [4, 3, 2, 1])
        #expect(Tensor.arange(.double(0.1), .double(-7.9), step: -4, dtype: .int8).array(of: Int.self) == [0, -4])
        #expect(Tensor.arange(.double(0), .double(5.9), step: .double(1.9), dtype: .int64).array(of: Int.self) == [0, 1, 2, 3, 4])
        #expect(Tensor.arange(.double(0), .double(5.9), step: .double(1.9), dtype: .int16).array(of: Int.self) == [0, 1, 2, 3])
    }

    @Test func truthValuesAddByIndex() {
        let x = Tensor([true, false])
        #expect(x.indexAdd(0, Tensor([1]), Tensor([true]), alpha: 0).array(of: Bool.self) == [true, false])
        #expect(x.indexAdd(0, Tensor([1]), Tensor([true]), alpha: 2).array(of: Bool.self) == [true, true])
    }

    /// A literal beside it does not make the element an integer.
    @Test func theOnlyElementIsADouble() {
        #expect(Tensor(0.5).item() > 0 && Tensor(0.5).item() < 1 && Tensor(1.5).item() != 1)
        #expect(Tensor(1.5).item(as: Int.self) == 1)
    }

    /// Long tensors of narrow integers go through whole words; what is left over, and tensors that begin in between, do not.
    @Test func bitsOfNarrowIntegers() {
        let a = (0..<37).map { Int8(truncatingIfNeeded: $0 * 73) }, b = (0..<37).map { Int8(truncatingIfNeeded: $0 * 29 + 5) }
        let x = Tensor(a), y = Tensor(b)
        #expect((x & y).array(of: Int8.self) == zip(a, b).map { $0 & $1 })
        #expect((x | y).array(of: Int8.self) == zip(a, b).map { $0 | $1 })
        #expect((x ^ y).array(of: Int8.self) == zip(a, b).map { $0 ^ $1 })
        #expect((x[3...] ^ y[3...]).array(of: Int8.self) == zip(a, b).dropFirst(3).map { $0 ^ $1 })
        let p = a.map { $0 > 3 }, q = b.map { $0 > 3 }
        #expect(Tensor(p).logicalAnd(Tensor(q)).array(of: Bool.self) == zip(p, q).map { $0 && $1 })
        #expect((Tensor(p) | Tensor(q)).array(of: Bool.self) == zip(p, q).map { $0 || $1 })
        #expect((Tensor(p) ^ Tensor(q)).array(of: Bool.self) == zip(p, q).map { $0 != $1 })
        #expect(x.logicalAnd(y).array(of: Bool.self) == zip(a, b).map { $0 != 0 && $1 != 0 })
    }
}
