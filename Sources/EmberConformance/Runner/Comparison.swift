import Ember

/// Whether two results are the same, within the tolerances that the vectors' README gives for their type.
enum Comparison {
    static func tolerances(_ dtype: DType) -> (relative: Double, absolute: Double) {
        switch dtype.realType {
        case .float64: (1e-7, 1e-7)
        case .float32: (1.3e-4, 3e-5)
        case .bfloat16: (1.6e-2, 1e-2)
        case .float16: (1e-3, 1e-3)
        default: (0, 0)
        }
    }

    private static func scaled(_ dtype: DType, by factor: Double) -> (relative: Double, absolute: Double) {
        let (relative, absolute) = tolerances(dtype)
        return (relative * factor, absolute * factor)
    }

    static func check(_ actual: Value, _ expected: Value, _ what: String, randomly: Bool = false, loosened: Double = 1)
        throws
    {
        switch (actual, expected) {
        case (.tensor(let a), .tensor(let e)):
            try check(a, e, what, randomly: randomly, tolerances: scaled(e.dtype, by: loosened))
        case (.list(let a), .list(let e)):
            guard a.count == e.count else { throw Failure("\(what): \(a.count) results, expected \(e.count)") }
            for (i, (a, e)) in zip(a, e).enumerated() {
                try check(a, e, "\(what)[\(i)]", randomly: randomly, loosened: loosened)
            }
        case (.tensor(let a), .list(let e)) where e.count == 1:
            try check(.tensor(a), e[0], what, randomly: randomly, loosened: loosened)
        case (.int(let a), .int(let e)) where a == e: break
        case (.bool(let a), .bool(let e)) where a == e: break
        case (.double(let a), .double(let e)) where a == e || abs(a - e) <= 1e-7 * max(1, abs(e)) || a.isNaN && e.isNaN:
            break
        case (.string(let a), .string(let e)) where a == e: break
        case (.dtype(let a), .dtype(let e)) where a == e: break
        case (.none, .none): break
        // A number where PyTorch gives a Python number and Ember a 0-d tensor.
        case (.tensor(let a), .int(let e)) where a.count == 1 && a.item(as: Int.self) == e: break
        case (.tensor(let a), .bool(let e)) where a.count == 1 && a.item(as: Bool.self) == e: break
        case (.tensor(let a), .double(let e)) where a.count == 1: try check(.double(a.item()), .double(e), what)
        default: throw Failure("\(what) is \(actual), expected \(expected)")
        }
    }

    static func check(
        _ actual: Tensor, _ expected: Tensor, _ what: String, randomly: Bool = false,
        tolerances given: (relative: Double, absolute: Double)? = nil
    ) throws {
        guard actual.shape == expected.shape else {
            throw Failure("\(what) has shape \(actual.shape), expected \(expected.shape)")
        }
        guard actual.dtype == expected.dtype else {
            throw Failure("\(what) is \(actual.dtype.name), expected \(expected.dtype.name)")
        }
        if randomly { return }
        if expected.dtype.isComplex {
            return try check(actual.viewAsReal(), expected.viewAsReal(), what, tolerances: given)
        }
        let (relative, absolute) = given ?? tolerances(expected.dtype)
        if !expected.dtype.isFloatingPoint {
            let a: [Int] = actual.array(), e: [Int] = expected.array()
            if let i = a.indices.first(where: { a[$0] != e[$0] }) {
                throw Failure("\(what): element \(i) is \(a[i]), expected \(e[i])")
            }
            return
        }
        let a: [Double] = actual.array(), e: [Double] = expected.array()
        for i in a.indices {
            if a[i] == e[i] || a[i].isNaN && e[i].isNaN { continue }
            guard abs(a[i] - e[i]) <= absolute + relative * abs(e[i]) else {
                throw Failure("\(what): element \(i) is \(a[i]), expected \(e[i])")
            }
        }
    }
}
