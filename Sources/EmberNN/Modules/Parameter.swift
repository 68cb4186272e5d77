import EmberTensor
import Synchronization

/// A tensor that training changes. PyTorch: `torch.nn.Parameter`.
///
/// In a module it is declared as a wrapped property; the property is the tensor, `$weight` this object:
///
///     final class Scale: Module, Layer {
///         @Parameter var weight: Tensor
///         init(_ size: Int) { weight = .ones([size]) }
///         func forward(_ x: Tensor) -> Tensor { x * weight }
///     }
///
/// An object, so that an optimiser and a module (or two modules) mean the same one. Not `Sendable`: a model is trained by one thread at a time;
/// its values, ``Module/stateDict()``, cross threads freely.
@propertyWrapper
public final class Parameter {
    private var tensor: Tensor
    /// What the value is computed from, when it is not free: see ``Parametrization``.
    var origin: ParametrizedValue? { didSet { ModuleGeneration.advance() } }

    /// A parameter with these values.
    public init(wrappedValue: Tensor) {
        tensor = wrappedValue.dtype.isDifferentiable ? wrappedValue.detach().requiringGrad() : wrappedValue.detach()
        ModuleGeneration.advance()
    }

    /// A parameter with these values.
    public convenience init(_ value: Tensor, requiresGrad: Bool = true) {
        self.init(wrappedValue: value)
        self.requiresGrad = requiresGrad
    }

    public var wrappedValue: Tensor {
        get { value }
        set { value = newValue }
    }

    public var projectedValue: Parameter { self }

    /// The tensor, a leaf. Setting it exchanges the values; gradient, hooks and `requiresGrad` stay, unless shape or type change, which
    /// makes a fresh leaf. Of a parametrized parameter, the value computed from its originals, which setting it changes.
    public var value: Tensor {
        get { origin?.computed() ?? tensor }
        set {
            if let origin { origin.assign(newValue) } else { tensor = newValue.values(as: tensor.gradientLeaf) }
        }
    }

    /// Changes the values without recording, in place when nobody else holds the memory.
    ///
    ///     parameter.update { $0 -= gradient * learningRate }
    public func update(_ body: (inout Tensor) throws -> Void) rethrows {
        if origin != nil {
            var values = noGrad { value.detach() }
            try noGrad { try body(&values) }
            value = values
            return
        }
        let leaf = tensor.gradientLeaf
        defer { tensor = tensor.values(as: leaf) }
        try noGrad { try body(&tensor) }
    }

    /// Puts another tensor in the place of this one, which it returns: a leaf stays a leaf, and a computed tensor lets gradients through.
    func exchange(_ other: Tensor) -> Tensor {
        defer { tensor = other }
        return tensor
    }

    /// The tensor with memory that nobody shares, for an ``ElementwiseUpdate`` to write.
    func exclusive() -> Tensor {
        tensor.makeUnique()
        return tensor
    }

    /// The accumulated gradient; nil before the first backward pass. PyTorch: `Parameter.grad`.
    public var gradient: Tensor? {
        get { tensor.grad }
        set { tensor.grad = newValue }
    }

    /// The accumulated gradient while only sparse ones came, of embeddings with `sparse: true`; ``gradient`` gives the same as a dense tensor.
    public var sparseGradient: SparseTensor? {
        get { tensor.sparseGrad }
        set { tensor.sparseGrad = newValue }
    }

    /// Whether training changes it; false freezes it. PyTorch: `Parameter.requires_grad`.
    public var requiresGrad: Bool {
        get { tensor.requiresGrad }
        set { tensor.requiresGrad = newValue }
    }

    public var shape: Shape { tensor.shape }
    public var dtype: DType { tensor.dtype }
    /// The number of elements.
    public var count: Int { tensor.count }

    /// Calls `hook` with the gradient in every backward pass; what it returns takes the gradient's place.
    /// PyTorch: `Tensor.register_hook`.
    @discardableResult
    public func registerHook(_ hook: @escaping GradientHook) -> HookHandle { tensor.registerHook(hook) }
}

/// A parameter that a layer may be built without: `@OptionalParameter var bias: Tensor?`. `$bias` is the ``Parameter``, or nil.
///
/// Which of the two it is, is settled when the layer is built; assigning values later changes those of the parameter.
@propertyWrapper
public struct OptionalParameter {
    private var parameter: Parameter?

    public init(wrappedValue: Tensor?) {
        parameter = wrappedValue.map { Parameter(wrappedValue: $0) }
    }

    public var wrappedValue: Tensor? {
        get { parameter?.value }
        set {
            if let newValue, let parameter {
                parameter.value = newValue
            } else {
                parameter = newValue.map { Parameter($0) }
                ModuleGeneration.advance()
            }
        }
    }

    public var projectedValue: Parameter? { parameter }
}

/// A tensor that belongs to a module's state but is not trained, as a running mean. PyTorch: `Module.register_buffer`.
@propertyWrapper
public final class Buffer {
    private var tensor: Tensor
    /// Whether it is part of ``Module/stateDict()``.
    public let isPersistent: Bool

    public init(wrappedValue: Tensor, persistent: Bool = true) {
        tensor = wrappedValue
        isPersistent = persistent
        ModuleGeneration.advance()
    }

    public var wrappedValue: Tensor {
        get { tensor }
        set { tensor = newValue }
        _modify { yield &tensor }
    }

    public var projectedValue: Buffer { self }

    /// The tensor.
    public var value: Tensor {
        get { tensor }
        set { tensor = newValue }
        _modify { yield &tensor }
    }
}

/// A buffer that a layer may be built without: `@OptionalBuffer var runningMean: Tensor?`.
@propertyWrapper
public struct OptionalBuffer {
    private var buffer: Buffer?

    public init(wrappedValue: Tensor?, persistent: Bool = true) {
        buffer = wrappedValue.map { Buffer(wrappedValue: $0, persistent: persistent) }
    }

    public var wrappedValue: Tensor? {
        get { buffer?.value }
        set {
            if let newValue, let buffer {
                buffer.value = newValue
            } else {
                buffer = newValue.map { Buffer(wrappedValue: $0) }
                ModuleGeneration.advance()
            }
        }
    }

    public var projectedValue: Buffer? { buffer }
}

/// Counts the creations of modules, parameters and buffers. While it stands still, no model can have got a new part, so that what was
/// found by reflection is still right.
enum ModuleGeneration {
    private static let counter = Atomic<Int>(0)

    static var current: Int { counter.load(ordering: .relaxed) }
    static func advance() { counter.wrappingAdd(1, ordering: .relaxed) }
}
