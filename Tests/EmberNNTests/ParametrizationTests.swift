import Ember
import Testing

/// Keys and numbers are PyTorch's.
@Suite struct ParametrizationTests {
    private let x = wave(2, 3, phase: 0.5)

    @Test func weightNormTrainsLengthAndDirection() {
        let layer = weightNorm(Linear(3, 2).filledWithWaves())
        #expect(layer.stateDict().keys == ["bias", "weight_g", "weight_v"])
        #expect(layer.stateDict()["weight_g"].map { $0.shape == [2, 1] && isClose($0, [0.6668591881, 0.4561659617], tolerance: 1e-9) } == true)
        layer.parameter(at: "weight_g")?.value = Tensor([[1.5], [0.5]], dtype: .float64)
        let y = layer(x)
        #expect(isClose(y, [1.530187988, 0.3953468112, 0.07077117188, 0.6751547002], tolerance: 1e-8))
        (y * wave(2, 2)).sum().backward()
        #expect(layer.parameter(at: "weight_g")?.gradient.map { isClose($0, [-0.03258535952, 0.09904284513], tolerance: 1e-8) } == true)
        #expect(layer.parameter(at: "weight_v")?.gradient.map { isClose($0, [
            0.3833821328, 0.1131652053, -0.2102750865, 0.1255879198, 0.1807665661, 0.1509278718,
        ], tolerance: 1e-8) } == true)
        let weight = layer.weight.detach()
        removeWeightNorm(layer)
        #expect(layer.stateDict().keys == ["weight", "bias"] && layer.weight.isLeaf && layer.weight.requiresGrad)
        #expect(((layer.weight - weight).abs() .< 1e-12).all().item(as: Bool.self))
    }

    @Test func weightNormAlongOtherDimensions() {
        let columns = weightNorm(Conv1d(2, 2, kernelSize: 2).filledWithWaves(), dim: 1).stateDict()["weight_g"]
        #expect(columns.map { $0.shape == [1, 2, 1] && isClose($0, [0.5411803399, 0.891025654], tolerance: 1e-9) } == true)
        let whole = weightNorm(Conv1d(2, 2, kernelSize: 2).filledWithWaves(), dim: nil).stateDict()["weight_g"]
        #expect(whole.map { $0.shape == [] && isClose($0, [1.042498382], tolerance: 1e-9) } == true)
        let listed = Parametrizations.weightNorm(Linear(3, 2))
        #expect(listed.stateDict().keys == ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"])
        let recurrent = weightNorm(LSTM(2, 3), name: "weight_hh_l0")
        #expect(recurrent.stateDict().keys == ["weight_ih_l0", "bias_ih_l0", "bias_hh_l0", "weight_hh_l0_g", "weight_hh_l0_v"])
        recurrent(Tensor.ones([2, 1, 2])).output.sum().backward()
        #expect(recurrent.parameters().allSatisfy { $0.gradient != nil })
    }

    @Test func spectralNormFollowsThePowerIteration() {
        let layer = spectralNorm(Linear(3, 2).filledWithWaves(), powerIterations: 2)
        #expect(layer.stateDict().keys == ["bias", "weight_orig", "weight_u", "weight_v"])
        layer.namedBuffers().first { $0.path == "weight_u" }?.buffer.value = Tensor([0.6, 0.8], dtype: .float64)
        layer.namedBuffers().first { $0.path == "weight_v" }?.buffer.value = Tensor([0.6, 0, 0.8], dtype: .float64)
        let y = layer(x)
        #expect(isClose(y, [1.239683956, 0.3666730375, 0.184657518, 0.7817741935], tolerance: 1e-8))
        #expect(layer.stateDict()["weight_u"].map { isClose($0, [0.9976900254, 0.06793094387], tolerance: 1e-8) } == true)
        #expect(layer.stateDict()["weight_v"].map { isClose($0, [0.5363938523, 0.6786452921, 0.5017192469], tolerance: 1e-8) } == true)
        (y * wave(2, 2)).sum().backward()
        #expect(layer.parameter(at: "weight_orig")?.gradient.map { isClose($0, [
            0.2322277948, 0.006395768698, -0.2224442873, 0.3032906616, 0.2726527905, 0.1137820517,
        ], tolerance: 1e-8) } == true)
        // Evaluation does not iterate.
        layer.eval()
        #expect(isClose(layer(x), [1.239683956, 0.3666730375, 0.184657518, 0.7817741935], tolerance: 1e-8))
        #expect(layer.stateDict()["weight_u"].map { isClose($0, [0.9976900254, 0.06793094387], tolerance: 1e-8) } == true)
        let weight = layer.weight.detach()
        removeSpectralNorm(layer.train())
        #expect(layer.stateDict().keys == ["weight", "bias"] && (layer.weight .== weight).all().item(as: Bool.self))
    }

    @Test func spectralNormOfTransposedConvolutions() throws {
        let layer = Parametrizations.spectralNorm(ConvTranspose1d(2, 3, kernelSize: 2).filledWithWaves())
        let path = "parametrizations.weight"
        #expect(layer.stateDict().keys == ["bias", "\(path).original", "\(path).0._u", "\(path).0._v"])
        var state = layer.stateDict()
        func unit(_ values: [Double]) -> Tensor {
            let x = Tensor(values, dtype: .float64)
            return x / x.vectorNorm()
        }
        state["\(path).0._u"] = unit([1, 2, 3])
        state["\(path).0._v"] = unit([1, -1, 2, 1])
        try layer.loadStateDict(state)
        #expect(isClose(layer(wave(1, 2, 3)), [
            0.3476419201, 0.448992627, 0.8475855243, 0.8036890353, 0.46413438, 0.7423668148, 0.8745334326, 0.5668400597, 0.351051616,
            0.3442816531, -0.009383279333, -0.07008231732,
        ], tolerance: 1e-8))
        #expect(layer.stateDict()["\(path).0._u"].map { isClose($0, [-0.7111549838, -0.02521696394, 0.7025828732], tolerance: 1e-8) } == true)
    }

    private final class Symmetric: Parametrization {
        override func forward(_ originals: [Tensor]) -> Tensor { originals[0].triu() + originals[0].triu(1).mT }
    }

    @Test func ownParametrizationsComputeTheWeight() {
        let layer = parametrize(Linear(3, 3).filledWithWaves(), "weight", by: Symmetric())
        #expect(layer.stateDict().keys == ["bias", "parametrizations.weight.original"])
        #expect(layer.namedModules().map(\.path) == ["", "parametrizations.weight", "parametrizations.weight.0"])
        #expect(isParametrized(layer) && isParametrized(layer, "weight") && !isParametrized(layer, "bias"))
        #expect(isClose(layer.weight, [
            0.1477601033, 0.4207354924, 0.4958324052, 0.4207354924, 0.02079033122, -0.3059289455, 0.4958324052, -0.3059289455, -0.1869383324,
        ], tolerance: 1e-9))
        layer.weight.sum().backward()
        #expect(layer.parameter(at: "parametrizations.weight.original")?.gradient?.array(of: Double.self) == [1, 2, 2, 0, 1, 2, 0, 0, 1])
        // Assigning goes through the right inverse.
        layer.weight = Tensor.eye(3, dtype: .float64)
        #expect((layer.weight .== Tensor.eye(3, dtype: .float64)).all().item(as: Bool.self))
        removeParametrizations(layer, "weight")
        #expect(layer.stateDict().keys == ["weight", "bias"] && !isParametrized(layer))
    }

    @Test func wrongUseIsAnError() {
        #expect(throws: TensorError.self) { try checked { weightNorm(Linear(2, 2), name: "wait") } }
        #expect(throws: TensorError.self) { try checked { spectralNorm(weightNorm(Linear(2, 2))) } }
        #expect(throws: TensorError.self) { try checked { removeWeightNorm(Linear(2, 2)) } }
    }

    @Test func pruningKeepsElementsAtZero() {
        let layer = prune(Linear(3, 2).filledWithWaves(), "weight", .smallest(2))
        func mask() -> [Double]? { layer.stateDict()["weight_mask"]?.array(of: Double.self) }
        #expect(layer.stateDict().keys == ["bias", "weight_orig", "weight_mask"] && isPruned(layer))
        #expect(mask() == [0, 1, 1, 1, 0, 1])
        prune(layer, "weight", .smallest(0.5))
        #expect(mask() == [0, 1, 1, 0, 0, 0])
        prune(layer, "weight", .smallestSlices(1, dim: 1))
        #expect(mask() == [0, 0, 1, 0, 0, 0])
        let optimizer = SGD(layer.parameters(), learningRate: 0.1)
        layer(x).square().sum().backward()
        optimizer.step()
        removePruning(layer, "weight")
        #expect(layer.stateDict().keys == ["weight", "bias"])
        #expect(layer.weight.array(of: Double.self).map { $0 == 0 } == [true, true, false, true, true, true])
    }

    @Test func pruningAcrossLayers() {
        let a = Linear(3, 2).filledWithWaves(), b = Linear(2, 2).filledWithWaves()
        b.weight = b.weight.detach() * 2
        pruneGlobally([(a, "weight"), (b, "weight")], 0.3)
        #expect(a.stateDict()["weight_mask"]?.array(of: Double.self) == [0, 1, 1, 1, 0, 1])
        #expect(b.stateDict()["weight_mask"]?.array(of: Double.self) == [0, 1, 1, 1])
        #expect(throws: TensorError.self) { try checked { prune(Linear(2, 2), "weight", .random(7)) } }
        let slices = prune(Linear(4, 3), "weight", .randomSlices(1, dim: 0)).stateDict()["weight_mask"]
        #expect(slices?.sum(1).array(of: Double.self).sorted() == [0, 4, 4])
    }
}
