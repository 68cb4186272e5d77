import CEmber

/// The size of matrices and how many there are.
private struct MatrixExtent {
    let batch, rows, columns: Int64

    init(_ x: Tensor) {
        batch = Int64(ShapeRule.count(Array(x.shape.dropLast(2))))
        rows = Int64(x.shape[x.rank - 2])
        columns = Int64(x.shape[x.rank - 1])
    }
}

extension Tensor {
    fileprivate var int32Pointer: UnsafeMutablePointer<Int32> { pointer.assumingMemoryBound(to: Int32.self) }
}

extension CPUBackend {
    func luFactor(_ a: Tensor, pivoting: Bool, pivots: Tensor, info: Tensor) {
        let extent = MatrixExtent(a)
        ember_lu_factor(a.dtype.rawValue, extent.batch, extent.rows, extent.columns, pivoting, a.pointer, pivots.int32Pointer,
                        info.int32Pointer)
    }

    func luSolve(_ lu: Tensor, pivots: Tensor, adjoint: Bool, into b: Tensor) {
        let extent = MatrixExtent(b)
        ember_lu_solve(b.dtype.rawValue, extent.batch, extent.rows, extent.columns, adjoint, lu.pointer, pivots.int32Pointer, b.pointer)
    }

    func invert(_ a: Tensor, info: Tensor) {
        let extent = MatrixExtent(a)
        ember_invert(a.dtype.rawValue, extent.batch, extent.rows, a.pointer, info.int32Pointer)
    }

    func cholesky(_ a: Tensor, upper: Bool, info: Tensor) {
        let extent = MatrixExtent(a)
        ember_cholesky(a.dtype.rawValue, extent.batch, extent.rows, upper, a.pointer, info.int32Pointer)
    }

    func ldlFactor(_ a: Tensor, hermitian: Bool, pivots: Tensor, info: Tensor) {
        let extent = MatrixExtent(a)
        ember_ldl_factor(a.dtype.rawValue, extent.batch, extent.rows, hermitian, a.pointer, pivots.int32Pointer, info.int32Pointer)
    }

    func ldlSolve(_ ld: Tensor, pivots: Tensor, hermitian: Bool, into b: Tensor) {
        let extent = MatrixExtent(b)
        ember_ldl_solve(b.dtype.rawValue, extent.batch, extent.rows, extent.columns, hermitian, ld.pointer, pivots.int32Pointer, b.pointer)
    }

    func triangularSolve(_ a: Tensor, left: Bool, upper: Bool, unitriangular: Bool, into b: Tensor) {
        let extent = MatrixExtent(b)
        ember_triangular_solve(b.dtype.rawValue, extent.batch, left, upper, !a.isColumnMajor, unitriangular, extent.rows,
                               extent.columns, a.pointer, b.pointer)
    }

    func qrFactor(_ a: Tensor, tau: Tensor) {
        let extent = MatrixExtent(a)
        ember_qr_factor(a.dtype.rawValue, extent.batch, extent.rows, extent.columns, a.pointer, tau.pointer)
    }

    func qrForm(_ q: Tensor, tau: Tensor) {
        let extent = MatrixExtent(q)
        ember_qr_form(q.dtype.rawValue, extent.batch, extent.rows, extent.columns, Int64(tau.shape[tau.rank - 1]), q.pointer, tau.pointer)
    }

    func svd(_ a: Tensor, full: Bool, values: Tensor, u: Tensor?, vh: Tensor?, info: Tensor) {
        let extent = MatrixExtent(a)
        let vectors = u == nil ? EMBER_SVD_VALUES_ONLY : full ? EMBER_SVD_FULL : EMBER_SVD_REDUCED
        ember_svd(a.dtype.rawValue, extent.batch, extent.rows, extent.columns, vectors, a.pointer, values.pointer, u?.pointer, vh?.pointer,
                  info.int32Pointer)
    }

    func eigh(_ a: Tensor, upper: Bool, vectors: Bool, values: Tensor, info: Tensor) {
        let extent = MatrixExtent(a)
        ember_eigh(a.dtype.rawValue, extent.batch, extent.rows, upper, vectors, a.pointer, values.pointer, info.int32Pointer)
    }

    func eig(_ a: Tensor, values: Tensor, vectors: Tensor?, info: Tensor) {
        let extent = MatrixExtent(a)
        ember_eig(a.dtype.rawValue, extent.batch, extent.rows, a.pointer, values.pointer, vectors?.pointer, info.int32Pointer)
    }

    func leastSquares(_ a: Tensor, driver: LeastSquaresDriver, rcond: Double, into b: Tensor, ranks: Tensor, singularValues: Tensor,
                      info: Tensor) {
        let extent = MatrixExtent(a)
        let routine = switch driver {
        case .gels: EMBER_GELS
        case .gelsy: EMBER_GELSY
        case .gelsd: EMBER_GELSD
        case .gelss: EMBER_GELSS
        }
        ember_least_squares(a.dtype.rawValue, extent.batch, extent.rows, extent.columns, Int64(b.shape[b.rank - 1]), routine, rcond,
                            a.pointer, b.pointer, ranks.pointer.assumingMemoryBound(to: Int64.self), singularValues.pointer,
                            info.int32Pointer)
    }

    func matrixExp(_ a: Tensor, into result: Tensor) {
        let extent = MatrixExtent(a)
        ember_matrix_exp(a.dtype.rawValue, extent.batch, extent.rows, a.pointer, result.pointer)
    }
}
