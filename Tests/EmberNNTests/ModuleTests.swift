import Ember
import Testing

private final class Scale: Module, Layer {
    @Parameter var weight: Tensor
    @OptionalParameter var biasTerm: Tensor?
    @Buffer var runningMean: Tensor

    init(_ size: Int, bias: Bool = true) {
        weight = .ones([size])
        biasTerm = bias ? .zeros([size]) : nil
        runningMean = .zeros([size])
    }

    func forward(_ x: Tensor) -> Tensor { biasTerm.map { x * weight + $0 } ?? x * weight }
}

private final class Net: Module {
    let first = Scale(3)
    var blocks = [Scale(3, bias: false), Scale(3)]
    let absent: Scale? = nil
    let named: [String: Scale] = ["b": Scale(3), "a": Scale(3)]
    let tail = Sequential(Scale(3), Scale(3, bias: false))
}

struct ModuleTests {
    @Test func pathsFollowThePropertyNames() {
        let paths = Net().stateDict().keys
        #expect(paths.prefix(3) == ["first.weight", "first.bias_term", "first.running_mean"])
        #expect(paths.dropFirst(3).prefix(5) == [
            "blocks.0.weight", "blocks.0.running_mean", "blocks.1.weight", "blocks.1.bias_term", "blocks.1.running_mean",
        ])
        #expect(paths.contains("named.a.weight") && paths.contains("tail.1.weight") && !paths.contains("tail.1.bias_term"))
        #expect(Net().namedModules().map(\.path).prefix(3) == ["", "first", "blocks.0"])
    }

    @Test func replacedModulesAreFound() {
        let net = Net()
        #expect(net.parameterCount() == 36)
        net.blocks[0] = Scale(5)
        #expect(net.parameter(at: "blocks.0.weight")?.shape == [5])
        #expect(net.parameterCount() == 36 + 7)
    }

    @Test func stateDictsAreSnapshots() throws {
        let net = Net()
        let before = net.stateDict()
        net.first.$weight.update { $0 += 1 }
        #expect(before["first.weight"]?.array(of: Float.self) == [1, 1, 1])
        #expect(net.first.weight.array(of: Float.self) == [2, 2, 2])
        #expect(net.first.weight.requiresGrad && net.first.weight.isLeaf)
        try net.loadStateDict(before)
        #expect(net.first.weight.array(of: Float.self) == [1, 1, 1])
    }

    @Test func misfitsAreListed() {
        let net = Scale(2)
        let state: StateDict = ["weight": .ones([3]), "running_mean": .zeros([2]), "extra": .zeros([1])]
        do {
            try net.loadStateDict(state)
            Issue.record("loaded")
        } catch let error as StateDictError {
            #expect(error.missing == ["bias_term"] && error.unexpected == ["extra"])
            #expect(error.misshapen.map(\.path) == ["weight"] && error.description.contains("[3]"))
        } catch {
            Issue.record("\(error)")
        }
        #expect(net.weight.shape == [2])
    }

    @Test func freezingModesAndHooks() {
        let net = Net()
        net.freeze()
        #expect(net.parameters().allSatisfy { !$0.requiresGrad })
        net.unfreeze().eval()
        #expect(net.parameters().allSatisfy { $0.requiresGrad } && net.modules().allSatisfy { !$0.isTraining })
        let handle = net.tail[0].registerForwardHook { _, _, output in output * 2 }
        #expect(net.tail(.ones([3])).array(of: Float.self) == [2, 2, 2])
        handle.remove()
        #expect(net.tail(.ones([3])).array(of: Float.self) == [1, 1, 1])
        #expect(net.to(.float64).first.weight.dtype == .float64)
    }

    @Test func gradientsReachParameters() {
        let layer = Scale(2)
        let loss = layer(Tensor([3.0, 4.0])).sum()
        loss.backward()
        #expect(layer.$weight.gradient?.array(of: Float.self) == [3, 4])
        layer.zeroGrad()
        #expect(layer.$weight.gradient == nil)
    }

    @Test func summariesCountParametersAndWork() {
        let net = Sequential(Conv2d(1, 4, kernelSize: 3, padding: 1), ReLU(), Flatten(), Linear(4 * 8 * 8, 10))
        let summary = ModelSummary(of: net, inputShape: [2, 1, 8, 8])
        #expect(summary.parameterCount == 4 * 9 + 4 + 2560 + 10)
        #expect(summary.rows.map(\.outputShape) == [[2, 10], [2, 4, 8, 8], [2, 4, 8, 8], [2, 256], [2, 10]])
        #expect(summary.multiplyAdds == 2 * (4 * 64 * 9 + 2560))
        #expect(net.isTraining && summary.description.contains("0: Conv2d"))
        #expect(summary.inputByteCount == 2 * 64 * 4 && summary.activationByteCount == (2 * 4 * 64 + 2 * 10) * 4)
        #expect(summary.rows[1].inputShapes == [[2, 1, 8, 8]] && summary.rows[1].calls == 1)
        net.freeze()
        #expect(ModelSummary(of: net, inputShape: [2, 1, 8, 8]).description.contains("(2,570)"))
    }

    @Test func summariesCountAttentionAndRecurrence() {
        let attention = MultiheadAttention(8, heads: 2, batchFirst: true)
        let seen = ModelSummary(of: attention, shapes: [[3, 5, 8], [3, 7, 8]]) { $0($1[0], $1[1], $1[1]).output }
        // Projections of query, key, value and result; scores and weighted sums.
        #expect(seen.multiplyAdds == 3 * (5 + 7 + 7 + 5) * 64 + 2 * 3 * 5 * 7 * 8)
        let gru = GRU(4, 6, layers: 2, bidirectional: true)
        let gates = ModelSummary(of: gru, shapes: [[9, 3, 4]]) { $0($1[0]).output }
        #expect(gates.multiplyAdds == 9 * 3 * 2 * 18 * (4 + 6 + 12 + 6))
        #expect(ModelSummary(of: LayerNorm(8), inputShape: [3, 8]).multiplyAdds == 24)
    }
}
