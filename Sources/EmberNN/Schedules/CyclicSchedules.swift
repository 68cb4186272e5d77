import EmberTensor
import Foundation

/// How the amplitude of ``CyclicSchedule`` changes.
public enum CyclicMode: Sendable {
    /// It stays.
    case triangular
    /// Halved every cycle.
    case triangular2
    /// Times `gamma` every step.
    case exponential(gamma: Double)
}

/// Straight lines up and down between two rates (Smith, arXiv:1506.01186). The rate changes every batch. PyTorch: `CyclicLR`.
public final class CyclicSchedule: LearningRateSchedule {
    private let lowest: Double, highest: Double, stepsUp: Int, stepsDown: Int, mode: CyclicMode, momenta: (base: Double, max: Double)?

    /// - Parameter momenta: between which the momentum goes, against the rate; nil leaves it.
    public init(_ optimizer: Optimizer, lowest: Double, highest: Double, stepsUp: Int = 2000, stepsDown: Int? = nil,
                mode: CyclicMode = .triangular, momenta: (base: Double, max: Double)? = (0.8, 0.9)) {
        self.lowest = lowest
        self.highest = highest
        self.stepsUp = max(stepsUp, 1)
        self.stepsDown = stepsDown ?? max(stepsUp, 1)
        self.mode = mode
        self.momenta = momenta
        super.init(optimizer)
        if momenta != nil && momentum == nil {
            TensorError("the optimiser has no momentum to cycle; pass momenta: nil").report(in: "CyclicSchedule")
        }
        apply()
    }

    /// Where in 0...1 of the way up the present step is, and the amplitude.
    private var position: (height: Double, amplitude: Double) {
        let length = Double(stepsUp + stepsDown), ratio = Double(stepsUp) / length
        let cycle = floor(1 + Double(stepCount) / length)
        let x = 1 + Double(stepCount) / length - cycle
        let amplitude = switch mode {
        case .triangular: 1.0
        case .triangular2: 1 / pow(2, cycle - 1)
        case .exponential(let gamma): pow(gamma, Double(stepCount))
        }
        return (x <= ratio ? x / ratio : (x - 1) / (ratio - 1), amplitude)
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double {
        lowest + (highest - lowest) * position.height * position.amplitude
    }

    override public func changeOthers() {
        guard let momenta, let momentum else { return }
        let value = momenta.max - (momenta.max - momenta.base) * position.height * position.amplitude
        for g in optimizer.groups.indices { optimizer[g, momentum] = value }
    }
}

/// How ``OneCycleSchedule`` goes from one rate to the next.
public enum Annealing: String, Sendable { case cosine, linear }

/// One rise to a high rate and one long fall to a very low one, momentum against it (Smith & Topin, arXiv:1708.07120). The rate changes every
/// batch, `totalSteps` times. PyTorch: `OneCycleLR`.
public final class OneCycleSchedule: LearningRateSchedule {
    private struct Phase {
        let end: Double
        let rates: (Double, Double)
        let momenta: (Double, Double)
    }
    private let phases: [Phase], annealing: Annealing, cyclesMomentum: Bool

    /// - Parameters:
    ///   - riseFraction: the part of the steps in which the rate rises.
    ///   - initialDivisor: by which the first rate is below the highest.
    ///   - finalDivisor: by which the last rate is below the first.
    ///   - threePhases: falls to the first rate as fast as it rose, then to the last.
    ///   - momenta: between which the momentum goes; nil leaves it.
    public init(_ optimizer: Optimizer, highest: Double, totalSteps: Int, riseFraction: Double = 0.3, annealing: Annealing = .cosine,
                momenta: (base: Double, max: Double)? = (0.85, 0.95), initialDivisor: Double = 25, finalDivisor: Double = 1e4,
                threePhases: Bool = false) {
        let first = highest / initialDivisor, last = first / finalDivisor, total = Double(totalSteps)
        let (base, most) = momenta ?? (0, 0)
        let rise = Phase(end: riseFraction * total - 1, rates: (first, highest), momenta: (most, base))
        phases = threePhases
            ? [rise, Phase(end: 2 * riseFraction * total - 2, rates: (highest, first), momenta: (base, most)),
               Phase(end: total - 1, rates: (first, last), momenta: (most, most))]
            : [rise, Phase(end: total - 1, rates: (highest, last), momenta: (base, most))]
        self.annealing = annealing
        cyclesMomentum = momenta != nil
        super.init(optimizer)
        apply()
    }

    private func present(_ values: (Phase) -> (Double, Double)) -> Double {
        var start = 0.0
        for (i, phase) in phases.enumerated() {
            if Double(stepCount) <= phase.end || i == phases.count - 1 {
                let part = (Double(stepCount) - start) / (phase.end - start)
                let (from, to) = values(phase)
                return annealing == .cosine ? to + (from - to) / 2 * (1 + cos(.pi * part)) : (to - from) * part + from
            }
            start = phase.end
        }
        return 0
    }

    override public func learningRate(_ current: Double, base: Double, group: Int) -> Double { present(\.rates) }

    override public func changeOthers() {
        guard cyclesMomentum, let momentum else { return }
        let value = present(\.momenta)
        for g in optimizer.groups.indices { optimizer[g, momentum] = value }
    }
}
