import Ember
import Testing

/// Keys and numbers are PyTorch's.
@Suite struct OrthogonalTests {
    private let path = "parametrizations.weight"

    private func isOrthonormal(_ q: Tensor) -> Bool {
        let q = q.shape[0] < q.shape[1] ? q.mT : q
        return ((q.mT.matmul(q) - Tensor.eye(q.shape[1], dtype: q.dtype)).abs() .< 1e-12).all().item(as: Bool.self)
    }

    @Test(arguments: [
        (OrthogonalMap.matrixExponential, [3, 3], [
            0.8314374689, -0.4108247922, 0.3740785017, 0.204606369, 0.8523401615, 0.4813029013, -0.516573295, -0.3236344221, 0.7927249155,
        ], [0, 0, 0, -0.6060051539, 0, 0, -0.2225490646, 0.3159385447, 0]),
        (.cayley, [3, 2], [0.8865027041, -0.4540704756, 0.4599327318, 0.8435704575, -0.05074285979, -0.2867209208],
         [0, 0, -0.3076460106, 0, -0.06116304493, -0.5176036942]),
        (.householder, [2, 3], [0.2215761677, 0.6309210399, 0.7435338885, 0.8488143298, 0.2505496205, -0.4655524903],
         [0, -0.2010034471, -1.050989814, 0, 0, 0]),
    ] as [(OrthogonalMap, [Int], [Double], [Double])])
    func mapsGiveOrthogonalMatrices(map: OrthogonalMap, shape: [Int], weight: [Double], gradient: [Double]) {
        let layer = Parametrizations.orthogonal(Linear(shape[1], shape[0]).filledWithWaves(), map: map, useTrivialization: false)
        #expect(layer.stateDict().keys == ["bias", "\(path).original"])
        #expect(isClose(layer.weight, weight, tolerance: 1e-8) && isOrthonormal(layer.weight))
        (layer.weight * wave(shape, phase: 1)).sum().backward()
        #expect(layer.parameter(at: "\(path).original")?.gradient.map { isClose($0, gradient, tolerance: 1e-8) } == true)
        if map != .householder { #expect(throws: TensorError.self) { try checked { layer.weight = Tensor.eye(3, dtype: .float64) } } }
    }

    @Test func trivializationStartsFromABase() {
        let layer = Parametrizations.orthogonal(Linear(3, 3).filledWithWaves())
        #expect(layer.stateDict().keys == ["bias", "\(path).original", "\(path).0.base"])
        #expect(isClose(layer.weight, [
            0.2413598078, 0.781384931, 0.5754850414, 0.551670105, -0.5983528733, 0.5810627628, -0.7983768148, -0.1772326964, 0.5754850414,
        ], tolerance: 1e-8))
        layer.parameter(at: "\(path).original")?.value = wave(3, 3, phase: 2)
        #expect(isClose(layer.weight, [
            -0.1366742235, 0.9361438198, 0.3239674447, 0.6803042731, -0.1490214539, 0.7176201658, -0.7200737828, -0.3184766159, 0.6164952493,
        ], tolerance: 1e-8))
        // An orthogonal matrix that is assigned becomes the base.
        let turned = layer.weight.detach().flip([0])
        layer.weight = turned
        #expect(((layer.weight - turned).abs() .< 1e-12).all().item(as: Bool.self))
        let tall = Parametrizations.orthogonal(Linear(2, 3).filledWithWaves())
        #expect(isClose(tall.weight, [0.2853622901, 0.6677418924, 0.9575783141, -0.1685883432, 0.04015141025, -0.7250508504], tolerance: 1e-8))
    }

    @Test func vectorsAreNotOrthogonal() {
        #expect(throws: TensorError.self) { try checked { Parametrizations.orthogonal(Linear(2, 2), name: "bias") } }
    }
}
