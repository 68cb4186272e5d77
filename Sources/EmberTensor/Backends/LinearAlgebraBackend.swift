/// Factorisations and solvers that a device offers as primitives.
///
/// Operands are batches of matrices, column-major without gaps (``Tensor/emptyMatrices(_:_:_:_:device:)``), of float32, float64 or
/// their complex counterparts, with at least one element. `info` (int32, one number a matrix) tells where an algorithm stopped: 0 for
/// success, a 1-based pivot, minor or value otherwise, ``LinearAlgebraInfo/notFinite`` for a matrix that was not even tried.
protocol LinearAlgebraBackend {
    /// A = P·L·U in place; row i was exchanged with row pivots[i] - 1.
    func luFactor(_ a: Tensor, pivoting: Bool, pivots: Tensor, info: Tensor)

    /// `b` becomes the solution of A·X = B, or Aᴴ·X = B.
    func luSolve(_ lu: Tensor, pivots: Tensor, adjoint: Bool, into b: Tensor)

    /// The inverse in place.
    func invert(_ a: Tensor, info: Tensor)

    /// A = L·Lᴴ or Uᴴ·U in place; the other triangle becomes zero.
    func cholesky(_ a: Tensor, upper: Bool, info: Tensor)

    /// A = L·D·Lᵀ or L·D·Lᴴ in place, from the lower triangle.
    func ldlFactor(_ a: Tensor, hermitian: Bool, pivots: Tensor, info: Tensor)

    /// `b` becomes the solution of A·X = B.
    func ldlSolve(_ ld: Tensor, pivots: Tensor, hermitian: Bool, into b: Tensor)

    /// `b` becomes the solution of A·X = B (`left`) or X·A = B for triangular A. `a` may lie row-major instead.
    func triangularSolve(_ a: Tensor, left: Bool, upper: Bool, unitriangular: Bool, into b: Tensor)

    /// R and Householder's reflectors in place, with their factors.
    func qrFactor(_ a: Tensor, tau: Tensor)

    /// The first columns of the product of the reflectors in `q`, in place.
    func qrForm(_ q: Tensor, tau: Tensor)

    /// Singular values, falling, and vectors; `a` is overwritten. Without `u` and `vh` only values.
    func svd(_ a: Tensor, full: Bool, values: Tensor, u: Tensor?, vh: Tensor?, info: Tensor)

    /// Eigenvalues, rising, of Hermitian matrices given by one triangle; `a` becomes the eigenvectors.
    func eigh(_ a: Tensor, upper: Bool, vectors: Bool, values: Tensor, info: Tensor)

    /// Eigenvalues and, if asked for, right eigenvectors of length 1 of any square matrices, complex; `a` is overwritten.
    func eig(_ a: Tensor, values: Tensor, vectors: Tensor?, info: Tensor)

    /// Least-squares solutions. `a` is overwritten; `b` has max(m, n) rows, of which the first n become the solution.
    func leastSquares(_ a: Tensor, driver: LeastSquaresDriver, rcond: Double, into b: Tensor, ranks: Tensor, singularValues: Tensor,
                      info: Tensor)

    /// exp(A) of float64 or complex128 matrices.
    func matrixExp(_ a: Tensor, into result: Tensor)
}

/// What `info` says.
enum LinearAlgebraInfo {
    /// The matrix has NaN or infinities.
    static let notFinite: Int32 = -1
}
