import Ember
import Testing

@Suite struct WindowFunctionTests {
    private func check(_ make: (_ symmetric: Bool) -> Tensor, _ symmetric: [Double], _ periodic: [Double],
                       sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(close(make(true), symmetric, 1e-7), sourceLocation: sourceLocation)
        #expect(close(make(false), periodic, 1e-7), sourceLocation: sourceLocation)
    }

    @Test func valuesOfPyTorch() {
        check({ SignalWindow.bartlett(6, symmetric: $0, dtype: .float64) }, [0, 0.4, 0.8, 0.8, 0.4, 0],
              [0, 0.3333333, 0.6666667, 1, 0.6666667, 0.3333333])
        check({ SignalWindow.blackman(6, symmetric: $0, dtype: .float64) }, [0, 0.2007701, 0.8492299, 0.8492299, 0.2007701, 0],
              [0, 0.13, 0.63, 1, 0.63, 0.13])
        check({ SignalWindow.cosine(6, symmetric: $0, dtype: .float64) }, [0.258819, 0.7071068, 0.9659258, 0.9659258, 0.7071068, 0.258819],
              [0.2225209, 0.6234898, 0.9009689, 1, 0.9009689, 0.6234898])
        check({ SignalWindow.exponential(6, tau: 1.5, symmetric: $0, dtype: .float64) },
              [0.1888756, 0.3678794, 0.7165313, 0.7165313, 0.3678794, 0.1888756], [0.1353353, 0.2635971, 0.5134171, 1, 0.5134171, 0.2635971])
        check({ SignalWindow.gaussian(6, std: 1.2, symmetric: $0, dtype: .float64) },
              [0.1141618, 0.4578334, 0.9168554, 0.9168554, 0.4578334, 0.1141618], [0.0439369, 0.2493522, 0.7066483, 1, 0.7066483, 0.2493522])
        check({ SignalWindow.generalCosine(6, [0.4, 0.3, 0.2], symmetric: $0, dtype: .float64) },
              [0.3, 0.1454915, 0.7045085, 0.7045085, 0.1454915, 0.3], [0.3, 0.15, 0.45, 0.9, 0.45, 0.15])
        check({ SignalWindow.generalHamming(6, alpha: 0.6, symmetric: $0, dtype: .float64) },
              [0.2, 0.4763932, 0.9236068, 0.9236068, 0.4763932, 0.2], [0.2, 0.4, 0.8, 1, 0.8, 0.4])
        check({ SignalWindow.hamming(6, symmetric: $0, dtype: .float64) }, [0.08, 0.3978522, 0.9121478, 0.9121478, 0.3978522, 0.08],
              [0.08, 0.31, 0.77, 1, 0.77, 0.31])
        check({ SignalWindow.hann(6, symmetric: $0, dtype: .float64) }, [0, 0.3454915, 0.9045085, 0.9045085, 0.3454915, 0],
              [0, 0.25, 0.75, 1, 0.75, 0.25])
        check({ SignalWindow.kaiser(6, beta: 5, symmetric: $0, dtype: .float64) },
              [0.0367109, 0.4149036, 0.9138125, 0.9138125, 0.4149036, 0.0367109], [0.0367109, 0.328202, 0.7753221, 1, 0.7753221, 0.328202])
        check({ SignalWindow.nuttall(6, symmetric: $0, dtype: .float64) },
              [0.0003628, 0.1105153, 0.7982581, 0.7982581, 0.1105153, 0.0003628], [0.0003628, 0.0613345, 0.5292298, 1, 0.5292298, 0.0613345])
        #expect(close(SignalWindow.exponential(4, center: 1, tau: 2, symmetric: false, dtype: .float64), [0.6065307, 1, 0.6065307, 0.3678794], 1e-7))
    }

    @Test func shortOnesAndWrongCalls() {
        #expect(SignalWindow.kaiser(0).shape == [0] && SignalWindow.hann(0).dtype == .float32)
        #expect(SignalWindow.kaiser(1).array(of: Double.self) == [1] && SignalWindow.bartlett(1, symmetric: false).array(of: Double.self) == [1])
        #expect(throws: TensorError.self) { try checked { SignalWindow.hann(-1) } }
        #expect(throws: TensorError.self) { try checked { SignalWindow.hann(3, dtype: .int64) } }
        #expect(throws: TensorError.self) { try checked { SignalWindow.exponential(3, center: 1) } }
        #expect(throws: TensorError.self) { try checked { SignalWindow.kaiser(3, beta: -1) } }
        #expect(throws: TensorError.self) { try checked { SignalWindow.generalCosine(3, []) } }
    }

    @Test func logarithmicSpace() {
        #expect(close(.logspace(-1, 2, count: 4, dtype: .float64), [0.1, 1, 10, 100]))
        #expect(Tensor.logspace(0, 4.5, count: 4, base: 2.5, dtype: .int64).array(of: Int.self) == [1, 3, 11, 39])
    }
}
