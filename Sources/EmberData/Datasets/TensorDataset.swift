import EmberTensor

/// Inputs and targets that lie in memory: sample `i` is `(inputs[i], targets[i])`. PyTorch: `torch.utils.data.TensorDataset`.
public struct TensorDataset: Dataset {
    public let inputs: Tensor
    public let targets: Tensor
    private let inputRows: TensorRows
    private let targetRows: TensorRows

    /// Both tensors must have the same size in dimension 0. They are read without history.
    /// - Throws: ``DataError`` when the sizes differ or a tensor has no dimension.
    public init(_ inputs: Tensor, _ targets: Tensor) throws {
        inputRows = try TensorRows(inputs)
        targetRows = try TensorRows(targets)
        guard inputRows.count == targetRows.count else {
            throw DataError("\(inputRows.count) inputs do not go with \(targetRows.count) targets")
        }
        self.inputs = inputRows.tensor
        self.targets = targetRows.tensor
    }

    public var count: Int { inputRows.count }

    public subscript(i: Int) -> (Tensor, Tensor) { (inputs[i], targets[i]) }

    public func batch(at indices: [Int]) throws -> (Tensor, Tensor)? {
        (inputRows.gather(indices), targetRows.gather(indices))
    }
}

/// A tensor as a list of equally long rows along dimension 0, which can be gathered into a new tensor by one thread.
struct TensorRows: Sendable {
    let tensor: Tensor
    let count: Int
    private let rowShape: Shape
    private let rowBytes: Int

    init(_ tensor: Tensor) throws {
        guard tensor.rank > 0 else { throw DataError("a tensor without dimensions is no list of samples") }
        self.tensor = tensor.detach().contiguous()
        count = tensor.shape[0]
        rowShape = Array(tensor.shape.dropFirst())
        rowBytes = rowShape.reduce(tensor.dtype.size, *)
    }

    func gather(_ indices: [Int]) -> Tensor {
        let shape = [indices.count] + rowShape
        switch tensor.dtype {
        case .bool: return gather(indices, shape, as: Bool.self)
        case .uint8: return gather(indices, shape, as: UInt8.self)
        case .int8: return gather(indices, shape, as: Int8.self)
        case .int16: return gather(indices, shape, as: Int16.self)
        case .int32: return gather(indices, shape, as: Int32.self)
        case .int64: return gather(indices, shape, as: Int64.self)
        case .float16: return gather(indices, shape, as: Float16.self)
        case .bfloat16: return gather(indices, shape, as: BFloat16.self)
        case .float32: return gather(indices, shape, as: Float.self)
        case .float64: return gather(indices, shape, as: Double.self)
        case .complex64: return gather(indices, shape, as: Complex64.self)
        case .complex128: return gather(indices, shape, as: Complex128.self)
        case .uint16: return gather(indices, shape, as: UInt16.self)
        case .uint32: return gather(indices, shape, as: UInt32.self)
        case .uint64: return gather(indices, shape, as: UInt64.self)
        }
    }

    private func gather<Element: TensorElement>(_ indices: [Int], _ shape: Shape, as type: Element.Type) -> Tensor {
        tensor.withUnsafeBuffer(as: Element.self) { source in
            let rows = UnsafeRawBufferPointer(source)
            var gathered = [UInt8]()
            gathered.reserveCapacity(indices.count * rowBytes)
            for i in indices {
                precondition(i >= 0 && i < count, "sample \(i) of \(count)")
                gathered.append(contentsOf: rows[i * rowBytes ..< (i + 1) * rowBytes])
            }
            return gathered.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: tensor.dtype) }
        }
    }
}
