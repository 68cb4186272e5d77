import Ember
import Testing

/// A large result of a convolution waits for the operators that follow, which its kernels do before they store it. Nobody can tell but by
/// memory, time and the profiler.
@Suite struct ConvolutionEpilogueTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        let x: Shape, weight: Shape
        var stride = 1, padding = 0, dilation = 1, groups = 1, channelsLast = true

        func convolve(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor {
            if x.rank == 3 { return conv1d(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups) }
            return conv2d(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
        }

        var operands: (x: Tensor, weight: Tensor) {
            let x = Tensor.randn(self.x, generator: Generator(seed: 1)), weight = Tensor.randn(self.weight, generator: Generator(seed: 2))
            return (channelsLast && x.rank == 4 ? x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : x, weight)
        }
    }

    static let cases: [Case] = [
        Case(testDescription: "3 × 3 by tiles", x: [3, 40, 19, 22], weight: [48, 40, 3, 3], padding: 1),
        Case(testDescription: "3 × 3 by tiles, channels that fill no register", x: [3, 40, 19, 22], weight: [37, 40, 3, 3], padding: 1),
        Case(testDescription: "1 × 1", x: [2, 24, 20, 20], weight: [70, 24, 1, 1]),
        Case(testDescription: "1 × 1, deep", x: [4, 600, 13, 13], weight: [64, 600, 1, 1]),
        Case(testDescription: "1 × 1, every other pixel", x: [3, 24, 29, 30], weight: [80, 24, 1, 1], stride: 2),
        Case(testDescription: "3 × 3, every other pixel", x: [5, 16, 41, 40], weight: [24, 16, 3, 3], stride: 2, padding: 1),
        Case(testDescription: "7 × 7 of a picture", x: [2, 3, 64, 64], weight: [32, 3, 7, 7], stride: 2, padding: 3),
        Case(testDescription: "dilated", x: [2, 32, 24, 24], weight: [32, 32, 3, 3], padding: 2, dilation: 2),
        Case(testDescription: "a channel by itself, in planes", x: [2, 32, 28, 28], weight: [32, 1, 3, 3], padding: 1, groups: 32,
             channelsLast: false),
        Case(testDescription: "1 × 1, in planes", x: [2, 24, 32, 32], weight: [32, 24, 1, 1], channelsLast: false),
        Case(testDescription: "one dimension", x: [3, 20, 700], weight: [24, 20, 5], padding: 2),
    ]

    private static func perChannel(_ count: Int, rank: Int, _ seed: Int) -> Tensor {
        Tensor.randn([1, count] + [Int](repeating: 1, count: rank - 2), generator: Generator(seed: seed))
    }

    /// What may follow, with the profiler's name for all of it.
    static let sequels: [(name: String, apply: @Sendable (_ y: Tensor, _ scale: Tensor, _ shift: Tensor, _ addend: Tensor) -> Tensor)] = [
        ("convolution, mul, add, relu", { y, scale, _, addend in relu(y * scale + addend) }),
        ("convolution, add, relu", { y, _, shift, _ in relu(y + shift) }),
        ("convolution, add, add", { y, _, shift, addend in addend + (y + shift) }),
        ("convolution, relu", { y, _, _, _ in relu(y) }),
        ("convolution, multiply_add, add, relu", { y, scale, shift, addend in
            relu(batchNorm(y, runningMean: -shift.flatten(), runningVar: scale.flatten() * scale.flatten()) + addend)
        }),
    ]

    private static func isSame(_ a: Tensor, _ b: Tensor) -> Bool { a.equal(b) || (a.isNaN() .== b.isNaN()).all().item(as: Bool.self)
        && a.nanToNum().equal(b.nanToNum()) }

    @Test(arguments: cases) func hasTheBitsOfSingleOperators(_ item: Case) {
        let (x, weight) = item.operands
        for bias in [nil, Tensor.randn([item.weight[0]], generator: Generator(seed: 3))] {
            let single = item.convolve(x, weight, bias: bias).evaluate()
            let scale = Self.perChannel(item.weight[0], rank: x.rank, 4), shift = Self.perChannel(item.weight[0], rank: x.rank, 5)
            let addend = (single * -0.5).evaluate()
            for (name, apply) in Self.sequels {
                let expected = apply(single, scale, shift, addend).evaluate()
                #expect(apply(item.convolve(x, weight, bias: bias), scale, shift, addend).equal(expected), "\(name)")
                let profile = Profiler.measure { apply(item.convolve(x, weight, bias: bias), scale, shift, addend).evaluate() }
                #expect(profile.events.contains { $0.name == name }, "\(name) is not among \(profile.events.map(\.name))")
            }
        }
    }

    @Test(arguments: cases) func numbersThatAreNotFinite(_ item: Case) {
        let (values, weight) = item.operands
        var x = values
        x[0, 1] = Tensor([Float.infinity]).expand(Array(x.shape[2...]))
        x[1, 0] = Tensor([Float.nan]).expand(Array(x.shape[2...]))
        let single = item.convolve(x, weight).evaluate(), shift = Self.perChannel(item.weight[0], rank: x.rank, 5)
        #expect(Self.isSame(relu(item.convolve(x, weight) + shift), relu(single + shift)))
    }

    @Test func twoConvolutionsThatAreAdded() {
        let a = Self.cases[0]
        let (x, weight) = a.operands, small = Tensor.randn([48, 40, 1, 1], generator: Generator(seed: 7))
        let scale = Self.perChannel(48, rank: 4, 4), shift = Self.perChannel(48, rank: 4, 5)
        let single = (a.convolve(x, weight).evaluate(), conv2d(x, small).evaluate())
        let expected = relu((single.0 * scale).evaluate() + (single.1 + shift).evaluate())
        #expect(relu(conv2d(x, weight, padding: 1) * scale + (conv2d(x, small) + shift)).equal(expected))
        let twice = conv2d(x, weight, padding: 1)
        #expect((twice + twice).equal(single.0 * 2))
    }

    @Test func resultsThatAreHeldHaveTheirValues() {
        let item = Self.cases[0], (x, weight) = item.operands, single = item.convolve(x, weight).evaluate()
        let y = item.convolve(x, weight), positive = relu(y), doubled = positive * 2
        #expect(doubled.equal(relu(single) * 2))
        #expect(positive.equal(relu(single)))
        #expect(y.equal(single))
        var sum = single.clone()
        sum += item.convolve(x, weight)
        #expect(sum.equal(single * 2))
    }

    @Test func writesDoNotReachAConvolutionThatWaits() {
        let item = Self.cases[2], operands = item.operands, single = item.convolve(operands.x, operands.weight).evaluate()
        var x = operands.x.clone(), weight = operands.weight.clone()
        let beforeInput = item.convolve(x, weight)
        x += 1
        let beforeWeight = item.convolve(operands.x, weight)
        weight *= 3
        #expect(relu(beforeInput).equal(relu(single)))
        #expect(relu(beforeWeight).equal(relu(single)))
        // What a kernel has made of the weight is forgotten with it.
        #expect((item.convolve(operands.x, weight) - single * 3).abs().max().item() < 1e-3)
    }

    @Test(arguments: [0, 2, 5, 9]) func gradientsAreThoseOfSingleOperators(_ number: Int) {
        let item = Self.cases[number], (x, weight) = item.operands
        let shift = Self.perChannel(item.weight[0], rank: 4, 5)
        func gradientsOf(_ convolve: (Tensor, Tensor) -> Tensor) -> [Tensor] {
            let leaves = [x.requiringGrad(), weight.requiringGrad(), shift.requiringGrad()]
            let y = relu(convolve(leaves[0], leaves[1]) + leaves[2])
            return [y.detach()] + gradients(of: (y * y).sum(), with: leaves).compactMap { $0 }
        }
        let fused = gradientsOf { item.convolve($0, $1) }, single = gradientsOf { item.convolve($0, $1).evaluate() }
        #expect(fused.count == 4)
        for (a, b) in zip(fused, single) { #expect(a.equal(b)) }
    }

    @Test func threadsMayReadOneAtOnce() async {
        let item = Self.cases[1], (x, weight) = item.operands
        let expected = relu(item.convolve(x, weight).evaluate())
        let y = item.convolve(x, weight), positive = relu(y)
        await withTaskGroup(of: Bool.self) { group in
            for i in 0..<8 { group.addTask { i % 2 == 0 ? positive.equal(expected) : relu(y).equal(expected) } }
            for await isRight in group { #expect(isRight) }
        }
    }
}
