import CEmber

extension CPUBackend {
    func sample(_ distribution: RandomDistribution, _ generator: inout ember_generator, into result: Tensor) {
        let out = result.pointer, dtype = result.dtype.rawValue, count = Int64(result.count)
        switch distribution {
        case .uniform(let from, let to):
            ember_random_uniform(&generator, out, dtype, count, from, to)
        case .normal(let mean, let std):
            ember_random_normal(&generator, out, dtype, count, mean, std, result.isContiguous)
        case .logNormal(let mean, let std):
            ember_random_log_normal(&generator, out, dtype, count, mean, std)
        case .exponential(let rate):
            ember_random_exponential(&generator, out, dtype, count, rate)
        case .cauchy(let median, let sigma):
            ember_random_cauchy(&generator, out, dtype, count, median, sigma)
        case .bernoulli(let p):
            ember_random_bernoulli(&generator, out, dtype, count, p)
        case .geometric(let p):
            ember_random_geometric(&generator, out, dtype, count, p)
        case .dropoutMask(let p):
            ember_random_dropout_mask(&generator, out, dtype, count, p)
        case .integers(let base, let range):
            ember_random_integers(&generator, out, dtype, count, Int64(base), range)
        case .permutation:
            ember_random_permutation(&generator, out, dtype, count)
        }
    }

    func sample(_ distribution: ParametricDistribution, _ generator: inout ember_generator, parameters: [Tensor],
                into result: Tensor) throws(TensorError) {
        let out = result.pointer, dtype = result.dtype.rawValue, count = Int64(result.count), first = parameters[0]
        switch distribution {
        case .bernoulli:
            guard ember_random_bernoulli_tensor(&generator, out, dtype, count, first.pointer, first.dtype.rawValue) == 0 else {
                throw TensorError("every probability must lie in 0 through 1")
            }
        case .poisson:
            guard ember_random_poisson(&generator, out, first.pointer, dtype, count) == 0 else {
                throw TensorError("every rate must be a number that is not negative")
            }
        case .standardGamma:
            ember_random_standard_gamma(&generator, out, first.pointer, dtype, count)
        case .dirichlet:
            let categories = result.shape.last ?? 1
            guard count > 0 else { return }
            ember_random_dirichlet(&generator, out, first.pointer, dtype, count / Int64(categories), Int64(categories))
        case .binomial:
            ember_random_binomial(&generator, out, first.pointer, parameters[1].pointer, dtype, count)
        }
    }

    func sampleCategories(_ weights: Tensor, _ generator: inout ember_generator, replacement: Bool, into result: Tensor) throws(TensorError) {
        let rows = weights.rank == 2 ? weights.shape[0] : 1
        let status = ember_random_multinomial(
            &generator, result.pointer.assumingMemoryBound(to: Int64.self), weights.pointer, weights.dtype.rawValue, Int64(rows),
            Int64(weights.shape[weights.rank - 1]), Int64(result.shape[result.rank - 1]), replacement)
        switch Int(status) {
        case EMBER_MULTINOMIAL_OK: return
        case EMBER_MULTINOMIAL_INVALID_WEIGHT: throw TensorError("a weight is negative, infinite or not a number")
        case EMBER_MULTINOMIAL_ZERO_SUM: throw TensorError("the weights of a row sum to zero")
        default: fatalError("Ember: out of memory in multinomial")
        }
    }
}
