import Ember

/// How an optimiser is built from PyTorch's keyword arguments.
typealias OptimizerCall = @Sendable ([Parameter], Arguments) throws -> Optimizer

/// The numbers that most optimisers have.
private struct CommonSettings {
    let rate: Double
    let decay: Double
    let maximize: Bool
    let epsilon: Double
    let betas: (Double, Double)

    init(_ arguments: Arguments, rate: Double, decay: Double = 0, epsilon: Double = 1e-8) throws {
        self.rate = try arguments.double(nil, "lr", default: rate)
        self.decay = try arguments.double(nil, "weight_decay", default: decay)
        maximize = try arguments.bool(nil, "maximize", default: false)
        self.epsilon = try arguments.double(nil, "eps", default: epsilon)
        betas = try pair(arguments, "betas", (0.9, 0.999))
        // How the arithmetic is carried out does not change it.
        arguments.ignore("foreach", "fused", "capturable", "differentiable")
    }
}

private func pair(_ arguments: Arguments, _ name: String, _ fallback: (Double, Double)) throws -> (Double, Double) {
    guard arguments.has(nil, name) else { return fallback }
    let values = try arguments.doubles(nil, name)
    guard values.count == 2 else { throw IllTyped("\(name) are two numbers") }
    return (values[0], values[1])
}

let optimizerCalls: [String: OptimizerCall] = [
    "SGD": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1e-3)
        return SGD(
            parameters, learningRate: common.rate, momentum: try arguments.double(nil, "momentum", default: 0),
            dampening: try arguments.double(nil, "dampening", default: 0), weightDecay: common.decay,
            nesterov: try arguments.bool(nil, "nesterov", default: false), maximize: common.maximize)
    },
    "Adam": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1e-3)
        return Adam(
            parameters, learningRate: common.rate, betas: common.betas, epsilon: common.epsilon,
            weightDecay: common.decay,
            amsgrad: try arguments.bool(nil, "amsgrad", default: false), maximize: common.maximize)
    },
    "AdamW": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1e-3, decay: 1e-2)
        return AdamW(
            parameters, learningRate: common.rate, betas: common.betas, epsilon: common.epsilon,
            weightDecay: common.decay,
            amsgrad: try arguments.bool(nil, "amsgrad", default: false), maximize: common.maximize)
    },
    "Adamax": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 2e-3)
        return Adamax(
            parameters, learningRate: common.rate, betas: common.betas, epsilon: common.epsilon,
            weightDecay: common.decay, maximize: common.maximize)
    },
    "NAdam": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 2e-3)
        return NAdam(
            parameters, learningRate: common.rate, betas: common.betas, epsilon: common.epsilon,
            weightDecay: common.decay,
            momentumDecay: try arguments.double(nil, "momentum_decay", default: 4e-3),
            decoupledWeightDecay: try arguments.bool(nil, "decoupled_weight_decay", default: false),
            maximize: common.maximize)
    },
    "RAdam": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1e-3)
        return RAdam(
            parameters, learningRate: common.rate, betas: common.betas, epsilon: common.epsilon,
            weightDecay: common.decay,
            decoupledWeightDecay: try arguments.bool(nil, "decoupled_weight_decay", default: false),
            maximize: common.maximize)
    },
    "Adadelta": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1, epsilon: 1e-6)
        return Adadelta(
            parameters, learningRate: common.rate, rho: try arguments.double(nil, "rho", default: 0.9),
            epsilon: common.epsilon,
            weightDecay: common.decay, maximize: common.maximize)
    },
    "Adagrad": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1e-2, epsilon: 1e-10)
        return Adagrad(
            parameters, learningRate: common.rate, learningRateDecay: try arguments.double(nil, "lr_decay", default: 0),
            weightDecay: common.decay,
            initialAccumulator: try arguments.double(nil, "initial_accumulator_value", default: 0),
            epsilon: common.epsilon, maximize: common.maximize)
    },
    "RMSprop": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1e-2)
        return RMSprop(
            parameters, learningRate: common.rate, alpha: try arguments.double(nil, "alpha", default: 0.99),
            epsilon: common.epsilon,
            weightDecay: common.decay, momentum: try arguments.double(nil, "momentum", default: 0),
            centered: try arguments.bool(nil, "centered", default: false), maximize: common.maximize)
    },
    "Rprop": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1e-2)
        return Rprop(
            parameters, learningRate: common.rate, etas: try pair(arguments, "etas", (0.5, 1.2)),
            stepSizes: try pair(arguments, "step_sizes", (1e-6, 50)),
            maximize: common.maximize)
    },
    "ASGD": { parameters, arguments in
        let common = try CommonSettings(arguments, rate: 1e-2)
        return ASGD(
            parameters, learningRate: common.rate, lambda: try arguments.double(nil, "lambd", default: 1e-4),
            power: try arguments.double(nil, "alpha", default: 0.75),
            averagingStart: try arguments.double(nil, "t0", default: 1e6), weightDecay: common.decay,
            maximize: common.maximize)
    },
    "LBFGS": { parameters, arguments in
        let search: LBFGS.LineSearch
        switch try arguments.optionalString(nil, "line_search_fn") {
        case nil: search = .none
        case "strong_wolfe"?: search = .strongWolfe
        case let other?: throw IllTyped("LBFGS: no line search \(other)")
        }
        return LBFGS(
            parameters, learningRate: try arguments.double(nil, "lr", default: 1),
            maxIterations: try arguments.int(nil, "max_iter", default: 20),
            maxEvaluations: try arguments.optionalInt(nil, "max_eval"),
            gradientTolerance: try arguments.double(nil, "tolerance_grad", default: 1e-7),
            changeTolerance: try arguments.double(nil, "tolerance_change", default: 1e-9),
            historySize: try arguments.int(nil, "history_size", default: 100),
            lineSearch: search)
    },
]
