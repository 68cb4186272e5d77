import CEmber
import Synchronization

/// A source of random numbers with a state of its own: PyTorch's CPU generator, so that the same seed gives PyTorch's
/// very numbers.
///
/// An object that can be shared: threads that draw from one generator take turns, in an order that they decide. A run
/// that is to be
/// reproducible gives each thread its own. PyTorch: `torch.Generator`.
public final class Generator: Sendable, RandomNumberGenerator {
    /// What draws when no other generator is given. PyTorch: `torch.default_generator`.
    public static let `default` = Generator()

    /// The seed of generators that nobody seeded. PyTorch: `c10::detail::default_rng_seed_val`.
    public static let defaultSeed = 67_280_421_310_721

    private let state: Mutex<ember_generator>

    /// The sequence of `seed`.
    public init(seed: Int = Generator.defaultSeed) {
        var generator = ember_generator()
        ember_generator_seed(&generator, UInt64(bitPattern: Int64(seed)))
        state = Mutex(generator)
    }

    /// A generator in a saved ``stateBytes``, Ember's or PyTorch's.
    public convenience init(state bytes: [UInt8]) throws(TensorError) {
        self.init()
        try restore(bytes)
    }

    /// Starts the sequence of `seed` over. PyTorch: `Generator.manual_seed`.
    @discardableResult
    public func manualSeed(_ seed: Int) -> Generator {
        state.withLock { ember_generator_seed(&$0, UInt64(bitPattern: Int64(seed))) }
        return self
    }

    /// Starts a sequence that differs from run to run, and returns its seed. PyTorch: `Generator.seed`.
    @discardableResult
    public func seed() -> Int {
        let seed = Int(ember_random_nondeterministic_seed())
        manualSeed(seed)
        return seed
    }

    /// The seed of the present sequence. PyTorch: `Generator.initial_seed`.
    public var initialSeed: Int { state.withLock { Int(Int64(bitPattern: $0.seed)) } }

    /// The whole state, in the bytes that PyTorch uses. PyTorch: `Generator.get_state`, `torch.get_rng_state`.
    public var stateBytes: [UInt8] {
        state.withLock { generator in
            [UInt8](unsafeUninitializedCapacity: Int(EMBER_GENERATOR_STATE_BYTES)) { buffer, count in
                if let base = buffer.baseAddress { ember_generator_save(&generator, base) }
                count = buffer.count
            }
        }
    }

    /// Continues from a saved ``stateBytes``, Ember's or PyTorch's; throws, and changes nothing, when the bytes are
    /// none.
    /// PyTorch: `Generator.set_state`, `torch.set_rng_state`.
    public func restore(_ bytes: [UInt8]) throws(TensorError) {
        guard bytes.count == Int(EMBER_GENERATOR_STATE_BYTES) else {
            throw TensorError("a generator's state has \(EMBER_GENERATOR_STATE_BYTES) bytes, this one has \(bytes.count)")
        }
        guard state.withLock({ ember_generator_load(&$0, bytes) }) == 0 else {
            throw TensorError("the bytes are no state of a generator")
        }
    }

    /// A generator of its own that goes on like this one. PyTorch: `Generator.clone_state`.
    public func copy() -> Generator {
        let other = Generator()
        let own = state.withLock { $0 }
        other.state.withLock { $0 = own }
        return other
    }

    /// 64 random bits, for Swift's own `shuffled(using:)` and `random(in:using:)`.
    public func next() -> UInt64 { state.withLock { ember_generator_random64(&$0) } }

    /// Lets `body` draw, alone.
    func withState<Result: Sendable>(_ body: (inout ember_generator) throws(TensorError) -> Result) throws(TensorError) -> Result {
        try state.withLock { (generator) throws(TensorError) in try body(&generator) }
    }
}

/// Seeds the default generator: what is drawn from here on is what PyTorch draws after `torch.manual_seed(seed)`.
@discardableResult
public func manualSeed(_ seed: Int) -> Generator { Generator.default.manualSeed(seed) }

/// The seed of the default generator. PyTorch: `torch.initial_seed`.
public func initialSeed() -> Int { Generator.default.initialSeed }
