import EmberTensor

extension SummaryWriter {
    /// Logs a cloud of points, or a surface of triangles, in space. PyTorch: `SummaryWriter.add_mesh`.
    /// - Parameters:
    ///   - vertices: shape (batch, points, 3).
    ///   - colors: shape (batch, points, 3), 0 to 255.
    ///   - faces: shape (batch, triangles, 3): the numbers of the corners.
    ///   - configuration: classes of three.js by name, with their arguments: camera, lights, material.
    public func addMesh(
        _ tag: String, vertices: Tensor, colors: Tensor? = nil, faces: Tensor? = nil, configuration: JSONObject = [:], step: Int,
        wallTime: Double? = nil
    ) {
        let parts: [(part: MeshPart, tensor: Tensor)] = [(.vertex, vertices)]
            + [(.face, faces), (.color, colors)].compactMap { part, tensor in tensor.map { (part, $0) } }
        for (part, tensor) in parts where tensor.rank != 3 || tensor.shape[2] != 3 || tensor.shape[0] != vertices.shape[0] {
            TensorError("the \(part.name) of a mesh has shape [\(vertices.shape.first ?? 0), count, 3], not \(tensor.shape)")
                .report(in: "SummaryWriter.addMesh", operands: parts.map(\.tensor))
            return
        }
        let components = parts.reduce(0) { $0 | 1 << $1.part.rawValue }
        for (part, tensor) in parts {
            // MeshPluginData of tensorboard/plugins/mesh/plugin_data.proto; the version, 0, is left out.
            var data = ProtobufWriter()
            data.string(2, tag)
            data.integer(3, part.rawValue)
            data.string(5, JSON.object(configuration).encoded)
            data.integers(6, tensor.shape)
            data.integer(7, components)
            let content = PluginSummary.Content.numbers(tensor.array(), shape: tensor.shape)
            add("\(tag)_\(part.name)", .plugin(PluginSummary("mesh", data: data.bytes, content: content)), step, wallTime)
        }
    }
}

private enum MeshPart: Int {
    case vertex = 1, face, color

    var name: String {
        switch self {
        case .vertex: "VERTEX"
        case .face: "FACE"
        case .color: "COLOR"
        }
    }
}
