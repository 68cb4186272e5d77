import Ember
import Testing

/// Sobol's sequence against PyTorch's numbers.
@Suite struct SobolEngineTests {
    @Test func plainPoints() {
        var engine = SobolEngine(dimension: 3)
        #expect(engine.draw(5).array(of: Float.self) == [0, 0, 0, 0.5, 0.5, 0.5, 0.75, 0.25, 0.25, 0.25, 0.75, 0.75, 0.375, 0.375, 0.625])
        engine.fastForward(3)
        let two = engine.draw(2, dtype: .float64)
        #expect(two.array(of: Double.self) == [0.1875, 0.3125, 0.9375, 0.6875, 0.8125, 0.4375])
        #expect(two.dtype == .float64 && engine.drawn == 10)
        engine.reset()
        #expect(engine.draw().array(of: Float.self) == [0, 0, 0] && engine.draw(0).shape == [0, 3])
    }

    @Test func everyDimension() {
        var engine = SobolEngine(dimension: SobolEngine.maximumDimension)
        let points = engine.draw(64, dtype: .float64)
        let row = points[37, Tensor([0, 1, 2, 100, 335, 336, 480, 700, 1110])].array(of: Double.self)
        #expect(row == [0.921875, 0.640625, 0.578125, 0.359375, 0.328125, 0.609375, 0.984375, 0.140625, 0.984375])
        #expect(points.sum().item() == 34996.5)
    }

    @Test func scrambledPoints() {
        var engine = SobolEngine(dimension: 4, scramble: true, seed: 7)
        let first: [Float] = [0.19947312772274017, 0.17093220353126526, 0.7493569254875183, 0.18431377410888672]
        #expect(engine.draw().array(of: Float.self) == first)
        engine.fastForward(99)
        #expect(engine.draw(2, dtype: .float64).array(of: Double.self) == [
            0.32641468197107315, 0.4120991649106145, 0.31277264282107353, 0.6549086226150393,
            0.8428896693512797, 0.8230318827554584, 0.8337488761171699, 0.0917041264474392,
        ])
        engine.reset()
        #expect(engine.draw().array(of: Float.self) == first)
        manualSeed(11)
        var unseeded = SobolEngine(dimension: 2, scramble: true)
        #expect(unseeded.draw().array(of: Float.self) == [0.7272080183029175, 0.11495503038167953])
        #expect(Tensor.rand([1]).item(as: Float.self) == 0.5387173891067505)
    }

    @Test func endOfTheSequence() {
        var engine = SobolEngine(dimension: 1)
        engine.fastForward(1 << 30 - 1)
        #expect(engine.draw().item() < 1)
        let error = #expect(throws: TensorError.self) { try checked { engine.draw() } }
        #expect(error?.reason.contains("2^30") == true)
    }
}
