/// The value of a hyper-parameter in TensorBoard's table of runs.
public enum HParam: Sendable, Equatable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral
{
    case number(Double)
    case string(String)
    case boolean(Bool)

    public init(floatLiteral value: Double) { self = .number(value) }
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension SummaryWriter {
    /// Logs the hyper-parameters of a run with what came of them, as a row of TensorBoard's table. PyTorch: `SummaryWriter.add_hparams`.
    /// - Parameters:
    ///   - metrics: the results by tag; they are logged as scalars of the row's run as well.
    ///   - domains: all values that a hyper-parameter can take, where they are few.
    ///   - runName: the folder of the row, below this writer's; the time unless given.
    public func addHParams(
        _ values: KeyValuePairs<String, HParam>, metrics: KeyValuePairs<String, Double>, domains: [String: [HParam]] = [:],
        runName: String? = nil, step: Int = 0
    ) {
        guard let writer = run(in: runName ?? String(SummaryWriter.now)) else { return }
        // Experiment, SessionStartInfo and SessionEndInfo of tensorboard/plugins/hparams/api.proto and plugin_data.proto.
        writer.addHParams("experiment", field: 2, step) { experiment in
            for (name, value) in values {
                experiment.message(4) { info in
                    info.string(1, name)
                    info.integer(4, value.dataType)
                    if let domain = domains[name] {
                        info.message(5) { list in for value in domain { list.message(1) { value.encode(into: &$0) } } }
                    }
                }
            }
            for (tag, _) in metrics { experiment.message(5) { info in info.message(1) { $0.string(2, tag) } } }
        }
        writer.addHParams("session_start_info", field: 3, step) { start in
            for (name, value) in values {
                start.message(1) { entry in
                    entry.string(1, name)
                    entry.message(2) { value.encode(into: &$0) }
                }
            }
        }
        writer.addHParams("session_end_info", field: 4, step) { $0.integer(1, 1) }  // STATUS_SUCCESS
        for (tag, value) in metrics { writer.addScalar(tag, value, step: step) }
    }

    private func addHParams(_ part: String, field: Int, _ step: Int, _ build: (inout ProtobufWriter) -> Void) {
        var data = ProtobufWriter()
        data.message(field, build)
        add("_hparams_/" + part, .plugin(PluginSummary("hparams", data: data.bytes)), step, nil)
    }
}

extension HParam {
    /// `DataType` of tensorboard/plugins/hparams/api.proto.
    fileprivate var dataType: Int {
        switch self {
        case .string: 1
        case .boolean: 2
        case .number: 3
        }
    }

    /// `google.protobuf.Value`.
    fileprivate func encode(into message: inout ProtobufWriter) {
        switch self {
        case .number(let value): message.double(2, value)
        case .string(let value): message.string(3, value)
        case .boolean(let value): message.integer(4, value ? 1 : 0)
        }
    }
}
