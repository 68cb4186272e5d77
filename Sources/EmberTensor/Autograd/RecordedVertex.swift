/// A vertex of the graph that autograd recorded, for those who draw or export it: an operator call, or a leaf that a user marked.
package struct RecordedVertex: Hashable, Sendable {
    /// What a call got: the vertex it came from (nil for a plain value), which of its outputs, and what is known without the values.
    package struct Input: Sendable {
        package let vertex: RecordedVertex?
        package let output: Int
        package let shape: Shape
        package let dtype: DType
        /// Which memory the values lie in, where the call keeps them for its gradient: plain values are known again by it.
        package let memory: ObjectIdentifier?
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
        let values = call.savedInputs
        return call.edges.enumerated().map { i, edge in
            Input(vertex: edge.node.map(RecordedVertex.init), output: edge.outputIndex, shape: edge.shape, dtype: edge.dtype,
                  memory: i < values.count ? values[i].memory : nil)
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

    /// Which memory the values lie in; views share it.
    package var memory: ObjectIdentifier { ObjectIdentifier(body.storage) }

    /// Which output of ``recordedVertex`` the tensor is.
    package var recordedOutput: Int { body.outputIndex }
}
