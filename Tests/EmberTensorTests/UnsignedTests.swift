import Ember
import Testing

/// uint16, uint32 and uint64, and which types meet in which. PyTorch has few operators for them; values above 2^63 are the exact ones.
@Suite struct UnsignedTests {
    private static let types: [DType] = [
        .bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64, .complex64, .complex128, .uint16, .uint32, .uint64,
    ]
    /// One letter a type, in that order.
    private static let letters = Array("?BbhileafdFDHIL")

    /// `torch.promote_types` for every pair: a row for each left type; `-` where PyTorch refuses.
    private static let promotions = [
        "?BbhileafdFD---", "BBhhileafdFD---", "bhbhileafdFD---", "hhhhileafdFD---", "iiiiileafdFD---", "lllllleafdFD---", "eeeeeeeffdFDeee",
        "aaaaaafafdFDaaa", "fffffffffdFDfff", "ddddddddddDDddd", "FFFFFFFFFDFD---", "DDDDDDDDDDDD---", "------eafd--H--", "------eafd---I-",
        "------eafd----L",
    ]

    @Test func promotionOfEveryPair() {
        for (a, row) in zip(Self.types, Self.promotions) {
            for (b, letter) in zip(Self.types, row) {
                let expected = Self.letters.firstIndex(of: letter).map { Self.types[$0] }
                #expect((try? DType.promote(a, b)) == expected, "\(a.name) and \(b.name)")
                // Arithmetic follows it, and says what is wrong where there is no common type.
                let x = Tensor.ones([2], dtype: a), y = Tensor.ones([2], dtype: b)
                let product = try? checked { x * y }
                #expect(product?.dtype == expected, "\(a.name) * \(b.name)")
            }
        }
    }

    private static let large: [UInt64] = [(1 << 63) + 5, 10, .max]
    private static let small: [UInt64] = [3, 4, 1 << 63]
    private static var x: Tensor { Tensor(large) }
    private static var y: Tensor { Tensor(small) }

    @Test func arithmeticBeyondTheSignedRange() {
        let x = Self.x, y = Self.y
        func check(_ found: Tensor, _ values: [UInt64], _ what: String) {
            #expect(found.dtype == .uint64 && found.array(of: UInt64.self) == values, "\(what): \(found)")
        }
        let pairs = Array(zip(Self.large, Self.small))
        check(x + y, pairs.map { $0 &+ $1 }, "sum")
        check(x - y, pairs.map { $0 &- $1 }, "difference")
        check(x * y, pairs.map { $0 &* $1 }, "product")
        check(x.floorDivide(y), pairs.map { $0 / $1 }, "floor division")
        check(x.truncDivide(y), pairs.map { $0 / $1 }, "division towards zero")
        check(x.remainder(y), pairs.map { $0 % $1 }, "remainder")
        check(x.fmod(y), pairs.map { $0 % $1 }, "fmod")
        check(x & y, pairs.map { $0 & $1 }, "and")
        check(x | y, pairs.map { $0 | $1 }, "or")
        check(x.shiftedRight(by: Tensor([UInt64(1), 1, 62])), [Self.large[0] >> 1, 5, 3], "shift")
        check(x.maximum(y), pairs.map { max($0, $1) }, "maximum")
        check(x.minimum(y), pairs.map { min($0, $1) }, "minimum")
        check(x.gcd(y), [1, 2, 1], "gcd")
        check(x.abs(), Self.large, "abs")
        check(Tensor([UInt64(3)]).pow(Tensor([UInt64(40)])), [12_157_665_459_056_928_801], "power")
        check(x + 1, [Self.large[0] + 1, 11, 0], "sum with a number")
        #expect((x .< y).array(of: Bool.self) == pairs.map { $0 < $1 } && (x .>= y).array(of: Bool.self) == pairs.map { $0 >= $1 })
        #expect(x.sign().array(of: UInt64.self) == [1, 1, 1] && !x.signBit().any().item(as: Bool.self))
        #expect((x / y).dtype == .float32)
        #expect(throws: TensorError.self) { try checked { _ = x.floorDivide(Tensor([UInt64(1), 0, 1])) } }
    }

    @Test func conversions() {
        #expect(Self.x.to(.float64).array(of: Double.self) == Self.large.map { Double($0) })
        #expect(Self.x.to(.float32).array(of: Float.self) == Self.large.map { Float($0) })
        #expect(Tensor([1.5e19, 3], dtype: .float64).to(.uint64).array(of: UInt64.self) == [15_000_000_000_000_000_000, 3])
        #expect(Tensor([-1, 70_000]).to(.uint16).array(of: UInt16.self) == [65_535, 4464])
        #expect(Tensor([-1, 7]).to(.uint64).array(of: UInt64.self) == [.max, 7])
        #expect(Self.x.to(.int64).array(of: Int.self) == Self.large.map { Int(bitPattern: UInt($0)) })
        #expect(Self.x.to(.uint32).array(of: UInt32.self) == Self.large.map { UInt32(truncatingIfNeeded: $0) })
        #expect(Self.x.select(0, 2).item(as: UInt64.self) == .max)
        #expect(Tensor.arange(3, dtype: .uint16).array(of: UInt16.self) == [0, 1, 2])
    }

    @Test func foldsOrderAndIndices() {
        let x = Self.x
        #expect(x.max(0).values.item(as: UInt64.self) == .max && x.min(0).indices.item(as: Int.self) == 1)
        #expect(x.amax().item(as: UInt64.self) == .max && x.amin().item(as: UInt64.self) == 10)
        #expect(x.argmax().item(as: Int.self) == 2 && x.argmin().item(as: Int.self) == 1)
        #expect(x.reshape(3, 1).expand(3, 4).amax([0]).array(of: UInt64.self) == [.max, .max, .max, .max])
        #expect(x.reshape(3, 1).expand(3, 4).contiguous().argmax(0).array(of: Int.self) == [2, 2, 2, 2])
        #expect(x.sort().values.array(of: UInt64.self) == Self.large.sorted())
        #expect(x.unique().values.array(of: UInt64.self) == Self.large.sorted())
        #expect(x.sort(descending: true).indices.array(of: Int.self) == [2, 0, 1])
        // PyTorch sums integers as int64.
        #expect(x.sum().dtype == .int64 && Tensor([UInt16(65_535), 1]).sum().item(as: Int.self) == 65_536)
        #expect(Tensor([UInt32(3), 4]).cumsum(0).array(of: Int.self) == [3, 7] && Tensor([UInt32(3), 4]).prod().item(as: Int.self) == 12)
        #expect(x.countNonzero().item(as: Int.self) == 3 && x.nonzero().shape == [3, 1])
        #expect(x.gather(0, Tensor([2, 0])).array(of: UInt64.self) == [.max, Self.large[0]])
        #expect(x.scatterAdd(0, Tensor([1, 1]), Tensor([UInt64(5), 6])).array(of: UInt64.self) == [Self.large[0], 21, .max])
        #expect(x[Tensor([true, false, true])].array(of: UInt64.self) == [Self.large[0], .max])
        #expect(cat([x, x]).count == 6 && x.flip([0]).array(of: UInt64.self) == Self.large.reversed())
    }

    @Test func printsAsPyTorch() {
        #expect(Tensor([UInt64.max, 0]).description == "tensor([18446744073709551615,                    0], dtype=uint64)")
        #expect(Tensor([UInt16(1), 2]).description == "tensor([1, 2], dtype=uint16)")
    }

    @Test func records() throws {
        for dtype in [DType.uint16, .uint32, .uint64] {
            let x = Tensor([1, 200, 3]).to(dtype), record = try TensorRecord(name: "x", x)
            #expect(record.dtype.rawValue == "U\(dtype.size * 8)" && Tensor(record)?.equal(x) == true)
        }
    }
}
