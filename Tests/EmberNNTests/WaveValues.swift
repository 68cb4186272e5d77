import Ember
import Foundation

/// sin(0.7 i + phase) / 2 for the i-th element: values that Python makes as easily, with which the recorded numbers were computed.
func wave(_ shape: Int..., phase: Double = 0.3) -> Tensor { wave(shape, phase: phase) }

func wave(_ shape: Shape, phase: Double = 0.3) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { sin(Double($0) * 0.7 + phase) * 0.5 }, shape: shape, dtype: .float64)
}

extension Module {
    /// Gives the k-th parameter the wave of phase 0.3 + k, in float64.
    @discardableResult
    func filledWithWaves() -> Self {
        to(.float64)
        for (k, parameter) in parameters().enumerated() { parameter.value = wave(parameter.shape, phase: 0.3 + Double(k)) }
        return self
    }
}
