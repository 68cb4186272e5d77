import Foundation

/// Where a gradient rule and finite differences disagree.
public struct GradientMismatch: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// Compares the gradients of `function` at `inputs` with central differences.
///
/// Complex numbers are checked part by part: a gradient's real part is the derivative with respect to the input's real part, its imaginary
/// part that with respect to the imaginary one.
///
/// - Parameters:
///   - inputs: float64 and complex128 tensors; all of them are checked. Values at which the function has a kink will fail rightly.
///   - epsilon: half the distance of the difference quotient.
///   - tolerances: a derivative `a` passes against the numeric `n` when |a − n| ≤ absolute + relative · |n|.
/// - Throws: ``GradientMismatch`` that names input, element and both numbers.
///
/// PyTorch: `torch.autograd.gradcheck`.
public func gradcheck(_ inputs: [Tensor], epsilon: Double = 1e-6, absoluteTolerance: Double = 1e-5, relativeTolerance: Double = 1e-3,
                      _ function: ([Tensor]) throws -> [Tensor]) throws {
    for (i, input) in inputs.enumerated() where input.dtype != .float64 && input.dtype != .complex128 {
        throw GradientMismatch(description: "gradcheck needs float64 or complex128 inputs (differences are too coarse otherwise); "
            + "input \(i) is \(input.dtype.name)")
    }
    let leaves = inputs.map { $0.detach().requiringGrad() }
    let outputs = try function(leaves)
    for (k, output) in outputs.enumerated() where output.dtype.isDifferentiable {
        // The Jacobian row by row: one backward per output number.
        let size = output.numbers().count
        var analytic = leaves.map { [Double](repeating: 0, count: $0.numbers().count * size) }
        if output.requiresGrad {
            for row in 0..<size {
                var unit = [Double](repeating: 0, count: size)
                unit[row] = 1
                let found = gradients(of: output, with: leaves, cotangent: Tensor(numbers: unit, like: output), retainGraph: true)
                for (i, gradient) in found.enumerated() {
                    guard let values = gradient?.numbers() else { continue }
                    for (column, value) in values.enumerated() { analytic[i][row * values.count + column] = value }
                }
            }
        }
        for (i, input) in inputs.enumerated() {
            let values = input.numbers()
            for column in values.indices {
                func evaluate(_ shift: Double) throws -> [Double] {
                    var moved = values
                    moved[column] += shift
                    var arguments = inputs.map { $0.detach() }
                    // Laid out as the given input is, so that non-contiguous inputs are checked as such.
                    arguments[i] = Tensor(numbers: moved, like: input).laidOut(like: input)
                    return try noGrad { try function(arguments)[k].numbers() }
                }
                let above = try evaluate(epsilon), below = try evaluate(-epsilon)
                for row in 0..<size {
                    let numeric = (above[row] - below[row]) / (2 * epsilon)
                    let exact = analytic[i][row * values.count + column]
                    guard abs(exact - numeric) <= absoluteTolerance + relativeTolerance * abs(numeric) else {
                        throw GradientMismatch(description: "output \(k), number \(row), with respect to input \(i), number \(column): "
                            + "the gradient rule gives \(exact), differences give \(numeric)")
                    }
                }
            }
        }
    }
}

/// Checks the gradients of the gradients: ``gradcheck(_:epsilon:absoluteTolerance:relativeTolerance:_:)`` of the vector–Jacobian product, with a fixed cotangent.
///
/// PyTorch: `torch.autograd.gradgradcheck`.
public func gradgradcheck(_ inputs: [Tensor], epsilon: Double = 1e-6, absoluteTolerance: Double = 1e-5, relativeTolerance: Double = 1e-3,
                          _ function: ([Tensor]) throws -> [Tensor]) throws {
    let shapes = try noGrad { try function(inputs) }
    // Irrational-looking weights, so that no error cancels by symmetry.
    let cotangents = shapes.enumerated().map { k, output in
        Tensor(numbers: output.numbers().indices.map { cos(Double($0) * 1.7 + Double(k) + 0.3) }, like: output)
    }
    try gradcheck(inputs + cotangents, epsilon: epsilon, absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance) { all in
        let arguments = Array(all.prefix(inputs.count)).map { $0.requiresGrad ? $0 : $0.detach().requiringGrad() }
        let weights = Array(all.suffix(cotangents.count))
        return try enableGrad {
            let outputs = try function(arguments)
            let chosen = outputs.indices.filter { outputs[$0].requiresGrad }
            let found = gradients(of: chosen.map { outputs[$0] }, with: arguments, cotangents: chosen.map { weights[$0] }, createGraph: true)
            return zip(found, arguments).map { $0 ?? $1.detach().zerosLike() }
        }
    }
}

extension Tensor {
    /// The elements as real numbers; of complex ones both parts in turn.
    fileprivate func numbers() -> [Double] {
        let x = detach()
        return (x.dtype.isComplex ? x.viewAsReal() : x).to(.float64).array()
    }

    /// The tensor of `other`'s shape whose ``numbers()`` these are: complex128 where the other is complex, else float64.
    fileprivate init(numbers: [Double], like other: Tensor) {
        self = other.dtype.isComplex
            ? Tensor(numbers, shape: other.shape + [2], dtype: .float64).viewAsComplex() : Tensor(numbers, shape: other.shape, dtype: .float64)
    }

    /// The same values in memory ordered like `other`, which may be neither contiguous nor dense.
    fileprivate func laidOut(like other: Tensor) -> Tensor {
        if other.isContiguous || other.strides.contains(where: { $0 <= 0 }) { return self }
        var span = 1
        for (size, stride) in zip(other.shape, other.strides) { span += (size - 1) * stride }
        guard count > 0 else { return self }
        let memory = Tensor.zeros([span], dtype: dtype)
        let view = memory.view(shape: shape, strides: other.strides, offset: 0)
        device.backend.copy(from: self, to: view)
        return view
    }
}
