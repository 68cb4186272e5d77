import Ember

/// A step over `count` tensors of `size` numbers each. The peer's is its fastest, or what it does unless asked otherwise.
private func step(_ name: String, _ count: Int, _ size: Int, againstDefault: Bool = false,
                  _ make: @escaping @Sendable ([Parameter]) -> Optimizer) -> Row {
    Row("\(name), \(count) tensors of \(size)\(againstDefault ? ", PyTorch's default" : "")") {
        let parameters = (0..<count).map { _ in Parameter(Tensor.randn([size])) }
        for parameter in parameters { parameter.gradient = Tensor.randn([size]) }
        let optimizer = make(parameters)
        return {
            optimizer.step()
            return parameters[0].value
        }
    }
}

/// Steps over 25 million parameters in 160 tensors, and over many small ones.
let optimizerRows: [Row] = [
    step("Adam step", 160, 156_250) { Adam($0) },
    step("AdamW step", 160, 156_250) { AdamW($0) },
    step("SGD step", 160, 156_250) { SGD($0) },
    step("SGD momentum step", 160, 156_250) { SGD($0, momentum: 0.9) },
    step("RMSprop step", 160, 156_250) { RMSprop($0) },
    step("Adagrad step", 160, 156_250) { Adagrad($0) },
    step("Adam step", 160, 156_250, againstDefault: true) { Adam($0) },
    step("SGD step", 160, 156_250, againstDefault: true) { SGD($0) },
    step("Adam step", 500, 100) { Adam($0) },
    step("SGD step", 500, 100) { SGD($0) },
]
