import EmberDistributions
import EmberTensor
import Foundation

/// A row of reference.tsv: what SciPy or PyTorch answered.
struct Reference: Sendable, CustomStringConvertible {
    let what: String
    let family: String
    let parameters: String
    let arguments: [Double]
    let answers: [Double]

    var description: String { "\(what) of \(family)(\(parameters))" }

    static let all: [Reference] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("reference.tsv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Reference(what: fields[0], family: fields[1], parameters: fields[2], arguments: numbers(fields[3]),
                answers: numbers(fields[4]))
        }
    }()

    static func numbers(_ text: String) -> [Double] { text.split(separator: ",").compactMap { Double($0) } }

    static func rows(_ what: String...) -> [Reference] { all.filter { what.contains($0.what) } }

    /// The parameters as tensors: a number, or a vector.
    static func tensors(_ text: String, _ dtype: DType) -> [Tensor] {
        text.split(separator: ";").map { field in
            let values = numbers(String(field))
            return values.count == 1 ? Tensor(values[0], dtype: dtype) : Tensor(values, dtype: dtype)
        }
    }
}

/// Makes a member of the family of that name.
func member(_ family: String, _ p: [Tensor]) -> any Distribution {
    func matrix(_ rows: Tensor) -> Tensor { rows.reshape([Int(Double(rows.count).squareRoot()), -1]) }
    switch family {
    case "Normal": return Normal(loc: p[0], scale: p[1])
    case "HalfNormal": return HalfNormal(scale: p[0])
    case "LogNormal": return LogNormal(loc: p[0], scale: p[1])
    case "Uniform": return Uniform(low: p[0], high: p[1])
    case "Exponential": return Exponential(rate: p[0])
    case "Gamma": return Gamma(concentration: p[0], rate: p[1])
    case "InverseGamma": return InverseGamma(concentration: p[0], rate: p[1])
    case "Chi2": return Chi2(df: p[0])
    case "Beta": return Beta(concentration1: p[0], concentration0: p[1])
    case "Kumaraswamy": return Kumaraswamy(concentration1: p[0], concentration0: p[1])
    case "Cauchy": return Cauchy(loc: p[0], scale: p[1])
    case "HalfCauchy": return HalfCauchy(scale: p[0])
    case "Laplace": return Laplace(loc: p[0], scale: p[1])
    case "Gumbel": return Gumbel(loc: p[0], scale: p[1])
    case "Pareto": return Pareto(scale: p[0], alpha: p[1])
    case "Weibull": return Weibull(scale: p[0], concentration: p[1])
    case "StudentT": return StudentT(df: p[0], loc: p[1], scale: p[2])
    case "FisherSnedecor": return FisherSnedecor(df1: p[0], df2: p[1])
    case "VonMises": return VonMises(loc: p[0], concentration: p[1])
    case "ContinuousBernoulli": return ContinuousBernoulli(probs: p[0])
    case "Bernoulli": return Bernoulli(probs: p[0])
    case "Binomial": return Binomial(totalCount: p[0], probs: p[1])
    case "Geometric": return Geometric(probs: p[0])
    case "NegativeBinomial": return NegativeBinomial(totalCount: p[0], probs: p[1])
    case "Poisson": return Poisson(rate: p[0])
    case "LogitRelaxedBernoulli": return LogitRelaxedBernoulli(temperature: p[0], probs: p[1])
    case "RelaxedBernoulli": return RelaxedBernoulli(temperature: p[0], probs: p[1])
    case "Categorical": return Categorical(probs: p[0])
    case "OneHotCategorical": return OneHotCategorical(probs: p[0])
    case "OneHotCategoricalStraightThrough": return OneHotCategoricalStraightThrough(probs: p[0])
    case "Multinomial": return Multinomial(totalCount: Int(p[0].item()), probs: p[1])
    case "RelaxedOneHotCategorical": return RelaxedOneHotCategorical(temperature: p[0], probs: p[1])
    case "Dirichlet": return Dirichlet(concentration: p[0])
    case "LogisticNormal": return LogisticNormal(loc: p[0], scale: p[1])
    case "LKJCholesky": return LKJCholesky(size: Int(p[0].item()), concentration: p[1])
    case "MultivariateNormal": return MultivariateNormal(loc: p[0], covarianceMatrix: matrix(p[1]))
    case "LowRankMultivariateNormal":
        return LowRankMultivariateNormal(loc: p[0], covarianceFactor: p[1].reshape([p[0].count, -1]), covarianceDiagonal: p[2])
    case "Wishart": return Wishart(df: p[0], covarianceMatrix: matrix(p[1]))
    default: preconditionFailure("reference.tsv names a family that the tests do not know: \(family)")
    }
}

/// Whether two numbers agree to a part of their size, or to an absolute distance where that is given.
func agrees(_ a: Double, _ b: Double, relative: Double, absolute: Double = 0) -> Bool {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
    return a == b || abs(a - b) <= relative * abs(b) + absolute
}
