extension SparseTensor: CustomStringConvertible {
    /// Coordinates and values as PyTorch prints them.
    public var description: String {
        if isInert { return "tensor(failed)" }
        func lines(_ name: String, _ tensor: Tensor) -> String {
            // An empty tensor always says its size here.
            let plain = tensor.detach(), indent = String(repeating: " ", count: name.count + 1)
            var text = plain.formatted()
            if plain.shape == [0] { text = text.replacing("[]", with: "[], size=(0,)") }
            // The type is said once, for the whole.
            text = text.replacing(", dtype=\(plain.dtype.name))", with: ")")
            return name + "=" + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + indent)
        }
        let size = shape.count == 1 ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
        var notes = ["size=\(size)", "nnz=\(storedCount)"]
        if dtype != Tensor.defaultDType && dtype != .int64 && dtype != .bool { notes.append("dtype=\(dtype.name)") }
        notes.append("layout=sparse_coo")
        if let node = values.body.gradientNode as? OperationNode {
            notes.append("grad_fn=<\(node.operation.name)>")
        } else if requiresGrad {
            notes.append("requires_grad=True")
        }
        let parts = [lines("indices", indices), lines("values", values), notes.joined(separator: ", ")]
        return "tensor(" + parts.map { $0.replacing("\n", with: "\n       ") }.joined(separator: ",\n       ") + ")"
    }
}
