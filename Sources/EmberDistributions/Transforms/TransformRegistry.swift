import EmberTensor
import Synchronization

/// Finds a transform from unconstrained numbers to the values that a constraint allows, by the constraint's kind.
///
/// PyTorch: `torch.distributions.constraint_registry.ConstraintRegistry`.
public final class TransformRegistry: Sendable {
    public typealias Factory = @Sendable (Constraint) -> any Transform

    private let factories: Mutex<[Constraint.Kind: Factory]>
    private let name: String

    init(_ name: String, _ factories: [Constraint.Kind: Factory]) {
        self.name = name
        self.factories = Mutex(factories)
    }

    /// Adds, or replaces, what is used for constraints of `kind`. PyTorch: `ConstraintRegistry.register`.
    public func register(_ kind: Constraint.Kind, _ factory: @escaping Factory) {
        factories.withLock { $0[kind] = factory }
    }

    func transform(_ constraint: Constraint) -> any Transform {
        guard let factory = factories.withLock({ $0[constraint.kind] }) else {
            TensorError("no transform to values that are \(constraint); register one for kind \(constraint.kind.name)").report(in: name)
            return identityTransform
        }
        return factory(constraint)
    }

    /// What ``biject(to:)`` uses.
    public static let bijections: TransformRegistry = {
        var factories = elementwise
        factories[.simplex] = { _ in StickBreakingTransform() }
        addCompositions(to: &factories) { biject(to: $0) }
        return TransformRegistry("biject(to:)", factories)
    }()

    /// What ``transform(to:)`` uses.
    public static let transforms: TransformRegistry = {
        var factories = elementwise
        factories[.simplex] = { _ in SoftmaxTransform() }
        factories[.lowerCholesky] = { _ in LowerCholeskyTransform() }
        factories[.positiveDefinite] = { _ in PositiveDefiniteTransform() }
        factories[.positiveSemidefinite] = { _ in PositiveDefiniteTransform() }
        addCompositions(to: &factories) { EmberDistributions.transform(to: $0) }
        return TransformRegistry("transform(to:)", factories)
    }()

    /// Constraints that are made of others, each of which `find` has a transform for.
    private static func addCompositions(to factories: inout [Constraint.Kind: Factory], _ find: @escaping Factory) {
        factories[.independent] = { IndependentTransform(find($0.parts[0]), dims: $0.eventDim - $0.parts[0].eventDim) }
        factories[.cat] = { CatTransform($0.parts.map { find($0) }, dim: $0.dim, lengths: $0.lengths) }
        factories[.stack] = { StackTransform($0.parts.map { find($0) }, dim: $0.dim) }
    }

    /// Those that both registries share.
    private static let elementwise: [Constraint.Kind: Factory] = {
        var factories: [Constraint.Kind: Factory] = [:]
        factories[.real] = { _ in identityTransform }
        factories[.greaterThan] = above
        factories[.greaterThanEqual] = above
        factories[.lessThan] = { ComposeTransform([ExpTransform(), AffineTransform(loc: $0.bounds[0], scale: -1)]) }
        factories[.interval] = between
        factories[.halfOpenInterval] = between
        factories[.correlationCholesky] = { _ in CorrCholeskyTransform() }
        return factories
    }()

    private static let above: Factory = { constraint in
        isNumber(constraint.bounds[0], 0) ? ExpTransform()
            : ComposeTransform([ExpTransform(), AffineTransform(loc: constraint.bounds[0], scale: 1)])
    }

    private static let between: Factory = { constraint in
        let low = constraint.bounds[0], high = constraint.bounds[1]
        return isNumber(low, 0) && isNumber(high, 1) ? SigmoidTransform()
            : ComposeTransform([SigmoidTransform(), AffineTransform(loc: low, scale: high - low)])
    }

    private static func isNumber(_ bound: Tensor, _ value: Double) -> Bool { bound.rank == 0 && bound.item() == value }
}

/// A bijection from real numbers, or vectors, to the values that `constraint` allows: what samplers of a posterior need.
/// PyTorch: `torch.distributions.biject_to`.
public func biject(to constraint: Constraint) -> any Transform { TransformRegistry.bijections.transform(constraint) }

/// A transform from real numbers, vectors or matrices to the values that `constraint` allows, good for optimisation; it need not be
/// invertible. PyTorch: `torch.distributions.transform_to`.
public func transform(to constraint: Constraint) -> any Transform { TransformRegistry.transforms.transform(constraint) }
