import Ember

extension Arguments {
    /// The outer edges of the bins: two numbers for each dimension.
    fileprivate func ranges(_ position: Int?, _ name: String) throws -> [(low: Double, high: Double)]? {
        guard has(position, name), case .list = value(position, name) else { return nil }
        let numbers = try doubles(position, name)
        guard numbers.count % 2 == 0 else { throw IllTyped("\(operation): ranges are pairs") }
        return stride(from: 0, to: numbers.count, by: 2).map { (numbers[$0], numbers[$0 + 1]) }
    }
}

/// Counts in bins.
let histogramCalls: [String: OperatorCall] = [
    "histogram": { arguments in
        let x = try arguments.tensor(0, "input"), range = try arguments.ranges(nil, "range")
        let weight = try arguments.optionalTensor(nil, "weight")
        let density = try arguments.bool(nil, "density", default: false)
        if case .tensor(let edges) = arguments.value(1, "bins") {
            guard range == nil else { throw IllTyped("histogram: edges have no range") }
            let result = x.histogram(edges: edges, weight: weight, density: density)
            return list([result.hist, result.binEdges])
        }
        let bins = try arguments.int(1, "bins")
        let result = x.histogram(bins: bins, range: range?.first, weight: weight, density: density)
        return list([result.hist, result.binEdges])
    },
    "histogramdd": { arguments in
        let x = try arguments.tensor(0, "input"), range = try arguments.ranges(2, "range")
        let weight = try arguments.optionalTensor(3, "weight")
        let density = try arguments.bool(4, "density", default: false)
        func value(_ result: (hist: Tensor, binEdges: [Tensor])) -> Value {
            .list([.tensor(result.hist), list(result.binEdges)])
        }
        switch arguments.value(1, "bins") {
        case .int(let count):
            let bins = [Int](repeating: count, count: x.shape.last ?? 0)
            return value(x.histogramdd(bins: bins, range: range, weight: weight, density: density))
        case .list(let items):
            if case .tensor? = items.first {
                let edges = try arguments.tensors(1, "bins")
                guard range == nil else { throw IllTyped("histogramdd: edges have no range") }
                return value(x.histogramdd(edges: edges, weight: weight, density: density))
            }
            let bins = try arguments.ints(1, "bins")
            return value(x.histogramdd(bins: bins, range: range, weight: weight, density: density))
        case let other: throw IllTyped("histogramdd: bins are numbers or tensors, not \(other.kind)")
        }
    },
]
