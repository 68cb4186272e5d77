/// What operands of linear algebra must be, and how LAPACK wants them to lie.
enum MatrixRule {
    /// Matrices of a type that factorisations exist for.
    static func check(_ x: Tensor, _ name: String = "the operand") throws(TensorError) {
        guard x.rank >= 2 else {
            throw TensorError("\(name) must be a matrix or a batch of matrices, it has shape \(x.shape)")
        }
        try checkType(x, name)
        // LAPACK counts elements in 32 bits.
        let rows = x.shape[x.rank - 2], columns = x.shape[x.rank - 1]
        guard Swift.max(rows, 1).multipliedReportingOverflow(by: Swift.max(columns, 1)).partialValue <= Int(Int32.max) else {
            throw TensorError("\(name) has matrices of \(rows)×\(columns) elements, more than the \(Int32.max) that LAPACK can address")
        }
    }

    static func checkType(_ x: Tensor, _ name: String = "the operand") throws(TensorError) {
        guard x.dtype.hasFactorizations else {
            throw TensorError("\(name) is \(x.dtype.name); factorisations exist for float32 and float64, real or complex; convert it first")
        }
    }

    static func checkSquare(_ x: Tensor, _ name: String = "the operand") throws(TensorError) {
        try check(x, name)
        guard x.shape[x.rank - 2] == x.shape[x.rank - 1] else {
            throw TensorError("\(name) must have square matrices, they are \(x.shape[x.rank - 2])×\(x.shape[x.rank - 1])")
        }
    }

    static func checkSameType(_ operands: [Tensor]) throws(TensorError) {
        for operand in operands where operand.dtype != operands[0].dtype {
            throw TensorError("the operands have different element types, \(operands[0].dtype.name) and \(operand.dtype.name); convert one")
        }
    }

    /// Both with the batch dimensions that theirs broadcast to.
    static func broadcastBatches(_ a: Tensor, _ b: Tensor) throws(TensorError) -> (Tensor, Tensor) {
        let batch: Shape
        do throws(TensorError) {
            batch = try ShapeRule.broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
        } catch {
            throw TensorError("the batch dimensions before the matrices do not broadcast: \(error.reason)")
        }
        return (a.expand(batch + a.shape.suffix(2)), b.expand(batch + b.shape.suffix(2)))
    }

    /// Throws for the first matrix whose `info` is not 0; `what` describes the failure at that 1-based place.
    static func check(_ info: Tensor, _ what: (Int) -> String) throws(TensorError) {
        let values: [Int32] = info.array()
        guard let first = values.firstIndex(where: { $0 != 0 }) else { return }
        var matrix = "the matrix"
        if info.rank > 0 {
            var rest = first, index: [Int] = []
            for size in info.shape.reversed() { index.insert(rest % size, at: 0); rest /= size }
            matrix = "matrix \(index.count == 1 ? "\(index[0])" : "\(index)") of the batch"
        }
        if values[first] == LinearAlgebraInfo.notFinite { throw TensorError("\(matrix) has NaN or infinite elements") }
        throw TensorError("\(matrix) \(what(Int(values[first])))")
    }
}

extension DType {
    /// The types that LAPACK knows.
    var hasFactorizations: Bool { self == .float32 || self == .float64 || isComplex }
}

extension Tensor {
    /// The dimensions before the matrices.
    var batchShape: Shape { Array(shape.dropLast(2)) }

    /// The matrices' numbers of rows and columns.
    var matrixSize: (rows: Int, columns: Int) { (shape[rank - 2], shape[rank - 1]) }

    /// Uninitialised column-major matrices, as LAPACK writes them.
    static func emptyMatrices(_ batch: Shape, _ rows: Int, _ columns: Int, _ dtype: DType, device: Device) -> Tensor {
        var strides = ShapeRule.contiguousStrides(batch + [columns, rows])
        strides.swapAt(strides.count - 2, strides.count - 1)
        return Tensor.empty(batch + [rows, columns], dtype, device: device, strides: strides)
    }

    /// A column-major copy, without history, for LAPACK to work in.
    func columnMajorCopy() -> Tensor {
        let result = Tensor.emptyMatrices(batchShape, matrixSize.rows, matrixSize.columns, dtype, device: device)
        device.backend.copy(from: self, to: result)
        return result
    }

    /// Whether the matrices lie column-major without gaps, one after another.
    var isColumnMajor: Bool {
        var shape = self.shape, strides = self.strides
        shape.swapAt(rank - 2, rank - 1)
        strides.swapAt(rank - 2, rank - 1)
        return ShapeRule.isContiguous(shape, strides)
    }

    /// Identity matrices of this tensor's type.
    func identityMatrices(_ batch: Shape, _ rows: Int, _ columns: Int? = nil) -> Tensor {
        Tensor.eye(rows, columns, dtype: dtype).expand(batch + [rows, columns ?? rows])
    }
}
