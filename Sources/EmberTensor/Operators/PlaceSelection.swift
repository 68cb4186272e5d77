extension Tensor {
    /// The dimensions in the order in which they lie in memory, outermost first.
    var memoryOrder: [Int] {
        if isContiguous || !ShapeRule.isDense(shape, strides) { return Array(0..<rank) }
        return (0..<rank).sorted { strides[$0] != strides[$1] ? strides[$0] > strides[$1] : $0 < $1 }
    }

    /// The elements at `places[d]` of each dimension d that has places, all of the others, in the order of this tensor's memory.
    func copied(at places: [Int: [Int]]) -> Tensor {
        let order = memoryOrder
        var inverse = order
        for (place, d) in order.enumerated() { inverse[d] = place }
        let source = detach().permute(order), lists = order.map { places[$0] }
        let result = Tensor.empty(zip(source.shape, lists).map { $1?.count ?? $0 }, dtype, device: device)
        device.backend.copy(from: source, at: lists, to: result)
        return result.permute(inverse)
    }

    /// The elements at `places[d]` of each dimension d that has places, all of the others.
    func selecting(_ places: [Int: [Int]]) -> Tensor {
        let dims = places.keys.sorted(), lists = dims.compactMap { places[$0] }
        return placesOperator(self, attributes: ["dims": .ints(dims), "counts": .ints(lists.map(\.count)), "places": .ints(lists.flatMap { $0 })])
    }
}

/// One element of the input for each of the result, by a list of places for some dimensions.
private let placesOperator = Operator("select_places", takesComplex: true, forward: { inputs, attributes throws(TensorError) in
    [inputs[0].copied(at: placeLists(attributes))]
}, backward: { call in
    var g = call.cotangent()
    let shape = call.shape(ofInput: 0)
    for (dim, places) in placeLists(call.attributes).sorted(by: { $0.key > $1.key }) {
        var size = g.shape
        size[dim] = shape[dim]
        g = Tensor.unstoredZeros(size, dtype: g.dtype).indexAdd(dim, Tensor(places), g)
    }
    return [g]
})

private func placeLists(_ attributes: Attributes) -> [Int: [Int]] {
    let places = attributes.ints("places")
    var lists: [Int: [Int]] = [:], next = 0
    for (dim, count) in zip(attributes.ints("dims"), attributes.ints("counts")) {
        lists[dim] = Array(places[next..<next + count])
        next += count
    }
    return lists
}
