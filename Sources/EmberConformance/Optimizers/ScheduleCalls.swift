import Ember

/// Learning-rate schedules: the rate at each of thirty steps.
enum ScheduleCalls {
    /// What a step of the schedule is; the number is the metric that `PlateauSchedule` watches.
    private typealias Step = (Double) -> Void

    static func run(_ line: JSON, _ arguments: Arguments) throws {
        guard let base = line["base_lr"]?.doubleValue, let expected = line["lrs"]?.arrayValue?.compactMap(\.doubleValue)
        else { throw Failure("no recorded rates") }
        let metrics = line["metrics"]?.arrayValue?.compactMap(\.doubleValue)
        try checked {
            let optimizer = SGD([Parameter(Tensor.zeros([1]))], learningRate: base)
            let step = try build(arguments, optimizer)
            guard arguments.unused.isEmpty else {
                throw Unsupported(
                    "arguments Ember does not have",
                    "\(arguments.operation): \(arguments.unused.joined(separator: ", "))")
            }
            for (i, rate) in expected.enumerated() {
                // Plateau cases record the rate behind each metric, all others the rate before each step.
                if let metrics { step(metrics[i]) }
                guard abs(optimizer.learningRate - rate) <= 1e-12 + 1e-9 * abs(rate) else {
                    throw Failure("the rate of step \(i) is \(optimizer.learningRate), expected \(rate)")
                }
                if metrics == nil { step(0) }
            }
        }
    }

    private static func stepping(_ schedule: LearningRateSchedule) -> Step { { _ in schedule.step() } }

    private static func build(_ arguments: Arguments, _ optimizer: Optimizer) throws -> Step {
        switch arguments.operation {
        case "StepLR":
            return stepping(
                StepSchedule(
                    optimizer, stepSize: try arguments.int(nil, "step_size"),
                    gamma: try arguments.double(nil, "gamma", default: 0.1)))
        case "MultiStepLR":
            return stepping(
                MultiStepSchedule(
                    optimizer, milestones: try arguments.ints(nil, "milestones"),
                    gamma: try arguments.double(nil, "gamma", default: 0.1)))
        case "ExponentialLR":
            return stepping(ExponentialSchedule(optimizer, gamma: try arguments.double(nil, "gamma")))
        case "ConstantLR":
            return stepping(
                ConstantSchedule(
                    optimizer, factor: try arguments.double(nil, "factor", default: 1.0 / 3),
                    steps: try arguments.int(nil, "total_iters", default: 5)))
        case "LinearLR":
            return stepping(
                LinearSchedule(
                    optimizer, startFactor: try arguments.double(nil, "start_factor", default: 1.0 / 3),
                    endFactor: try arguments.double(nil, "end_factor", default: 1),
                    steps: try arguments.int(nil, "total_iters", default: 5)))
        case "PolynomialLR":
            return stepping(
                PolynomialSchedule(
                    optimizer, steps: try arguments.int(nil, "total_iters", default: 5),
                    power: try arguments.double(nil, "power", default: 1)))
        case "CosineAnnealingLR":
            return stepping(
                CosineAnnealingSchedule(
                    optimizer, steps: try arguments.int(nil, "T_max"),
                    minimum: try arguments.double(nil, "eta_min", default: 0)))
        case "CosineAnnealingWarmRestarts":
            return stepping(
                CosineAnnealingWarmRestartsSchedule(
                    optimizer, firstLength: try arguments.int(nil, "T_0"),
                    factor: try arguments.int(nil, "T_mult", default: 1),
                    minimum: try arguments.double(nil, "eta_min", default: 0)))
        case "CyclicLR":
            let mode: CyclicMode
            switch try arguments.string(nil, "mode", default: "triangular") {
            case "triangular": mode = .triangular
            case "triangular2": mode = .triangular2
            case "exp_range": mode = .exponential(gamma: try arguments.double(nil, "gamma", default: 1))
            case let other: throw IllTyped("CyclicLR: no mode \(other)")
            }
            let cyclesMomentum = try arguments.bool(nil, "cycle_momentum", default: true)
            return stepping(
                CyclicSchedule(
                    optimizer, lowest: try arguments.double(nil, "base_lr"),
                    highest: try arguments.double(nil, "max_lr"),
                    stepsUp: try arguments.int(nil, "step_size_up", default: 2000),
                    stepsDown: try arguments.optionalInt(nil, "step_size_down"), mode: mode,
                    momenta: cyclesMomentum
                        ? (
                            try arguments.double(nil, "base_momentum", default: 0.8),
                            try arguments.double(nil, "max_momentum", default: 0.9)
                        ) : nil))
        case "OneCycleLR":
            let annealing: Annealing
            switch try arguments.string(nil, "anneal_strategy", default: "cos") {
            case "cos": annealing = .cosine
            case "linear": annealing = .linear
            case let other: throw IllTyped("OneCycleLR: no strategy \(other)")
            }
            return stepping(
                OneCycleSchedule(
                    optimizer, highest: try arguments.double(nil, "max_lr"),
                    totalSteps: try arguments.int(nil, "total_steps"),
                    riseFraction: try arguments.double(nil, "pct_start", default: 0.3), annealing: annealing,
                    momenta: try arguments.bool(nil, "cycle_momentum", default: true) ? (0.85, 0.95) : nil,
                    initialDivisor: try arguments.double(nil, "div_factor", default: 25),
                    finalDivisor: try arguments.double(nil, "final_div_factor", default: 1e4),
                    threePhases: try arguments.bool(nil, "three_phase", default: false)))
        case "ReduceLROnPlateau":
            let schedule = PlateauSchedule(
                optimizer, direction: try arguments.choice(nil, "mode", default: MetricDirection.min),
                factor: try arguments.double(nil, "factor", default: 0.1),
                patience: try arguments.int(nil, "patience", default: 10),
                threshold: try arguments.double(nil, "threshold", default: 1e-4),
                isRelative: try arguments.string(nil, "threshold_mode", default: "rel") == "rel",
                cooldown: try arguments.int(nil, "cooldown", default: 0),
                minimum: try arguments.double(nil, "min_lr", default: 0),
                epsilon: try arguments.double(nil, "eps", default: 1e-8))
            return { schedule.step($0) }
        default:
            throw Unsupported("no such schedule", arguments.operation)
        }
    }
}
