import Ember
import Foundation
import Testing

/// A wrong call says what was wrong and where.
@Suite struct ErrorTests {
    @Test func messageNamesOperatorShapesAndRule() {
        do {
            _ = try checked { Tensor.ones([2, 3]) + Tensor.ones([4]) }
            Issue.record("no error was thrown")
        } catch let error as TensorError {
            #expect(error.operation == "add")
            #expect(error.operands == ["float32[2, 3]", "float32[4]"])
            #expect(error.reason.contains("[2, 3]") && error.reason.contains("[4]"))
        } catch {
            Issue.record("another error: \(error)")
        }
    }

    @Test func firstOfSeveralFailuresWins() {
        let error = #expect(throws: TensorError.self) {
            try checked { () -> Tensor in
                let a = Tensor.ones([2]).reshape(3)
                return a + Tensor.ones([5]).permute(1)
            }
        }
        #expect(error?.operation == "reshape")
    }

    @Test func nestedChecks() throws {
        try checked {
            #expect(throws: TensorError.self) { try checked { Tensor.ones([2]).reshape(3) } }
            #expect(Tensor.ones([2]).sum().item() == 2)
        }
    }

    @Test func integerDivisionByZero() {
        #expect(throws: TensorError.self) { try checked { Tensor([1, 2]).floorDivide(Tensor([1, 0])) } }
    }

    @Test func secondBackwardNeedsRetainGraph() {
        let x = Tensor([2.0]).requiringGrad()
        let y = (x * x).sum()
        y.backward(retainGraph: true)
        y.backward()
        #expect(x.grad?.item() == 8)
        let error = #expect(throws: TensorError.self) { try checked { y.backward() } }
        #expect(error?.reason.contains("retainGraph") == true)
    }

    // Not inside #expect: the compiler places what a macro encloses into a file of its own.
    private func infiniteSlope() {
        detectAnomaly {
            let x = Tensor([0.0]).requiringGrad()
            let root = x.sqrt()
            (root * 0.0).sum().backward()
        }
    }

    @Test func anomalyDetectionNamesOperatorAndForwardLine() {
        let error = #expect(throws: TensorError.self) { try checked(infiniteSlope) }
        #expect(error?.reason.contains("sqrt") == true)
        #expect(error?.reason.contains("ErrorTests.swift") == true)
    }

    /// Outside `checked` the program ends with the message, the caller's file and line, and status 1.
    @Test func programEndsWithMessageAndPlace() throws {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let child = Process()
        child.executableURL = folder.appendingPathComponent("FailingProgram")
        let pipe = Pipe()
        child.standardError = pipe
        try child.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        child.waitUntilExit()
        #expect(child.terminationStatus == 1)
        #expect(text.contains("add: shapes [2, 3] and [4] do not broadcast"))
        #expect(text.contains("FailingProgram/main.swift:6"))
    }
}
