import Ember
import Foundation
import Synchronization
import Testing

/// Hooks, custom functions, checkpoints, modes, and the checks themselves.
@Suite struct GradientToolTests {
    @Test func hooksSeeAndReplaceGradients() {
        let x = Tensor([1.0, 2.0]).requiringGrad()
        let y = x * 3.0
        let handle = y.registerHook { $0 * 2.0 }
        y.sum().backward()
        #expect(x.grad?.array(of: Float.self) == [6, 6])
        handle.remove()
        x.grad = nil
        (x * 3.0).sum().backward()
        #expect(x.grad?.array(of: Float.self) == [3, 3])
    }

    private struct StraightThroughRound: CustomFunction {
        func forward(_ inputs: [Tensor]) -> [Tensor] { [inputs[0].round()] }
        func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) -> [Tensor?] { [cotangents[0]] }
    }

    @Test func customFunctionUsesItsOwnRule() {
        let x = Tensor([0.4, 1.6]).requiringGrad()
        let y = StraightThroughRound()(x)[0]
        #expect(y.array(of: Float.self) == [0, 2])
        (y * 5.0).sum().backward()
        #expect(x.grad?.array(of: Float.self) == [5, 5])
    }

    @Test func checkpointRunsTheSegmentAgain() {
        let runs = Atomic<Int>(0)
        let weight = Tensor([2.0, 3.0]).requiringGrad()
        let x = Tensor([1.0, 4.0]).requiringGrad()
        let y = checkpoint([x]) { inputs in
            runs.add(1, ordering: .relaxed)
            return (inputs[0] * weight).exp()
        }
        #expect(runs.load(ordering: .relaxed) == 1)
        y.sum().backward()
        #expect(runs.load(ordering: .relaxed) == 2)
        let expected = Tensor([1.0, 4.0]).requiringGrad()
        let w = Tensor([2.0, 3.0]).requiringGrad()
        (expected * w).exp().sum().backward()
        #expect(x.grad?.array(of: Float.self) == expected.grad?.array(of: Float.self))
        #expect(weight.grad?.array(of: Float.self) == w.grad?.array(of: Float.self))
    }

    @Test func checkpointedDropoutDrawsTheSameNumbers() {
        manualSeed(3)
        let x = Tensor.ones([64]).requiringGrad()
        let y = checkpoint([x]) { dropout($0[0], p: 0.5, training: true) }
        y.sum().backward()
        #expect(x.grad?.array(of: Float.self) == y.array(of: Float.self))
    }

    @Test func noGradRecordsNothing() {
        let x = Tensor([1.0]).requiringGrad()
        #expect(!noGrad { x * 2.0 }.requiresGrad)
        #expect(noGrad { enableGrad { x * 2.0 } }.requiresGrad)
        #expect(!(x.detach() * 2.0).requiresGrad)
    }

    @Test func leavesStayLeavesUnderUpdates() {
        var w = Tensor([1.0, 2.0]).requiringGrad()
        let snapshot = w
        (w * w).sum().backward()
        noGrad { if let g = w.grad { w -= g * 0.5 } }
        #expect(w.array(of: Float.self) == [0, 0])
        #expect(w.isLeaf && w.requiresGrad)
        #expect(snapshot.array(of: Float.self) == [1, 2])
    }

    @Test func gradcheckFindsAWrongRule() {
        struct Wrong: CustomFunction {
            func forward(_ inputs: [Tensor]) -> [Tensor] { [inputs[0] * inputs[0]] }
            func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) -> [Tensor?] { [cotangents[0] * inputs[0]] }
        }
        let x = Tensor([1.0, 2.0], dtype: .float64)
        #expect(throws: GradientMismatch.self) { try gradcheck([x]) { Wrong()($0) } }
        #expect(throws: Never.self) { try gradcheck([x]) { [$0[0] * $0[0]] } }
    }

    /// Every derivative in the scalar table parses and holds, to second order, on values inside the domain.
    @Test(arguments: ["exp", "log", "sqrt", "rsqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "atanh",
                      "sigmoid", "erf", "erfc", "exp2", "expm1", "log2", "log10", "log1p", "reciprocal", "square"])
    func unaryDerivatives(name: String) throws {
        let functions: [String: @Sendable (Tensor) -> Tensor] = [
            "exp": { $0.exp() }, "log": { $0.log() }, "sqrt": { $0.sqrt() }, "rsqrt": { $0.rsqrt() }, "sin": { $0.sin() }, "cos": { $0.cos() },
            "tan": { $0.tan() }, "asin": { $0.asin() }, "acos": { $0.acos() }, "atan": { $0.atan() }, "sinh": { $0.sinh() }, "cosh": { $0.cosh() },
            "tanh": { $0.tanh() }, "asinh": { $0.asinh() }, "atanh": { $0.atanh() }, "sigmoid": { $0.sigmoid() }, "erf": { $0.erf() },
            "erfc": { $0.erfc() }, "exp2": { $0.exp2() }, "expm1": { $0.expm1() }, "log2": { $0.log2() }, "log10": { $0.log10() },
            "log1p": { $0.log1p() }, "reciprocal": { $0.reciprocal() }, "square": { $0.square() },
        ]
        let function = try #require(functions[name])
        let x = Tensor([0.2, 0.5, 0.7, 0.31], shape: [2, 2], dtype: .float64)
        try gradcheck([x]) { [function($0[0])] }
        try gradcheck([x.transpose(0, 1)]) { [function($0[0])] }
        try gradgradcheck([x]) { [function($0[0])] }
    }

    @Test(arguments: 0..<9) func binaryDerivatives(index: Int) throws {
        let functions: [@Sendable (Tensor, Tensor) -> Tensor] = [
            { $0 + $1 }, { $0 - $1 }, { $0 * $1 }, { $0 / $1 }, { $0.pow($1) }, { $0.atan2($1) }, { $0.hypot($1) },
            { $0.logAddExp($1) }, { $0.maximum($1) },
        ]
        let a = Tensor([0.3, 1.2, 0.8, 2.1, 0.6, 1.7], shape: [2, 3], dtype: .float64)
        let b = Tensor([1.1, 0.4, 1.9], dtype: .float64)
        try gradcheck([a, b]) { [functions[index]($0[0], $0[1])] }
        try gradgradcheck([a, b]) { [functions[index]($0[0], $0[1])] }
    }

    private struct Softsign: SavingFunction {
        func forward(_ inputs: [Tensor]) -> (outputs: [Tensor], saved: [Tensor]) {
            let denominator = inputs[0].abs() + 1.0
            return ([inputs[0] / denominator], [denominator])
        }
        func backward(_ inputs: [Tensor], saved: [Tensor], _ cotangents: [Tensor]) -> [Tensor?] { [cotangents[0] / saved[0].square()] }
    }

    @Test func savedTensorsReachTheirRule() throws {
        let x = Tensor([-3.0, 1.0], dtype: .float64)
        let outputs = Softsign()(x.requiringGrad())
        #expect(outputs.count == 1 && outputs[0].array(of: Double.self) == [-0.75, 0.5])
        try gradcheck([x]) { Softsign()($0[0]) }
        let y = Softsign()(x.requiringGrad())[0].sum()
        y.backward()
        #expect(throws: TensorError.self) { try checked { y.backward() } }
    }

    @Test func computedTensorsCanKeepTheirGradient() {
        let x = Tensor([1.0, 2.0]).requiringGrad()
        let y = x * 3.0
        #expect(y.grad == nil)
        y.retainGrad()
        (y * y).sum().backward(retainGraph: true)
        #expect(y.grad?.array(of: Float.self) == [6, 12] && x.grad?.array(of: Float.self) == [18, 36])
        (y * y).sum().backward()
        #expect(y.grad?.array(of: Float.self) == [12, 24])
        y.grad = nil
        #expect(y.grad == nil)
        x.retainGrad()
        #expect(throws: TensorError.self) { try checked { Tensor([1.0]).retainGrad() } }
    }

    @Test func recordingFollowsAVariable() {
        let x = Tensor([1.0]).requiringGrad()
        for training in [true, false] { #expect(withGradient(enabled: training) { x * 2.0 }.requiresGrad == training) }
    }

    /// A checkpointed part may be of modules, which stay on their thread; another thread is told so.
    @Test func checkpointOfModules() throws {
        manualSeed(0)
        let net = Sequential(Linear(4, 8), Tanh(), Linear(8, 8), Tanh(), Linear(8, 2))
        let x = Tensor.randn([3, 4])
        net(x).square().sum().backward()
        let expected = net.parameters().map { $0.gradient ?? Tensor.zeros([]) }
        let steps = net.layers.map { layer in { layer($0) } }
        for segments in [1, 2, 3, 5] {
            net.zeroGrad()
            let y = checkpointSequential(steps, segments: segments, x)
            #expect(y.allClose(net(x)))
            y.square().sum().backward()
            #expect(zip(net.parameters(), expected).allSatisfy { $0.gradient?.allClose($1) == true })
        }
        let output = checkpointSequential(steps, segments: 2, x).sum()
        let outcome = Mutex<Result<Void, any Error>>(.success(())), done = DispatchSemaphore(value: 0)
        Thread {
            let result = Result { try checked { output.backward() } }
            outcome.withLock { $0 = result }
            done.signal()
        }.start()
        done.wait()
        #expect(throws: TensorError.self) { try outcome.withLock { $0 }.get() }
    }

    @Test func randomStateIsPreserved() throws {
        manualSeed(4)
        let next = preservingRandomState { Tensor.rand([3]).array(of: Float.self) }
        #expect(Tensor.rand([3]).array(of: Float.self) == next)
        let own = Generator(seed: 7)
        let drawn = preservingRandomState(of: own) { Tensor.rand([2], generator: own).array(of: Float.self) }
        #expect(Tensor.rand([2], generator: own).array(of: Float.self) == drawn)
    }
}
