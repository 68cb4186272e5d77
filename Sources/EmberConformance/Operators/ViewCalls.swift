import Ember

/// Shapes, transposition and other views.
let viewCalls: [String: OperatorCall] = [
    "reshape": { .tensor(try $0.tensor(0, "input").reshape(try $0.sizes(from: 1, "shape"))) },
    "view": { .tensor(try $0.tensor(0, "input").reshape(try $0.sizes(from: 1, "size"))) },
    "reshape_as": tensorPair { $0.reshape($1.shape) }, "view_as": tensorPair { $0.reshape($1.shape) },
    "expand_as": tensorPair { $0.expand($1.shape) },
    "permute": { .tensor(try $0.tensor(0, "input").permute(try $0.sizes(from: 1, "dims"))) },
    "transpose": { .tensor(try $0.tensor(0, "input").transpose(try $0.int(1, "dim0"), try $0.int(2, "dim1"))) },
    "mT": unary { $0.mT },
    "expand": { .tensor(try $0.tensor(0, "input").expand(try $0.sizes(from: 1, "size"))) },
    "broadcast_to": { .tensor(try $0.tensor(0, "input").broadcast(to: try $0.sizes(from: 1, "size"))) },
    "unsqueeze": { .tensor(try $0.tensor(0, "input").unsqueeze(try $0.int(1, "dim"))) },
    "squeeze": { arguments in
        let x = try arguments.tensor(0, "input")
        guard let dims = try arguments.optionalInts(1, "dim") else { return .tensor(x.squeeze()) }
        // An empty list squeezes nothing.
        return .tensor(dims.isEmpty ? x : x.squeeze(dims))
    },
    "flatten": {
        .tensor(
            try $0.tensor(0, "input").flatten(
                from: try $0.int(1, "start_dim", default: 0), to: try $0.int(2, "end_dim", default: -1)))
    },
    "ravel": unary { $0.flatten() },
    "narrow": {
        .tensor(
            try $0.tensor(0, "input").narrow(
                try $0.int(1, "dim"), start: try $0.int(2, "start"), count: try $0.int(3, "length")))
    },
    "select": { .tensor(try $0.tensor(0, "input").select(try $0.int(1, "dim"), try $0.int(2, "index"))) },
    "flip": { .tensor(try $0.tensor(0, "input").flip(try $0.sizes(from: 1, "dims"))) },
]
