import Ember
import Testing

/// Numbers are PyTorch's.
@Suite struct WeightAveragingTests {
    private func averaged(_ averaging: WeightAveraging) -> (AveragedModel, Linear) {
        let layer = Linear(2, 1).filledWithWaves(), average = AveragedModel(layer, averaging: averaging)
        for k in 0..<3 {
            layer.$weight.update { $0 += Double(k + 1) }
            average.update()
        }
        return (average, layer)
    }

    @Test func statesAreAveraged() throws {
        let (mean, layer) = averaged(.mean)
        #expect(mean.average["weight"].map { isClose($0, [3.481093437, 3.754068826], tolerance: 1e-8) } == true)
        #expect(mean.stateDict().keys == ["n_averaged", "module.weight", "module.bias"])
        let own = layer.weight.detach()
        let inside = mean.applied { layer.weight.detach() }
        #expect(isClose(inside, [3.481093437, 3.754068826], tolerance: 1e-8) && (layer.weight .== own).all().item(as: Bool.self))
        let other = AveragedModel(Linear(2, 1).filledWithWaves())
        try other.loadStateDict(mean.stateDict())
        #expect(other.updateCount == 3 && other.average["weight"].map { ($0 .== inside).all().item(as: Bool.self) } == true)
        #expect(averaged(.exponential(decay: 0.9)).0.average["weight"].map { isClose($0, [1.827760103, 2.100735492], tolerance: 1e-8) } == true)
    }

    @Test func batchNormalisationIsComputedAnew() {
        let net = Sequential(BatchNorm1d(2)).eval()
        let batches = [Tensor([[0.0, 2], [2, 4]]), Tensor([[4.0, 4], [6, 6]])]
        updateBatchNormStatistics(net, batches) { _ = net($0) }
        let norm = net[0] as? BatchNorm1d
        #expect(norm?.runningMean.map { isClose($0, [3, 4]) } == true && norm?.runningVar.map { isClose($0, [2, 2]) } == true)
        #expect(norm?.momentum == 0.1 && norm?.isTraining == false)
    }

    @Test func scheduleLeadsToTheAveragingRate() {
        func rates(_ count: Int, _ schedules: [LearningRateSchedule], _ optimizer: Optimizer) -> [Double] {
            (0..<count).map { _ in
                defer { schedules.last?.step() }
                return optimizer.learningRate
            }
        }
        let first = SGD([Parameter(.zeros([1]))], learningRate: 1)
        let cosine = rates(7, [AveragingSchedule(first, target: 0.1, steps: 4)], first)
        let second = SGD([Parameter(.zeros([1]))], learningRate: 1)
        let linear = rates(6, [AveragingSchedule(second, target: 0.1, steps: 3, annealing: .linear)], second)
        #expect(zip(cosine, [1.0, 0.8681980515339464, 0.55, 0.23180194846605365, 0.1, 0.1, 0.1]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(zip(linear, [1.0, 0.7, 0.4, 0.1, 0.1, 0.1]).allSatisfy { abs($0 - $1) < 1e-12 })
    }
}
