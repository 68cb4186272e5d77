import Ember
import Testing

/// Hooks, extra state, exchanged parameters, containers and lazy layers.
@Suite struct ModuleToolTests {
    @Test func hooksRunBeforeAndAfterALayer() {
        let layer = Linear(2, 2).filledWithWaves()
        let x = wave(1, 2)
        let plain = layer(x)
        let before = layer.registerForwardPreHook { _, inputs in [inputs[0] * 2] }
        let after = layer.registerForwardHook { _, inputs, output in output + inputs[0].sum() }
        let hooked = layer(x)
        before.remove()
        after.remove()
        let bias = layer.bias ?? .inert
        #expect((((plain - bias) * 2 + bias + x.sum() * 2 - hooked).abs() .< 1e-12).all().item(as: Bool.self))
        #expect((layer(x) .== plain).all().item(as: Bool.self))
    }

    @Test func backwardHooksSeeBothGradients() {
        let layer = Linear(2, 3).filledWithWaves()
        var seen: [(Tensor, Tensor)] = []
        let handle = layer.registerBackwardHook { module, inputGradient, outputGradient in
            #expect(module === layer)
            seen.append((inputGradient, outputGradient))
            return inputGradient * 10
        }
        let x = wave(4, 2).requiringGrad(), g = wave(4, 3, phase: 1)
        // The output is used twice: its gradient must be complete.
        let y = layer(x)
        ((y * g).sum() + y.sum()).backward()
        #expect(seen.count == 1)
        #expect(((seen[0].1 - (g + 1)).abs() .< 1e-12).all().item(as: Bool.self))
        #expect(((seen[0].0 - (g + 1).matmul(layer.weight)).abs() .< 1e-12).all().item(as: Bool.self))
        #expect(x.grad.map { (($0 - seen[0].0 * 10).abs() .< 1e-12).all().item(as: Bool.self) } == true)
        handle.remove()
        layer(x).sum().backward()
        #expect(seen.count == 1)
    }

    private final class Counting: Module {
        let inner = Linear(2, 2)
        var steps = 0
        override func extraState() -> Tensor? { Tensor(steps) }
        override func loadExtraState(_ state: Tensor) throws { steps = state.item(as: Int.self) }
    }

    @Test func extraStateTravelsInTheStateDict() throws {
        let model = Counting()
        model.steps = 7
        let state = model.stateDict()
        #expect(state.keys == ["inner.weight", "inner.bias", "_extra_state"])
        let other = Counting()
        try other.loadStateDict(state)
        #expect(other.steps == 7)
        #expect(throws: StateDictError.self) { try other.loadStateDict(model.inner.stateDict().renamed { "inner." + $0 }) }
    }

    /// One step of gradient descent inside the graph, as meta-learning takes it.
    @Test func exchangedParametersLetGradientsThrough() throws {
        let layer = Linear(2, 1, bias: false).filledWithWaves()
        let x = wave(3, 2)
        try gradcheck([wave(1, 2, phase: 2)]) { inputs in
            [layer.with(["weight": inputs[0] - 0.1 * inputs[0].pow(3)]) { layer(x) }]
        }
        #expect(isClose(layer.weight, wave(1, 2).array(), tolerance: 1e-12) && layer.weight.isLeaf)
        #expect(throws: TensorError.self) { try checked { layer.with(["wait": x]) { layer(x) } } }
    }

    @Test func buffersChangedInsideAreRestored() {
        let norm = BatchNorm1d(2)
        norm.with(StateDict()) { _ = norm(Tensor.ones([4, 2])) }
        #expect(norm.numBatchesTracked?.item(as: Int.self) == 1)
        norm.with(["running_mean": Tensor([5.0, 5.0])]) { _ = norm(Tensor.ones([4, 2])) }
        #expect(norm.runningMean.map { isClose($0, [0.1, 0.1]) } == true)
    }

    @Test func containersChangeAndAreListed() {
        let list = ModuleList([Linear(2, 2), Linear(2, 3)])
        list.insert(Linear(2, 4), at: 1)
        list.append(contentsOf: [Linear(1, 1)])
        #expect(list.stateDict()["1.weight"]?.shape == [4, 2] && list.count == 4)
        let dict = ModuleDict(["a": Linear(2, 2)])
        dict.merge([("b", Linear(2, 3)), ("a", Linear(5, 1))])
        #expect(dict.keys == ["a", "b"] && dict.values.map(\.inFeatures) == [5, 2] && dict.items.first?.name == "a")
        #expect(dict.removeValue(forKey: "a")?.inFeatures == 5 && dict.stateDict().keys == ["b.weight", "b.bias"])
        dict.removeAll()
        #expect(dict.parameters().isEmpty)
        let parameters = ParameterList([Tensor.ones([2]), .zeros([3])])
        parameters.append(Parameter(.ones([4])))
        #expect(parameters.stateDict().keys == ["0", "1", "2"] && parameters.parameterCount() == 9)
    }

    @Test func lazyLayersAreBuiltByTheirFirstInput() {
        manualSeed(3)
        let net = Sequential(LazyConv2d(4, kernelSize: 3), LazyBatchNorm2d(), Flatten(), LazyLinear(2))
        #expect(net.parameters().isEmpty)
        #expect(net(Tensor.ones([2, 3, 5, 5])).shape == [2, 2])
        #expect(net.stateDict().keys.prefix(2) == ["0.weight", "0.bias"])
        #expect(net.parameter(at: "0.weight")?.shape == [4, 3, 3, 3] && net.parameter(at: "3.weight")?.shape == [2, 36])
        #expect(LazyInstanceNorm1d(affine: true).parameters().isEmpty)
        #expect(throws: TensorError.self) { try checked { LazyConv1d(4, kernelSize: 3)(Tensor.ones([5])) } }
    }

    @Test func parametersBecomeAVectorAndComeBack() {
        let layer = Linear(2, 3).filledWithWaves()
        let vector = parametersToVector(layer.parameters())
        #expect(vector.shape == [9] && vector.requiresGrad)
        vectorToParameters(vector.detach() * 2, layer.parameters())
        #expect(((parametersToVector(layer.parameters()) - vector * 2).abs() .< 1e-12).all().item(as: Bool.self))
        #expect(throws: TensorError.self) { try checked { vectorToParameters(Tensor.ones([8]), layer.parameters()) } }
    }

    @Test func batchNormalisationGoesIntoTheLayerBefore() {
        func norm(_ kind: BatchNormLayer) -> BatchNormLayer {
            kind.filledWithWaves()
            kind.$runningMean?.value = wave(3, phase: 1)
            kind.$runningVar?.value = wave(3, phase: 2).abs() + 0.1
            return kind.eval()
        }
        func isSame(_ a: Tensor, _ b: Tensor) -> Bool { ((a - b).abs() .< 1e-12).all().item(as: Bool.self) }
        let x = wave(2, 2, 5, 5), convolution = Conv2d(2, 3, kernelSize: 3, bias: false).filledWithWaves().eval(), after = norm(BatchNorm2d(3))
        let expected = after(convolution(x))
        fuseBatchNorm(convolution, after)
        #expect(isSame(convolution(x), expected) && convolution.stateDict().keys == ["weight", "bias"])
        let line = wave(2, 2, 5), transposed = ConvTranspose1d(2, 3, kernelSize: 2).filledWithWaves().eval(), second = norm(BatchNorm1d(3))
        let wanted = second(transposed(line))
        fuseBatchNorm(transposed, second)
        #expect(isSame(transposed(line), wanted))
        #expect(throws: TensorError.self) { try checked { fuseBatchNorm(Linear(2, 3), second) } }
    }

    @Test func tripletsTakeAnyDistance() {
        let (a, p, n) = (wave(4, 3), wave(4, 3, phase: 1), wave(4, 3, phase: 2))
        let loss = TripletMarginWithDistanceLoss(margin: 0.5) { ($0 - $1).abs().sum(1) }(a, p, n)
        let expected = ((a - p).abs().sum(1) - (a - n).abs().sum(1) + 0.5).clamp(min: 0).mean()
        #expect(abs(loss.item() - expected.item()) < 1e-12)
    }
}
