import Ember

/// The rows of one size: `a` is a batch of general matrices, or one made symmetric and positive definite from it.
private func rows(_ size: String, _ shape: Shape) -> [Row] {
    let n = shape[shape.count - 1]
    @Sendable func definite(_ a: Tensor) -> Tensor { a.matmul(a.mT) + Tensor.eye(n) * Double(n) }
    func general(_ name: String, _ call: @escaping @Sendable (Tensor) -> Tensor) -> Row {
        Row("\(name) \(size)", tolerance: 1e-2) {
            let a = Tensor.randn(shape) + Tensor.eye(n) * Double(n)
            return { call(a) }
        }
    }
    func symmetric(_ name: String, _ call: @escaping @Sendable (Tensor) -> Tensor) -> Row {
        Row("\(name) \(size)", tolerance: 1e-2) {
            let a = definite(Tensor.randn(shape))
            return { call(a) }
        }
    }
    return [
        Row("solve \(size)", tolerance: 1e-2) {
            let a = Tensor.randn(shape) + Tensor.eye(n) * Double(n), b = Tensor.randn(shape)
            return { a.solve(b) }
        },
        general("inv") { $0.inv() },
        general("det") { $0.slogdet().logAbsDet },
        general("lu") { $0.luFactor().lu },
        general("qr") { $0.qr().r.abs() },
        general("svd") { $0.svd(fullMatrices: false).s },
        symmetric("cholesky") { $0.cholesky() },
        symmetric("eigh") { $0.eigh().eigenvalues },
    ]
}

/// Decompositions and what is built on them: many small matrices and one large one.
let linearAlgebraRows: [Row] = rows("1024x4²", [1024, 4, 4]) + rows("512²", [512, 512]) + [
    Row("eigvals 128²", [128, 128], tolerance: 1e-2) { $0.eigvals().abs().sort().values },
    Row("lstsq 1000x50", [1000, 50], [1000, 4], tolerance: 1e-2) { $0.lstsq($1).solution },
    Row("pinv 256x128", [256, 128], tolerance: 1e-2) { $0.pinv() },
    Row("matrixExp 128²", [128, 128], tolerance: 1e-2) { ($0 * 0.05).matrixExp() },
    Row("solveTriangular 512²", [512, 512], [512, 512], tolerance: 1e-2) {
        ($0.tril() + Tensor.eye(512) * 100.0).solveTriangular($1, upper: false)
    },
    Row("cholesky 512², forward+backward", tolerance: 1e-2) {
        let x = Tensor.randn([512, 512]), a = (x.matmul(x.T) + Tensor.eye(512) * 512.0).requiringGrad()
        return { gradients(of: a.cholesky().sum(), with: [a])[0] ?? a }
    },
]
