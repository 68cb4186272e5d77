import EmberTensor
import Synchronization

/// What a distribution's parameter may be given as: a tensor, or a number, which takes the type of the other parameters.
public protocol DistributionParameter: Sendable {
    /// The parameter as a tensor of `dtype`; a tensor stays what it is.
    func parameterTensor(_ dtype: DType) -> Tensor
    /// The type that the parameter itself has, nil for a number.
    var parameterDType: DType? { get }
}

extension Tensor: DistributionParameter {
    public func parameterTensor(_ dtype: DType) -> Tensor { self.dtype.isFloatingPoint ? self : to(dtype) }
    public var parameterDType: DType? { dtype.isFloatingPoint ? dtype : nil }
}

extension Double: DistributionParameter {
    public func parameterTensor(_ dtype: DType) -> Tensor { Tensor(self, dtype: dtype) }
    public var parameterDType: DType? { nil }
}

extension Int: DistributionParameter {
    public func parameterTensor(_ dtype: DType) -> Tensor { Tensor(Double(self), dtype: dtype) }
    public var parameterDType: DType? { nil }
}

private let validationByDefault = Atomic<Bool>(true)

/// Settings that all distributions share.
public enum Distributions {
    /// Whether distributions check their parameters, and values against their support, unless told otherwise. On at first; checks cost a
    /// pass over the values. PyTorch: `Distribution.set_default_validate_args`.
    public static var validatesArguments: Bool {
        get { validationByDefault.load(ordering: .relaxed) }
        set { validationByDefault.store(newValue, ordering: .relaxed) }
    }
}

extension Distribution {
    /// The parameters as tensors of one type and shape, after validation against ``parameterConstraints``; inert ones after a failure.
    static func checkedParameters(_ parameters: KeyValuePairs<String, any DistributionParameter>, _ validate: Bool?) -> [Tensor] {
        let dtype = parameters.lazy.compactMap(\.value.parameterDType).first ?? Tensor.defaultDType
        let tensors = parameters.map { $0.value.parameterTensor(dtype) }
        return composed("\(Self.self)", tensors, outputs: tensors.count) { () throws(TensorError) in
            try check(parameters.map(\.key), tensors, validate)
            return tensors.count == 1 ? tensors : broadcastTensors(tensors)
        }
    }

    /// Fails for a parameter that breaks its constraint.
    static func check(_ names: [String], _ tensors: [Tensor], _ validate: Bool?) throws(TensorError) {
        guard validate ?? Distributions.validatesArguments else { return }
        for (name, tensor) in zip(names, tensors) {
            guard let constraint = parameterConstraints[name] else { continue }
            guard tensor.rank >= constraint.eventDim else {
                throw TensorError("\(name) has at least \(constraint.eventDim) dimensions, got shape \(tensor.shape)")
            }
            guard constraint.holds(tensor) else {
                let detail = tensor.count <= 8 ? ": got \(tensor.array(of: Double.self))"
                    : ", of shape \(tensor.shape), where some values are not"
                throw TensorError("parameter \(name) must be \(constraint)\(detail)")
            }
        }
    }
}

/// A family of distributions of numbers whose parameters all have the batch shape.
protocol UnivariateFamily: Distribution {
    /// The parameters in the order of ``init(parameters:validates:)``.
    var parameters: [Tensor] { get }
    /// A member from parameters that have been checked and broadcast.
    init(parameters: [Tensor], validates: Bool)
}

extension UnivariateFamily {
    public var batchShape: Shape { parameters[0].shape }

    public func expand(_ batchShape: Shape) -> Self {
        Self(parameters: parameters.map { $0.expand(batchShape) }, validates: validatesArguments)
    }

    init(_ parameters: KeyValuePairs<String, any DistributionParameter>, _ validate: Bool?) {
        self.init(parameters: Self.checkedParameters(parameters, validate), validates: validate ?? Distributions.validatesArguments)
    }

    var dtype: DType { parameters[0].dtype }

    /// A number in the parameters' type and shape.
    func constant(_ value: Double) -> Tensor { Tensor.full(batchShape, .double(value), dtype: dtype) }
}

extension DType {
    /// The distance from 1 to the next number. PyTorch: `torch.finfo(dtype).eps`.
    var epsilon: Double {
        switch self {
        case .float16: 0x1p-10
        case .bfloat16: 0x1p-7
        case .float64: 0x1p-52
        default: 0x1p-23
        }
    }

    /// The smallest positive number of full precision. PyTorch: `torch.finfo(dtype).tiny`.
    var leastNormal: Double {
        switch self {
        case .float16: 0x1p-14
        case .float64: 0x1p-1022
        default: 0x1p-126
        }
    }
}

extension Tensor {
    /// `self` where `condition` holds, else a number.
    func `where`(_ condition: Tensor, else number: Double) -> Tensor { self.where(condition, else: Tensor(number, dtype: dtype)) }

    /// Probabilities kept one step away from 0 and 1. PyTorch: `torch.distributions.utils.clamp_probs`.
    func clampedToOpenUnitInterval() -> Tensor { clamp(min: .double(dtype.epsilon), max: .double(1 - dtype.epsilon)) }

    /// The sum over the last `count` dimensions.
    func sumRightmost(_ count: Int) -> Tensor { count == 0 || isInert ? self : sum(Array((rank - count)..<rank)) }
}
