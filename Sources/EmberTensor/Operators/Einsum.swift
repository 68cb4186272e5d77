/// An Einstein-summation equation, understood for given operands.
///
/// Subscripts are numbers: letters by their code, the dimensions of an ellipsis by their distance from the last one, above all letters.
private struct EinsumEquation {
    var inputs: [[Int]]
    var output: [Int]

    private static let ellipsisBase = 1 << 20

    init(_ text: String, _ operands: [Tensor]) throws(TensorError) {
        let sides = text.filter { $0 != " " }.split(separator: "->", omittingEmptySubsequences: false).map(String.init)
        guard sides.count <= 2 else { throw TensorError("the equation \"\(text)\" has more than one ->") }
        let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard terms.count == operands.count else {
            throw TensorError("the equation \"\(text)\" names \(terms.count) operand\(terms.count == 1 ? "" : "s"), got \(operands.count)")
        }
        inputs = []
        var ellipsisRank = 0
        for (i, term) in terms.enumerated() {
            let rank = operands[i].rank
            let labels = try Self.parse(term, text) { (named: Int) throws(TensorError) in
                guard rank >= named else { throw TensorError("\"\(term)\" names \(named) dimensions, operand \(i) has \(rank)") }
                ellipsisRank = max(ellipsisRank, rank - named)
                return rank - named
            }
            guard labels.count == rank else {
                throw TensorError("\"\(term)\" names \(labels.count) dimensions, operand \(i) has \(rank)")
            }
            inputs.append(labels)
        }
        let ellipsis = (0..<ellipsisRank).map { Self.ellipsisBase + ellipsisRank - 1 - $0 }
        if sides.count == 2 {
            output = try Self.parse(sides[1], text) { (_: Int) throws(TensorError) in ellipsisRank }
            guard Set(output).count == output.count else { throw TensorError("a subscript appears twice in the output of \"\(text)\"") }
            let known = Set(inputs.joined())
            guard output.allSatisfy({ known.contains($0) || $0 >= Self.ellipsisBase }) else {
                throw TensorError("the output of \"\(text)\" has a subscript that no operand has")
            }
        } else {
            var counts: [Int: Int] = [:]
            for label in inputs.joined() { counts[label, default: 0] += 1 }
            output = ellipsis + counts.filter { $0.key < Self.ellipsisBase && $0.value == 1 }.keys.sorted()
        }
    }

    private static func parse(_ term: String, _ equation: String, ellipsisRank: (Int) throws(TensorError) -> Int) throws(TensorError) -> [Int] {
        let parts = term.components(separatedBy: "...")
        guard parts.count <= 2 else { throw TensorError("\"\(term)\" has more than one ellipsis") }
        var labels: [[Int]] = []
        for part in parts {
            var codes: [Int] = []
            for character in part.unicodeScalars {
                guard ("a"..."z").contains(character) || ("A"..."Z").contains(character) else {
                    throw TensorError("the equation \"\(equation)\" has '\(character)' where a letter is expected")
                }
                codes.append(Int(character.value))
            }
            labels.append(codes)
        }
        guard labels.count == 2 else { return labels[0] }
        let rank = try ellipsisRank(labels[0].count + labels[1].count)
        return labels[0] + (0..<rank).map { ellipsisBase + rank - 1 - $0 } + labels[1]
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}

/// A tensor whose dimensions have subscripts.
private struct Labelled {
    var tensor: Tensor
    var labels: [Int]

    /// Repeated subscripts read the diagonal.
    mutating func takeDiagonals() throws(TensorError) {
        while let first = labels.indices.first(where: { labels[($0 + 1)...].contains(labels[$0]) }),
              let second = labels[(first + 1)...].firstIndex(of: labels[first]) {
            let size = tensor.shape[first]
            guard tensor.shape[second] == size else {
                throw TensorError("dimensions \(first) and \(second) of \(tensor.shape) have the same subscript but different sizes")
            }
            let others = labels.indices.filter { $0 != first && $0 != second }
            let square = tensor.permute(others + [first, second])
            // The diagonal of a row-major square: every (size + 1)-th element.
            let flat = square.reshape(others.map { tensor.shape[$0] } + [size * size])
            tensor = flat.slice(others.count, start: 0, step: size + 1, count: size)
            labels = others.map { labels[$0] } + [labels[first]]
        }
    }

    /// Sums over subscripts that `needed` does not have. A sum promotes integers, a sum of products keeps their type, as in PyTorch.
    mutating func sum(except needed: Set<Int>) {
        let dims = labels.indices.filter { !needed.contains(labels[$0]) }
        guard !dims.isEmpty else { return }
        tensor = tensor.sum(dims)
        labels.removeAll { !needed.contains($0) }
    }

    /// Dimensions in the order of `order`, those it lacks with size 1.
    func arranged(_ order: [Int]) -> Tensor {
        let own = order.filter(labels.contains)
        let moved = tensor.permute(own.compactMap { labels.firstIndex(of: $0) })
        return moved.reshape(order.map { label in labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1 })
    }

    /// The size of a subscript, 1 if there is none.
    func size(_ label: Int) -> Int { labels.firstIndex(of: label).map { tensor.shape[$0] } ?? 1 }

    mutating func drop(_ label: Int) {
        guard let d = labels.firstIndex(of: label) else { return }
        tensor = tensor.squeeze(d)
        labels.remove(at: d)
    }
}

/// Multiplies two operands and sums the subscripts that nothing after needs: a batch of matrix products.
private func contracted(_ a: Labelled, _ b: Labelled, needed: Set<Int>) throws(TensorError) -> Labelled {
    var a = a, b = b
    // A subscript of size 1 on one side broadcasts: only the other side has it then.
    for label in a.labels where b.labels.contains(label) {
        let (x, y) = (a.size(label), b.size(label))
        if x == y { continue }
        guard x == 1 || y == 1 else {
            throw TensorError("a subscript has size \(x) in one operand and \(y) in another; they must be equal, or one of them 1")
        }
        if x == 1 { a.drop(label) } else { b.drop(label) }
    }
    let inB = Set(b.labels), inA = Set(a.labels)
    a.sum(except: needed.union(inB))
    b.sum(except: needed.union(inA))
    let type = try DType.promote(a.tensor.dtype, b.tensor.dtype)
    a.tensor = a.tensor.to(type)
    b.tensor = b.tensor.to(type)
    let batch = a.labels.filter { inB.contains($0) && needed.contains($0) }
    let inner = a.labels.filter { inB.contains($0) && !needed.contains($0) }
    let left = a.labels.filter { !inB.contains($0) }, right = b.labels.filter { !inA.contains($0) }
    let labels = batch + left + right
    if inner.isEmpty { return Labelled(tensor: a.arranged(labels) * b.arranged(labels), labels: labels) }
    func count(_ x: Labelled, _ labels: [Int]) -> Int { labels.reduce(1) { $0 * x.size($1) } }
    let k = count(a, inner), matrices = count(a, batch)
    let x = a.arranged(batch + left + inner).reshape([matrices, count(a, left), k])
    let y = b.arranged(batch + inner + right).reshape([matrices, k, count(b, right)])
    let product = x.matmul(y)
    return Labelled(tensor: product.reshape(batch.map(a.size) + left.map(a.size) + right.map(b.size)), labels: labels)
}

/// Products of the operands' elements, summed over the subscripts that the output does not have: `einsum("bij,bjk->bik", a, b)` is a batch
/// of matrix products. `...` stands for further dimensions, which broadcast; without `->`, the output has the subscripts that appear once,
/// in alphabetical order. Operands are contracted from left to right. PyTorch: `torch.einsum`.
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor { einsum(equation, operands) }

/// ``einsum(_:_:)-(_,Tensor...)`` with an array of operands.
public func einsum(_ equation: String, _ operands: [Tensor]) -> Tensor {
    composed("einsum", operands) { () throws(TensorError) in
        guard !operands.isEmpty else { throw TensorError("needs at least one operand") }
        for operand in operands where operand.dtype != operands[0].dtype {
            throw TensorError("the operands have different element types, \(operands[0].dtype.name) and \(operand.dtype.name); convert one")
        }
        let parsed = try EinsumEquation(equation, operands)
        var terms: [Labelled] = []
        for (tensor, labels) in zip(operands, parsed.inputs) {
            var term = Labelled(tensor: tensor, labels: labels)
            try term.takeDiagonals()
            terms.append(term)
        }
        var result = terms[0]
        for i in terms.indices.dropFirst() {
            let needed = Set(parsed.output).union(terms[(i + 1)...].flatMap(\.labels))
            result = try contracted(result, terms[i], needed: needed)
        }
        result.sum(except: Set(parsed.output))
        return result.arranged(parsed.output)
    }
}

extension Tensor {
    /// Sums of products over `dims` of this tensor and as many of the other. PyTorch: `torch.tensordot`.
    public func tensordot(_ other: Tensor, dims: ([Int], [Int])) -> Tensor {
        composed("tensordot", [self, other]) { () throws(TensorError) in
            let own = try ShapeRule.dims(dims.0, rank: rank), others = try ShapeRule.dims(dims.1, rank: other.rank)
            guard own.count == others.count else {
                throw TensorError("\(own.count) dimensions of one operand cannot be paired with \(others.count) of the other")
            }
            var summedSelf: [Int] = [], summedOther: [Int] = []
            for (a, b) in zip(own, others) where shape[a] != other.shape[b] {
                // A size of 1 broadcasts: the other side is summed by itself.
                switch (shape[a], other.shape[b]) {
                case (1, _): summedOther.append(b)
                case (_, 1): summedSelf.append(a)
                default: throw TensorError("dimension \(a) of \(shape) and dimension \(b) of \(other.shape) are paired but have different sizes")
                }
            }
            if !summedSelf.isEmpty || !summedOther.isEmpty {
                let left = summedSelf.isEmpty ? self : sum(summedSelf, keepDim: true, dtype: dtype)
                let right = summedOther.isEmpty ? other : other.sum(summedOther, keepDim: true, dtype: other.dtype)
                return left.tensordot(right, dims: dims)
            }
            try MatrixProductRule.check(types: [self, other])
            let left = shape.indices.filter { !own.contains($0) }, right = other.shape.indices.filter { !others.contains($0) }
            let k = ShapeRule.count(own.map { shape[$0] })
            let rows = left.map { shape[$0] }, columns = right.map { other.shape[$0] }
            let product = permute(left + own).reshape([ShapeRule.count(rows), k])
                .matmul(other.permute(others + right).reshape([k, ShapeRule.count(columns)]))
            return product.reshape(rows + columns)
        }
    }

    /// Sums of products over the last `dims` dimensions of this tensor and the first of the other. PyTorch: `torch.tensordot`.
    public func tensordot(_ other: Tensor, dims: Int = 2) -> Tensor {
        composed("tensordot", [self, other]) { () throws(TensorError) in
            guard dims >= 0, dims <= rank, dims <= other.rank else {
                throw TensorError("\(dims) dimensions cannot be taken from shapes \(shape) and \(other.shape)")
            }
            return tensordot(other, dims: (Array((rank - dims)..<rank), Array(0..<dims)))
        }
    }
}
