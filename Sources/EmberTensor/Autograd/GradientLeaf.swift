/// A leaf apart from its values: what a parameter remains while its values are exchanged.
package struct GradientLeaf: Sendable {
    fileprivate let node: Leaf
}

extension Tensor {
    /// The leaf that this tensor is; nil for plain values and computed tensors.
    package var gradientLeaf: GradientLeaf? { (body.gradientNode as? Leaf).map(GradientLeaf.init) }

    /// These values as `leaf`, with its gradient and hooks, when shape and type agree; as a new leaf when they do not, and as plain values
    /// when there is none.
    package func values(as leaf: GradientLeaf?) -> Tensor {
        if isInert { return self }
        if let leaf, body.gradientNode === leaf.node { return self }
        guard let node = leaf?.node else { return detach() }
        guard node.shape == shape, node.dtype == dtype else { return detach().requiringGrad() }
        return Tensor(TensorBody(sharing: body, gradientNode: node, outputIndex: 0))
    }
}
