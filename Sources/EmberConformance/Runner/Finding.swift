import Ember

/// One thing that a case compares: a result, a gradient, a buffer afterwards.
struct Finding {
    let what: String
    let actual: Value
    /// nil stands for "zero everywhere": PyTorch has no gradient there.
    let expected: Value?
    /// Another value that is right as well.
    var alternative: Value?
    /// Whether values differ by nature.
    let isRandom: Bool

    init(_ what: String, _ actual: Value, _ expected: Value?, alternative: Value? = nil, randomly: Bool = false) {
        isRandom = randomly
        self.what = what
        self.actual = actual
        self.expected = expected
        self.alternative = alternative
    }

    func check(randomly: Bool = false, loosened: Double = 1) throws {
        guard let expected else {
            if case .tensor(let tensor) = actual, (tensor .!= 0).any().item(as: Bool.self) {
                throw Failure("\(what) is not zero, expected none")
            }
            return
        }
        do {
            try Comparison.check(actual, expected, what, randomly: randomly || isRandom, loosened: loosened)
        } catch let mismatch as Failure {
            guard let alternative, (try? Comparison.check(alternative, expected, what, loosened: loosened)) != nil
            else { throw mismatch }
        }
    }
}

/// Judges a case that can be computed in float64 as well.
///
/// Where PyTorch's own rounding is what separates the two answers (a sum that cancels, in 16 bits; a normalised single
/// element), float64 decides: Ember's answer must lie within the tolerance of the float64 one, and PyTorch's not far
/// from it, which rules out a common mistake.
enum Judgement {
    /// How many tolerances PyTorch's answer may lie from the float64 one; and, as a sum that cancels keeps the rounding
    /// of its largest terms, how many relative tolerances of the largest element.
    private static let slack = 16.0, slackOfLargest = 2.0

    static func run(randomly: Bool, loosened: Double = 1, _ evaluate: (_ widened: Bool) throws -> [Finding]) throws {
        let findings = try evaluate(false)
        for (i, finding) in findings.enumerated() {
            do {
                try finding.check(randomly: randomly, loosened: loosened)
            } catch let mismatch as Failure {
                guard let exact = try? evaluate(true), exact.count == findings.count, let expected = finding.expected,
                    isExcused(finding.actual, expected, exact[i].actual)
                else { throw mismatch }
            }
        }
    }

    private static func isExcused(_ actual: Value, _ expected: Value, _ exact: Value) -> Bool {
        switch (actual, expected, exact) {
        case (.tensor(let actual), .tensor(let expected), .tensor(let exact)):
            guard actual.shape == expected.shape, actual.dtype == expected.dtype, exact.shape == expected.shape else {
                return false
            }
            if expected.dtype.isComplex && exact.dtype.isComplex {
                return isExcused(
                    .tensor(actual.viewAsReal()), .tensor(expected.viewAsReal()), .tensor(exact.viewAsReal()))
            }
            guard expected.dtype.isFloatingPoint, expected.dtype != .float64, exact.dtype == .float64 else {
                return (try? Comparison.check(actual, expected, "")) != nil
            }
            let (relative, absolute) = Comparison.tolerances(expected.dtype)
            let a: [Double] = actual.array(), e: [Double] = expected.array(), x: [Double] = exact.array()
            let rounded: [Double] = exact.to(expected.dtype).array()
            let largest = x.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
            return x.indices.allSatisfy { i in
                if a[i].isNaN && e[i].isNaN || a[i] == e[i] { return true }
                let tolerance = absolute + relative * abs(x[i])
                // PyTorch's 16-bit arithmetic may leave its range on the way to a result that does not.
                if expected.dtype.size == 2 && !e[i].isFinite { return a[i] == rounded[i] || abs(a[i] - x[i]) <= tolerance }
                return abs(a[i] - x[i]) <= tolerance
                    && abs(e[i] - x[i]) <= slack * tolerance + slackOfLargest * relative * largest
            }
        case (.list(let actual), .list(let expected), .list(let exact)):
            return actual.count == expected.count && exact.count == expected.count
                && expected.indices.allSatisfy { isExcused(actual[$0], expected[$0], exact[$0]) }
        default:
            return (try? Comparison.check(actual, expected, "")) != nil
        }
    }
}
