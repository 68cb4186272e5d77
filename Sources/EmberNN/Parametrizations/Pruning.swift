import EmberTensor

/// How many elements or channels to prune: a fraction of those still there, or a number.
public enum PruningAmount: Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    case fraction(Double)
    case count(Int)

    public init(floatLiteral value: Double) { self = .fraction(value) }
    public init(integerLiteral value: Int) { self = .count(value) }

    func number(of total: Int) throws(TensorError) -> Int {
        switch self {
        case .fraction(let part):
            guard part >= 0, part <= 1 else { throw TensorError("a fraction to prune must lie from 0 through 1, got \(part)") }
            return Int((part * Double(total)).rounded(.toNearestOrEven))
        case .count(let count):
            guard count >= 0, count <= total else { throw TensorError("cannot prune \(count) of \(total)") }
            return count
        }
    }
}

/// What is pruned. PyTorch: the functions of `torch.nn.utils.prune`.
public enum PruningMethod: Sendable {
    /// Single elements of the smallest magnitude. PyTorch: `l1_unstructured`.
    case smallest(PruningAmount)
    /// Single elements at random. PyTorch: `random_unstructured`.
    case random(PruningAmount)
    /// Whole slices along `dim` of the smallest `n`-norm. PyTorch: `ln_structured`.
    case smallestSlices(PruningAmount, n: Double = 2, dim: Int)
    /// Whole slices along `dim` at random. PyTorch: `random_structured`.
    case randomSlices(PruningAmount, dim: Int)
    /// What a mask of the parameter's shape has zeros for. PyTorch: `custom_from_mask`.
    case mask(Tensor)

    /// The old mask with more zeros.
    fileprivate func mask(of weight: Tensor, _ old: Tensor) throws(TensorError) -> Tensor {
        switch self {
        case .smallest(let amount): return try Self.lowest(amount, of: weight.abs(), in: old)
        case .random(let amount): return try Self.lowest(amount, of: .uniform(weight.shape), in: old)
        case .smallestSlices(let amount, let n, let dim):
            let d = try Self.checked(dim, weight)
            return try Self.slices(amount, importance: weight.vectorNorm(n, Self.others(d, weight)), dim: d, old)
        case .randomSlices(let amount, let dim):
            let d = try Self.checked(dim, weight)
            return try Self.slices(amount, importance: .uniform([weight.shape[d]]), dim: d, old)
        case .mask(let mask):
            guard mask.shape == weight.shape else { throw TensorError("the mask has shape \(mask.shape), the parameter \(weight.shape)") }
            return old * mask.to(old.dtype)
        }
    }

    private static func checked(_ dim: Int, _ weight: Tensor) throws(TensorError) -> Int {
        guard (-weight.rank..<weight.rank).contains(dim) else { throw TensorError("no dimension \(dim) in shape \(weight.shape)") }
        return dim < 0 ? dim + weight.rank : dim
    }

    private static func others(_ dim: Int, _ weight: Tensor) -> [Int] { (0..<weight.rank).filter { $0 != dim } }

    /// Zeros for the least important elements that the old mask keeps.
    fileprivate static func lowest(_ amount: PruningAmount, of importance: Tensor, in old: Tensor) throws(TensorError) -> Tensor {
        var mask = old.array(of: Double.self)
        let values = importance.array(of: Double.self), kept = mask.indices.filter { mask[$0] != 0 }
        for i in kept.sorted(by: { (values[$0], $0) < (values[$1], $1) }).prefix(try amount.number(of: kept.count)) { mask[i] = 0 }
        return Tensor(mask, shape: old.shape, dtype: old.dtype)
    }

    private static func slices(_ amount: PruningAmount, importance: Tensor, dim: Int, _ old: Tensor) throws(TensorError) -> Tensor {
        let alive = old.amax(others(dim, old))
        let kept = try lowest(amount, of: importance, in: alive)
        var shape = [Int](repeating: 1, count: old.rank)
        shape[dim] = old.shape[dim]
        return old * kept.reshape(shape)
    }
}

/// w = original · mask.
final class PruningParametrization: Parametrization {
    @Buffer var mask: Tensor

    override var pathNames: [String: String] { ["mask": "_mask"] }

    init(_ mask: Tensor) { self.mask = mask }

    override func forward(_ originals: [Tensor]) -> Tensor { originals[0] * mask }
}

private func pruning(_ module: Module, _ path: String) -> (parameter: Parameter, pruning: PruningParametrization?)? {
    guard let parameter = module.heldParameter(path) else {
        TensorError("\(type(of: module)) has no parameter \(path)").report(in: "prune")
        return nil
    }
    return (parameter, parameter.origin?.steps.first as? PruningParametrization)
}

private func setMask(_ module: Module, _ path: String, _ mask: (_ weight: Tensor, _ old: Tensor) throws(TensorError) -> Tensor) {
    guard let (parameter, present) = pruning(module, path) else { return }
    let weight = (present == nil ? parameter : parameter.origin?.originals[0] ?? parameter).value.detach()
    do throws(TensorError) {
        let fresh = try mask(weight, present?.mask ?? weight.onesLike())
        if let present {
            present.mask = fresh
        } else {
            module.reparametrize(path, PruningParametrization(fresh), naming: .suffixes(["_orig"]), caller: "prune")
        }
    } catch {
        error.report(in: "prune", operands: [weight])
    }
}

/// Keeps part of a parameter at zero: it becomes `weight_orig`, which is trained, times the buffer `weight_mask`. Repeated calls prune more
/// of what is left. Optimisers must be made afterwards. PyTorch: `torch.nn.utils.prune`.
///
///     prune(net.conv, "weight", .smallest(0.3))
@discardableResult
public func prune<M: Module>(_ module: M, _ path: String, _ method: PruningMethod) -> M {
    setMask(module, path) { weight, old throws(TensorError) in try method.mask(of: weight, old) }
    return module
}

/// Prunes the elements of the smallest magnitude among all these parameters. PyTorch: `torch.nn.utils.prune.global_unstructured`.
public func pruneGlobally(_ parameters: [(module: Module, path: String)], _ amount: PruningAmount) {
    let found = parameters.compactMap { module, path in pruning(module, path).map { ($0, module, path) } }
    guard found.count == parameters.count, !found.isEmpty else { return }
    let weights = found.map { entry, _, _ in
        let free = entry.pruning == nil ? entry.parameter : entry.parameter.origin?.originals[0] ?? entry.parameter
        return free.value.detach()
    }
    let masks = zip(found, weights).map { $0.0.pruning?.mask ?? $1.onesLike() }
    do throws(TensorError) {
        let all = try PruningMethod.lowest(amount, of: cat(weights.map { $0.flatten().abs() }), in: cat(masks.map { $0.flatten() }))
        for ((_, module, path), (weight, part)) in zip(found, zip(weights, all.split(weights.map(\.count)))) {
            setMask(module, path) { _, _ throws(TensorError) in part.reshape(weight.shape).contiguous() }
        }
    } catch {
        error.report(in: "pruneGlobally")
    }
}

/// Makes pruning final: the parameter is free again, with zeros where it was pruned. PyTorch: `torch.nn.utils.prune.remove`.
@discardableResult
public func removePruning<M: Module>(_ module: M, _ path: String) -> M {
    module.unparametrize(path, keepingComputedValue: true, caller: "removePruning") { $0 is PruningParametrization }
    return module
}

/// Whether any parameter of the module or of those below it is pruned. PyTorch: `torch.nn.utils.prune.is_pruned`.
public func isPruned(_ module: Module) -> Bool {
    module.modules().contains { part in
        part.members().contains { _, member in
            if case .parameter(let parameter) = member { return parameter.origin?.steps.first is PruningParametrization }
            return false
        }
    }
}
