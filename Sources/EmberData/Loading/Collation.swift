import EmberTensor

/// Samples made into one batch: tensors are stacked along a new first dimension. PyTorch: `torch.utils.data.default_collate`.
public enum Collation {
    /// `[tensor, …]` → one tensor.
    public static func tensors(_ samples: [Tensor]) -> Tensor { stack(samples) }

    /// `[(input, target), …]` → `(inputs, targets)`.
    public static func pairs(_ samples: [(Tensor, Tensor)]) -> (Tensor, Tensor) {
        (stack(samples.map(\.0)), stack(samples.map(\.1)))
    }

    /// `[(a, b, c), …]` → three tensors.
    public static func triples(_ samples: [(Tensor, Tensor, Tensor)]) -> (Tensor, Tensor, Tensor) {
        (stack(samples.map(\.0)), stack(samples.map(\.1)), stack(samples.map(\.2)))
    }

    /// Lists of equally many tensors, place by place.
    public static func lists(_ samples: [[Tensor]]) throws -> [Tensor] {
        let size = samples.first?.count ?? 0
        guard samples.allSatisfy({ $0.count == size }) else {
            throw DataError("samples with different numbers of tensors cannot be made into a batch")
        }
        return (0 ..< size).map { k in stack(samples.map { $0[k] }) }
    }

    /// Dictionaries with the same keys, key by key.
    public static func dictionaries(_ samples: [[String: Tensor]]) throws -> [String: Tensor] {
        guard let first = samples.first else { return [:] }
        return try first.reduce(into: [:]) { batch, entry in
            batch[entry.key] = stack(try samples.map { sample in
                guard let tensor = sample[entry.key], sample.count == first.count else {
                    throw DataError("samples with different keys cannot be made into a batch")
                }
                return tensor
            })
        }
    }
}
