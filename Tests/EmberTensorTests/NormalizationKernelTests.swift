import Ember
import Testing

/// Values and first gradients of the norms against plain tensor algebra in float64, in shapes that fill no register, in every layout and type.
@Suite struct NormalizationKernelTests {
    private typealias Norm = @Sendable (_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor

    private struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let shape: Shape
        let parameters: Shape
        let norm: Norm
        /// The same by its definition.
        let definition: Norm
        var testDescription: String { "\(name) \(shape)" }
    }

    private static func normalized(_ x: Tensor, _ dims: [Int]) -> Tensor {
        let centred = x - x.mean(dims, keepDim: true)
        return centred / (centred.square().mean(dims, keepDim: true) + 1e-5).sqrt()
    }

    private static func perChannel(_ p: Tensor, _ rank: Int) -> Tensor {
        p.reshape([1, p.count] + [Int](repeating: 1, count: rank - 2))
    }

    private static let cases: [Case] = {
        var cases: [Case] = []
        for (shape, tail) in [([7, 37], [37]), ([3, 4, 5], [4, 5]), ([70, 64], [64]), ([2, 1], [1]), ([5, 300], [300])] {
            let dims = Array((shape.count - tail.count)..<shape.count)
            cases.append(Case(name: "layer", shape: shape, parameters: tail,
                              norm: { layerNorm($0, tail, weight: $1, bias: $2) }, definition: { normalized($0, dims) * $1 + $2 }))
            cases.append(Case(name: "RMS", shape: shape, parameters: tail, norm: { rmsNorm($0, tail, weight: $1, eps: 1e-5) + $2 },
                              definition: { $0 / ($0.square().mean(dims, keepDim: true) + 1e-5).sqrt() * $1 + $2 }))
        }
        for shape in [[2, 6, 5, 7], [3, 6], [2, 6, 70]] {
            let grouped = [shape[0], 3, 2] + shape[2...], rank = shape.count
            cases.append(Case(name: "group", shape: shape, parameters: [6], norm: { groupNorm($0, groups: 3, weight: $1, bias: $2) }, definition: {
                normalized($0.reshape(grouped), Array(2..<rank + 1)).reshape(shape) * perChannel($1, rank) + perChannel($2, rank)
            }))
        }
        for shape in [[2, 3, 5, 7], [9, 33], [4, 3, 70], [3, 2, 2, 3, 5]] {
            let rank = shape.count, dims = [0] + Array(2..<rank)
            cases.append(Case(name: "batch", shape: shape, parameters: [shape[1]],
                              norm: { batchNorm($0, runningMean: nil, runningVar: nil, weight: $1, bias: $2, training: true) },
                              definition: { normalized($0, dims) * perChannel($1, rank) + perChannel($2, rank) }))
            guard rank > 2 else { continue }
            cases.append(Case(name: "instance", shape: shape, parameters: [shape[1]], norm: { instanceNorm($0, weight: $1, bias: $2) },
                              definition: { normalized($0, Array(2..<rank)) * perChannel($1, rank) + perChannel($2, rank) }))
        }
        return cases
    }()

    /// The value, and the gradients of x, weight and bias, of Σ cotangent · norm.
    private func run(_ norm: Norm, _ x: Tensor, _ weight: Tensor, _ bias: Tensor, _ cotangent: Tensor) -> [Tensor] {
        let leaves = [x, weight, bias].map { $0.requiringGrad() }
        let y = norm(leaves[0], leaves[1], leaves[2])
        return [y.detach()] + gradients(of: y, with: leaves, cotangent: cotangent).map { $0 ?? .zeros([]) }
    }

    @Test(arguments: cases.indices) func agreeWithTheirDefinition(_ i: Int) {
        let c = Self.cases[i]
        let x = numbers(c.shape) * 2.0 + 1.0, cotangent = numbers(c.shape, 3), weight = numbers(c.parameters, 1) + 1.5
        let bias = numbers(c.parameters, 2)
        let expected = run(c.definition, x, weight, bias, cotangent)
        func check(_ found: [Tensor], _ tolerance: Double, _ what: String) {
            for (a, b) in zip(found, expected) {
                let scale = b.abs().max().item() + 1.0
                #expect((a.to(.float64) - b).abs().max().item() < tolerance * scale, "\(c.testDescription), \(what)")
            }
        }
        check(run(c.norm, x, weight, bias, cotangent), 1e-11, "float64")
        let single = [x, weight, bias, cotangent].map { $0.to(.float32) }
        check(run(c.norm, single[0], single[1], single[2], single[3]), 1e-4, "float32")
        check(run(c.norm, single[0].to(.bfloat16), single[1], single[2], single[3].to(.bfloat16)), 0.05, "bfloat16")
        check(run(c.norm, single[0].to(.float16), single[1].to(.float16), single[2].to(.float16), single[3].to(.float16)), 0.02, "float16")
        // The same numbers with the dimensions in another order in memory, and the channels innermost.
        func reordered(_ t: Tensor, _ order: [Int]) -> Tensor {
            t.permute(order).contiguous().permute(order.indices.map { d in order.firstIndex(of: d) ?? 0 })
        }
        let rank = c.shape.count
        for order in [Array((0..<rank).reversed()), [0] + Array(2..<rank) + (rank > 1 ? [1] : [])] {
            check(run(c.norm, reordered(x, order), weight, bias, cotangent), 1e-11, "strided")
            check(run(c.norm, reordered(x, order), weight, bias, reordered(cotangent, order)), 1e-11, "strided with its cotangent")
        }
    }

    /// torch.nn.functional.layer_norm in float16: computed in float32, rounded once.
    @Test func halves() {
        let x = Tensor.linspace(-2, 3, count: 12).reshape([2, 6]).to(.float16)
        #expect(layerNorm(x, [6]).dtype == .float16)
        #expect(close(layerNorm(x, [6])[0].to(.float64), [-1.4638671875, -0.87890625, -0.29248046875, 0.29296875, 0.87841796875, 1.4638671875], 1e-3))
    }

    @Test func nothingToNormalise() {
        let x = Tensor.zeros([0, 3]).requiringGrad(), weight = Tensor.ones([3]).requiringGrad()
        let y = layerNorm(x, [3], weight: weight)
        y.sum().backward()
        #expect(y.shape == [0, 3])
        #expect(x.grad?.shape == [0, 3])
        #expect(weight.grad?.array(of: Float.self) == [0, 0, 0])
        #expect(layerNorm(Tensor.zeros([2, 0]), [0]).shape == [2, 0])
        #expect(groupNorm(Tensor.zeros([0, 4, 2]), groups: 2).shape == [0, 4, 2])
        #expect(batchNorm(Tensor.zeros([0, 4, 2]), runningMean: nil, runningVar: nil, training: true).shape == [0, 4, 2])
    }

    @Test func infinityAndNaNStayInTheirRow() {
        let x = Tensor([[1.0, Double.infinity, 2], [1, 2, 3], [Double.nan, 1, 2]], dtype: .float32)
        let y = layerNorm(x, [3])
        #expect(y[0].isNaN().all().item(as: Bool.self) && y[2].isNaN().all().item(as: Bool.self))
        #expect(!y[1].isNaN().any().item(as: Bool.self))
    }

    @Test func bitsDoNotDependOnThreads() {
        let x = Tensor.randn([300, 96, 10]), g = Tensor.randn([300, 96, 10]), w = Tensor.randn([96, 10]), v = Tensor.randn([96])
        func all() -> [Tensor] {
            run({ layerNorm($0, [96, 10], weight: $1, bias: $2) }, x, w, w, g)
                + run({ batchNorm($0, runningMean: nil, runningVar: nil, weight: $1, bias: $2, training: true) }, x, v, v, g)
                + run({ groupNorm($0, groups: 4, weight: $1, bias: $2) }, x, v, v, g)
        }
        let several = all(), one = withSingleThread { all() }
        for (a, b) in zip(several, one) { #expect(a.array(of: Float.self) == b.array(of: Float.self)) }
    }
}
