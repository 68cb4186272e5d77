import Ember

/// `random/`: the CPU generator, number by number.
enum RandomSuite: Suite {
    static let folder = "random"

    static func subject(_ line: JSON) -> String { line["random"]?.stringValue ?? "" }

    static func run(_ line: JSON, _ tensors: SafeTensorsFile) throws {
        guard let seed = line["seed"]?.integerValue, let sizes = line["shape"]?.arrayValue else {
            throw Failure("no seed or shape")
        }
        let shape = sizes.compactMap(\.integerValue)
        var sample = Tensor.zeros([])
        try checked { sample = try draw(subject(line), shape, Generator(seed: seed)) }
        guard case .tensor(let expected) = try Decoder(tensors: tensors).decoded(line["out"]) else {
            throw Failure("no recorded tensor")
        }
        try Comparison.check(sample, expected, "sample", tolerances: tolerances(expected.dtype))
    }

    /// The sequence of bits is PyTorch's; logarithms and the like may differ in the last place.
    private static func tolerances(_ dtype: DType) -> (relative: Double, absolute: Double) {
        switch dtype {
        case .float64: (1e-14, 1e-14)
        case .float32: (2e-6, 2e-6)
        default: (0, 0)
        }
    }

    private static func draw(_ name: String, _ shape: Shape, _ generator: Generator) throws -> Tensor {
        switch name {
        case "rand": return .rand(shape, generator: generator)
        case "randn": return .randn(shape, generator: generator)
        case "rand_f64": return .rand(shape, dtype: .float64, generator: generator)
        case "randn_f64": return .randn(shape, dtype: .float64, generator: generator)
        case "randint": return .randint(0, 1000, shape, generator: generator)
        case "randperm": return .randperm(shape.reduce(1, *), generator: generator)
        // The recorded numbers are those of PyTorch's default p, not of the 0.3 that the vectors' README names.
        case "bernoulli": return .bernoulli(shape, p: 0.5, generator: generator)
        case "normal": return .normal(shape, mean: 2, std: 3, generator: generator)
        case "uniform": return .uniform(shape, from: -1, to: 4, generator: generator)
        case "exponential": return .exponential(shape, rate: 1.5, generator: generator)
        case "dropout": return dropout(.ones(shape), p: 0.4, training: true, generator: generator)
        case "multinomial": return Tensor.arange(1.0, 21.0).multinomial(12, replacement: true, generator: generator)
        case "linear_init":
            manualSeed(generator.initialSeed)
            let layer = Linear(20, 6)
            return cat([layer.weight.flatten()] + [layer.bias?.flatten()].compactMap { $0 }).detach()
        case "kaiming_uniform":
            // As PyTorch's linear layers start: the slope is the square root of 5.
            return Initializer.kaimingUniform(
                shape, nonlinearity: .leakyReLU(negativeSlope: 5.0.squareRoot()), generator: generator)
        case "xavier_normal": return Initializer.xavierNormal(shape, generator: generator)
        default: throw Unsupported("no such random function", name)
        }
    }
}
