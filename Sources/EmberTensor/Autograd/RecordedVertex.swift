/// A vertex of the graph that autograd recorded, for those who draw or export it: an operator call, or a leaf that a user marked.
package struct RecordedVertex: Hashable, Sendable {
    /// What a call got: the vertex it came from (nil for a plain value), which of its outputs, and what is known without the values.
    package struct Input: Sendable {
        package let vertex: RecordedVertex?
        package let output: Int
        package let shape: Shape
        package let dtype: DType
    }

    private let node: GradientNode

    fileprivate init(_ node: GradientNode) { self.node = node }

    /// The order of creation: inputs have smaller numbers than what was computed from them.
    package var sequence: Int { node.sequence }

    /// The operator's name; nil for a leaf.
    package var operatorName: String? { (node as? OperationNode)?.operation.name }

    /// The arguments of the call that are no tensors.
    package var attributes: Attributes { (node as? OperationNode)?.attributes ?? [:] }

    package var inputs: [Input] {
        guard let call = node as? OperationNode else { return [] }
        return call.edges.map {
            Input(vertex: $0.node.map(RecordedVertex.init), output: $0.outputIndex, shape: $0.shape, dtype: $0.dtype)
        }
    }

    package var outputShapes: [Shape] {
        switch node {
        case let call as OperationNode: (0 ..< call.outputCount).map { call.output($0).shape }
        case let leaf as Leaf: [leaf.shape]
        default: []
        }
    }

    package static func == (a: RecordedVertex, b: RecordedVertex) -> Bool { a.node === b.node }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(node)) }
}

extension Tensor {
    /// Where the tensor came from in the recorded graph; nil for plain values.
    package var recordedVertex: RecordedVertex? { body.gradientNode.map(RecordedVertex.init) }

    /// Which output of ``recordedVertex`` the tensor is.
    package var recordedOutput: Int { body.outputIndex }
}
