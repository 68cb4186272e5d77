import Ember

/// Factorisations, solvers, functions of matrices and their products.
let linearAlgebraCalls: [String: OperatorCall] = [
    // MARK: Solvers and inverses
    "linalg.solve": { arguments in
        .tensor(
            try arguments.tensor(0, "A").solve(
                try arguments.tensor(1, "B"), left: try arguments.bool(nil, "left", default: true)))
    },
    "linalg.solve_ex": { arguments in
        let result = try arguments.tensor(0, "A").solveEx(
            try arguments.tensor(1, "B"), left: try arguments.bool(nil, "left", default: true))
        return list([result.solution, result.info])
    },
    "linalg.solve_triangular": { arguments in
        .tensor(
            try arguments.tensor(0, "A").solveTriangular(
                try arguments.tensor(1, "B"), upper: try arguments.bool(nil, "upper", default: false),
                left: try arguments.bool(nil, "left", default: true),
                unitriangular: try arguments.bool(nil, "unitriangular", default: false)))
    },
    "triangular_solve": { arguments in
        let result = try arguments.tensor(0, "b").triangularSolve(
            try arguments.tensor(1, "A"), upper: try arguments.bool(2, "upper", default: true),
            transpose: try arguments.bool(3, "transpose", default: false),
            unitriangular: try arguments.bool(4, "unitriangular", default: false))
        return list([result.solution, result.coefficients])
    },
    "linalg.lstsq": { arguments in
        let result = try arguments.tensor(0, "A").lstsq(
            try arguments.tensor(1, "B"), rcond: try arguments.optionalDouble(2, "rcond"),
            driver: try arguments.choice(nil, "driver", default: LeastSquaresDriver.gelsy))
        // One variant of the samples keeps what has gradients.
        let all = [result.solution, result.residuals, result.rank, result.singularValues]
        return list(arguments.variant == "grad_oriented" ? Array(all.prefix(2)) : all)
    },
    "linalg.inv": unary { $0.inv() }, "inverse": unary { $0.inv() },
    "linalg.inv_ex": { arguments in
        let result = try arguments.tensor(0, "A").invEx()
        return list([result.inverse, result.info])
    },
    "linalg.pinv": { arguments in
        // The samples of singular matrices give two factors of one.
        let first = try arguments.tensor(0, "A"), second = try arguments.optionalTensor(1, "b")
        return .tensor(
            (second.map { first.matmul($0.mT) } ?? first).pinv(
                rtol: try tolerance(arguments, "rtol"), atol: try tolerance(arguments, "atol"),
                hermitian: try arguments.bool(nil, "hermitian", default: false)))
    },
    "pinverse": { .tensor(try $0.tensor(0, "input").pinv(rtol: try $0.double(1, "rcond", default: 1e-15))) },
    "linalg.matrix_rank": { arguments in
        .tensor(
            try arguments.tensor(0, "A").matrixRank(
                rtol: try tolerance(arguments, "rtol"), atol: try tolerance(arguments, "atol"),
                hermitian: try arguments.bool(nil, "hermitian", default: false)))
    },
    "linalg.tensorinv": { .tensor(try $0.tensor(0, "A").tensorinv(ind: try $0.int(1, "ind", default: 2))) },
    "linalg.tensorsolve": {
        .tensor(
            try $0.tensor(0, "A").tensorsolve(try $0.tensor(1, "B"), dims: try $0.ints(2, "dims", default: [])))
    },

    // MARK: Determinants
    "linalg.det": unary { $0.det() }, "logdet": unary { $0.logdet() },
    "linalg.slogdet": { arguments in
        let result = try arguments.tensor(0, "A").slogdet()
        return list([result.sign, result.logAbsDet])
    },

    // MARK: Cholesky and LDL
    "cholesky": { .tensor(try $0.tensor(0, "A").cholesky(upper: try $0.bool(1, "upper", default: false))) },
    "linalg.cholesky": { .tensor(try $0.tensor(0, "A").cholesky(upper: try $0.bool(nil, "upper", default: false))) },
    "linalg.cholesky_ex": { arguments in
        let result = try arguments.tensor(0, "A").choleskyEx(
            upper: try arguments.bool(nil, "upper", default: false))
        return list([result.factor, result.info])
    },
    "cholesky_solve": {
        .tensor(
            try $0.tensor(0, "B").choleskySolve(
                try $0.tensor(1, "L"), upper: try $0.bool(2, "upper", default: false)))
    },
    "cholesky_inverse": {
        .tensor(try $0.tensor(0, "L").choleskyInverse(upper: try $0.bool(1, "upper", default: false)))
    },
    "linalg.ldl_factor": { arguments in
        let result = try arguments.tensor(0, "A").ldlFactor(
            hermitian: try arguments.bool(nil, "hermitian", default: false))
        return list([result.ld, result.pivots])
    },
    "linalg.ldl_factor_ex": { arguments in
        let result = try arguments.tensor(0, "A").ldlFactorEx(
            hermitian: try arguments.bool(nil, "hermitian", default: false))
        return list([result.ld, result.pivots, result.info])
    },
    "linalg.ldl_solve": {
        .tensor(
            try $0.tensor(0, "LD").ldlSolve(
                try $0.tensor(1, "pivots"), try $0.tensor(2, "B"),
                hermitian: try $0.bool(nil, "hermitian", default: false)))
    },

    // MARK: LU
    "linalg.lu": { arguments in
        let result = try arguments.tensor(0, "A").lu(pivot: try arguments.bool(nil, "pivot", default: true))
        return list([result.p, result.l, result.u])
    },
    "linalg.lu_factor": { arguments in
        let result = try arguments.tensor(0, "A").luFactor(pivot: try arguments.bool(nil, "pivot", default: true))
        return list([result.lu, result.pivots])
    },
    "linalg.lu_factor_ex": { arguments in
        let result = try arguments.tensor(0, "A").luFactorEx(pivot: try arguments.bool(nil, "pivot", default: true))
        return list([result.lu, result.pivots, result.info])
    },
    "lu": { arguments in
        let result = try arguments.tensor(0, "A").luFactorEx(pivot: try arguments.bool(1, "pivot", default: true))
        let withInfo = try arguments.bool(2, "get_infos", default: false)
        return list(withInfo ? [result.lu, result.pivots, result.info] : [result.lu, result.pivots])
    },
    "lu_unpack": { arguments in
        let result = try arguments.tensor(0, "LU").luUnpack(try arguments.tensor(1, "pivots"))
        return list([result.p, result.l, result.u])
    },
    "lu_solve": {
        .tensor(try $0.tensor(1, "LU").luSolve(try $0.tensor(2, "pivots"), try $0.tensor(0, "b")))
    },
    "linalg.lu_solve": {
        .tensor(
            try $0.tensor(0, "LU").luSolve(
                try $0.tensor(1, "pivots"), try $0.tensor(2, "B"),
                left: try $0.bool(nil, "left", default: true), adjoint: try $0.bool(nil, "adjoint", default: false)))
    },

    // MARK: QR
    "linalg.qr": { arguments in
        let result = try arguments.tensor(0, "A").qr(mode: try arguments.choice(1, "mode", default: QRMode.reduced))
        return list([result.q, result.r])
    },
    "qr": { arguments in
        let some = try arguments.bool(1, "some", default: true)
        let result = try arguments.tensor(0, "input").qr(mode: some ? .reduced : .complete)
        return list([result.q, result.r])
    },
    "geqrf": { arguments in
        let result = try arguments.tensor(0, "input").geqrf()
        return list([result.a, result.tau])
    },
    "linalg.householder_product": {
        .tensor(try $0.tensor(0, "A").householderProduct(try $0.tensor(1, "tau")))
    },
    "ormqr": {
        .tensor(
            try $0.tensor(0, "input").ormqr(
                try $0.tensor(1, "tau"), try $0.tensor(2, "other"), left: try $0.bool(3, "left", default: true),
                transpose: try $0.bool(4, "transpose", default: false)))
    },

    // MARK: Singular values and eigenvalues
    "linalg.svd": { arguments in
        let result = try arguments.tensor(0, "A").svd(
            fullMatrices: try arguments.bool(1, "full_matrices", default: true))
        return list([result.u, result.s, result.vh])
    },
    "svd": { arguments in
        let some = try arguments.bool(1, "some", default: true)
        let result = try arguments.tensor(0, "input").svd(fullMatrices: !some)
        return list([result.u, result.s, result.vh.adjoint()])
    },
    "linalg.svdvals": unary { $0.svdvals() },
    "svd_lowrank": { arguments in
        let a = try product(arguments)
        let result = a.svdLowrank(
            q: try arguments.int(nil, "q", default: 6), niter: try arguments.int(nil, "niter", default: 2),
            mean: try arguments.optionalTensor(nil, "M"))
        return list([result.u, result.s, result.v])
    },
    "pca_lowrank": { arguments in
        let a = try product(arguments)
        let result = a.pcaLowrank(
            q: try arguments.optionalInt(nil, "q"), center: try arguments.bool(nil, "center", default: true),
            niter: try arguments.int(nil, "niter", default: 2))
        return list([result.u, result.s, result.v])
    },
    "linalg.eigh": { arguments in
        let result = try arguments.tensor(0, "A").eigh(upper: try isUpper(arguments))
        return list([result.eigenvalues, result.eigenvectors])
    },
    "linalg.eig": { arguments in
        let result = try arguments.tensor(0, "A").eig()
        return list([result.eigenvalues, result.eigenvectors])
    },
    "linalg.eigvals": unary { $0.eigvals() },
    "linalg.eigvalsh": { .tensor(try $0.tensor(0, "A").eigvalsh(upper: try isUpper($0))) },

    // MARK: Functions of matrices
    "matrix_exp": unary { $0.matrixExp() }, "linalg.matrix_exp": unary { $0.matrixExp() },
    "linalg.matrix_power": { .tensor(try $0.tensor(0, "A").matrixPower(try $0.int(1, "n"))) },
    "linalg.cond": { .tensor(try $0.tensor(0, "A").cond(try matrixNorm($0.value(1, "p"), default: .two))) },
    "linalg.multi_dot": { .tensor(multiDot(try $0.tensors(0, "tensors"))) },

    // MARK: Products
    "cross": { arguments in
        let a = try arguments.tensor(0, "input"), b = try arguments.tensor(1, "other")
        // Without dim it is the first one of size 3.
        let dim = try arguments.optionalInt(2, "dim") ?? a.shape.firstIndex(of: 3) ?? -1
        return .tensor(a.cross(b, dim: dim))
    },
    "linalg.cross": {
        .tensor(
            try $0.tensor(0, "input").cross(try $0.tensor(1, "other"), dim: try $0.int(nil, "dim", default: -1)))
    },
    "linalg.vecdot": {
        .tensor(try $0.tensor(0, "x").vecdot(try $0.tensor(1, "y"), dim: try $0.int(nil, "dim", default: -1)))
    },
    "linalg.vander": { .tensor(try $0.tensor(0, "x").vander(try $0.optionalInt(nil, "N"))) },
    "kron": tensorPair { $0.kron($1) }, "trace": unary { $0.trace() }, "t": unary { $0.t() },

    // MARK: Norms
    "linalg.vector_norm": { arguments in
        .tensor(
            try arguments.tensor(0, "x").vectorNorm(
                try arguments.double(1, "ord", default: 2), try arguments.ints(2, "dim", default: []),
                keepDim: try arguments.bool(3, "keepdim", default: false),
                dtype: try arguments.optionalDType(nil, "dtype")))
    },
    "linalg.matrix_norm": { arguments in
        let dims = try arguments.ints(2, "dim", default: [-2, -1])
        guard dims.count == 2 else { throw IllTyped("linalg.matrix_norm: takes two dimensions") }
        return .tensor(
            try arguments.tensor(0, "A").matrixNorm(
                try matrixNorm(arguments.value(1, "ord"), default: .frobenius), rows: dims[0], columns: dims[1],
                keepDim: try arguments.bool(3, "keepdim", default: false),
                dtype: try arguments.optionalDType(nil, "dtype")))
    },
    "linalg.norm": { arguments in
        let x = try arguments.tensor(0, "A"), keepDim = try arguments.bool(3, "keepdim", default: false)
        let order = arguments.value(1, "ord"), dims = try arguments.optionalInts(2, "dim")
        let dtype = try arguments.optionalDType(nil, "dtype")
        if case .none = order { return .tensor(x.vectorNorm(2, dims ?? [], keepDim: keepDim, dtype: dtype)) }
        if dims?.count == 2 || dims == nil && x.rank == 2 {
            let pair = dims ?? [-2, -1]
            return .tensor(
                x.matrixNorm(
                    try matrixNorm(order, default: .frobenius), rows: pair[0], columns: pair[1], keepDim: keepDim,
                    dtype: dtype))
        }
        return .tensor(
            x.vectorNorm(try arguments.double(1, "ord"), dims ?? [], keepDim: keepDim, dtype: dtype))
    },
    "norm": { arguments in
        let x = try arguments.tensor(0, "input"), keepDim = try arguments.bool(3, "keepdim", default: false)
        let dims = try arguments.optionalInts(2, "dim"), dtype = try arguments.optionalDType(nil, "dtype")
        switch arguments.value(1, "p") {
        case .none, .string("fro"):
            return .tensor((dtype.map { x.to($0) } ?? x).norm(2, dims ?? [], keepDim: keepDim))
        case .string("nuc"):
            let pair = dims ?? [-2, -1]
            guard pair.count == 2 else { throw IllTyped("norm: the nuclear norm takes two dimensions") }
            return .tensor(x.matrixNorm(.nuclear, rows: pair[0], columns: pair[1], keepDim: keepDim, dtype: dtype))
        default:
            return .tensor(
                (dtype.map { x.to($0) } ?? x).norm(try arguments.double(1, "p"), dims ?? [], keepDim: keepDim))
        }
    },
]

/// The samples of low rank give two factors: a b ᵀ.
private func product(_ arguments: Arguments) throws -> Tensor {
    try arguments.tensor(0, "a").matmul(try arguments.tensor(1, "b").mT)
}

private func tolerance(_ arguments: Arguments, _ name: String) throws -> (any Tolerance)? {
    if case .tensor(let tensor) = arguments.value(nil, name) { return tensor }
    return try arguments.optionalDouble(nil, name)
}

private func isUpper(_ arguments: Arguments) throws -> Bool {
    switch try arguments.string(1, "UPLO", default: "L") {
    case "L": return false
    case "U": return true
    case let other: throw IllTyped("\(arguments.operation): upper is true or false, not \(other)")
    }
}

private func matrixNorm(_ order: Value, default fallback: MatrixNorm) throws -> MatrixNorm {
    let number: Double
    switch order {
    case .none: return fallback
    case .string("fro"): return .frobenius
    case .string("nuc"): return .nuclear
    case .int(let value): number = Double(value)
    case .double(let value): number = value
    default: throw IllTyped("MatrixNorm has no case \(order.kind)")
    }
    switch number {
    case 1: return .one
    case -1: return .negativeOne
    case 2: return .two
    case -2: return .negativeTwo
    case .infinity: return .infinity
    case -.infinity: return .negativeInfinity
    default: throw IllTyped("MatrixNorm has no case \(number)")
    }
}
