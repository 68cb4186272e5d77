import Ember
import Testing

/// The numbers are those that PyTorch 2.13 draws for seed 0.
@Suite struct RandomTests {
    private func numbers(_ x: Tensor) -> [Double] { x.array(of: Double.self) }

    private func expect(_ x: Tensor, _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
        let values = numbers(x)
        #expect(values.count == expected.count, sourceLocation: sourceLocation)
        for (value, wanted) in zip(values, expected) {
            #expect(abs(value - wanted) <= 1e-6 * max(1, abs(wanted)), "\(values)", sourceLocation: sourceLocation)
        }
    }

    private var zero: Generator { Generator(seed: 0) }

    @Test func continuousDistributions() {
        expect(.rand([3], generator: zero), [0.4962566, 0.7682218, 0.0884774])
        expect(.randn([3], generator: zero), [1.5409961, -0.2934289, -2.1787894])
        expect(Tensor.randn([17], generator: zero)[14...], [0.9462984, -0.8436767, 0.9318266])
        expect(.randn([2], dtype: .float64, generator: zero), [1.5409961, -0.2934289])
        expect(.exponential([3], rate: 1.5, generator: zero), [2.3388841, 0.8202565, 0.4100294])
        expect(.normal([3], mean: 2, std: 3, generator: zero), [6.6229882, 1.1197133, -4.5363684])
        expect(.normal(mean: Tensor([0.0, 1, 2]), std: Tensor([1.0, 2, 3]), generator: zero), [1.5409961, 0.4131422, -4.5363684])
        expect(.cauchy([3], generator: zero), [10.5977297, 0.7647673, -0.1282993])
        expect(.logNormal([3], generator: zero), [59.2634163, 1.51156, 0.0348195])
    }

    @Test func discreteDistributions() {
        expect(.randint(0, 1000, [4], generator: zero), [44, 239, 933, 760])
        expect(.randperm(5, generator: zero), [4, 0, 1, 3, 2])
        expect(.bernoulli([8], p: 0.3, generator: zero), [0, 0, 0, 0, 0, 0, 1, 0])
        expect(Tensor.full([8], 0.3).bernoulli(generator: zero), [0, 0, 1, 1, 0, 0, 0, 0])
        expect(.geometric([4], p: 0.3, generator: zero), [1, 1, 3, 1])
        expect(Tensor.arange(1.0, 21.0).multinomial(12, replacement: true, generator: zero), [19, 16, 13, 19, 15, 17, 8, 11, 15, 10, 13, 8])
        expect(Tensor([[1.0, 2, 3], [3, 2, 1]]).multinomial(2, generator: zero), [2, 1, 1, 0])
        expect(Tensor([1.0, 5, 20]).poisson(generator: zero), [2, 6, 19])
        expect(Tensor([1.0, 5, 20]).standardGamma(generator: zero), [2.8824327, 4.0610547, 15.2385321])
        expect(.binomial(trials: Tensor([10.0, 20, 100]), p: Tensor([0.1, 0.5, 0.9]), generator: zero), [2, 12, 91])
    }

    @Test func memoryOrder() {
        expect(Tensor.ones([2, 3]).mT.randLike(generator: zero).mT, [0.4962566, 0.7682218, 0.0884774, 0.1320305, 0.3074228, 0.6340787])
    }

    @Test func dropoutMasks() {
        let x = Tensor.ones([8]).requiringGrad()
        let y = dropout(x, p: 0.4, generator: zero)
        expect(y, [0, 0, 1, 0, 0, 0, 1, 1].map { $0 / 0.6 })
        y.sum().backward()
        #expect(x.grad?.array(of: Float.self) == y.array(of: Float.self))
        expect(dropout2d(.ones([2, 3, 1, 2]), p: 0.4, generator: zero), [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0].map { $0 / 0.6 })
        expect(alphaDropout(.ones([4]), p: 0.4, training: true, generator: zero), [-0.910642, -0.910642, 1.4703772, -0.910642])
        expect(featureAlphaDropout(.ones([2, 2, 2]), p: 0.4, training: true, generator: zero),
               [-0.910642, -0.910642, -0.910642, -0.910642, 1.4703772, 1.4703772, -0.910642, -0.910642])
        expect(dropout(.ones([2]), p: 0.4, training: false), [1, 1])
        expect(dropout(.ones([2]), p: 1), [0, 0])
    }

    @Test func generatorState() throws {
        let generator = Generator(seed: 0)
        _ = Tensor.rand([5], generator: generator)
        let bytes = generator.stateBytes
        #expect(bytes.count == 5056)
        // A checksum of what torch.get_rng_state() returns there.
        #expect(bytes.enumerated().reduce(0) { $0 + $1.offset * Int($1.element) } % 1_000_003 == 518_073)
        let copy = generator.copy()
        expect(.rand([2], generator: generator), [0.6340787, 0.4900934])
        expect(.rand([2], generator: try Generator(state: bytes)), [0.6340787, 0.4900934])
        expect(.rand([2], generator: copy), [0.6340787, 0.4900934])
        #expect(throws: TensorError.self) { try generator.restore([1, 2, 3]) }
        #expect(throws: TensorError.self) { try generator.restore([UInt8](repeating: 255, count: 5056)) }
        #expect(Generator(seed: -1).initialSeed == -1)
    }

    @Test func wrongParameters() {
        #expect(throws: TensorError.self) { try checked { Tensor.normal([2], std: -1) } }
        #expect(throws: TensorError.self) { try checked { Tensor.randint(3, 3, [2]) } }
        #expect(throws: TensorError.self) { try checked { Tensor.randint(0, 300, [2], dtype: .uint8) } }
        #expect(throws: TensorError.self) { try checked { Tensor([2.0]).bernoulli() } }
        #expect(throws: TensorError.self) { try checked { Tensor([0.0, 0.0]).multinomial(1) } }
        #expect(throws: TensorError.self) { try checked { Tensor([1.0, -1.0]).multinomial(1) } }
        #expect(throws: TensorError.self) { try checked { dropout(.ones([2]), p: 1.5) } }
        #expect(throws: TensorError.self) { try checked { Tensor.rand([-1]) } }
    }
}
