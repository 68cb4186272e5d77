/// Diagrams of curves that TensorBoard shows together, under a title.
public struct ScalarCategory: Sendable, Equatable {
    public struct Diagram: Sendable, Equatable {
        enum Content: Equatable {
            case curves([String])
            case margin(value: String, lower: String, upper: String)
        }
        let title: String
        let content: Content

        /// Several curves in one diagram.
        /// - Parameter tags: those of `addScalar`; regular expressions are allowed.
        public static func curves(_ title: String, _ tags: [String]) -> Diagram { Diagram(title: title, content: .curves(tags)) }

        /// A curve with the range around it.
        public static func margin(_ title: String, value: String, lower: String, upper: String) -> Diagram {
            Diagram(title: title, content: .margin(value: value, lower: lower, upper: upper))
        }
    }

    public var title: String
    public var diagrams: [Diagram]

    public init(_ title: String, _ diagrams: [Diagram]) {
        self.title = title
        self.diagrams = diagrams
    }
}

extension SummaryWriter {
    /// Says which curves are shown in one diagram, on the page "custom scalars". Call it once. PyTorch: `SummaryWriter.add_custom_scalars`.
    public func addCustomScalars(_ categories: [ScalarCategory]) {
        // Layout of tensorboard/plugins/custom_scalar/layout.proto.
        var layout = ProtobufWriter()
        for category in categories {
            layout.message(2) { message in
                message.string(1, category.title)
                for diagram in category.diagrams { message.message(2) { $0.encode(diagram) } }
            }
        }
        let content = PluginSummary.Content.strings([layout.bytes], shape: [])
        add("custom_scalars__config__", .plugin(PluginSummary("custom_scalars", content: content)), 0, nil)
    }

    /// A diagram of several curves. PyTorch: `SummaryWriter.add_custom_scalars_multilinechart`.
    public func addCustomScalarsMultilineChart(_ tags: [String], category: String = "default", title: String = "untitled") {
        addCustomScalars([ScalarCategory(category, [.curves(title, tags)])])
    }

    /// A diagram of a curve with the range around it. PyTorch: `SummaryWriter.add_custom_scalars_marginchart`.
    public func addCustomScalarsMarginChart(
        value: String, lower: String, upper: String, category: String = "default", title: String = "untitled"
    ) {
        addCustomScalars([ScalarCategory(category, [.margin(title, value: value, lower: lower, upper: upper)])])
    }
}

extension ProtobufWriter {
    fileprivate mutating func encode(_ diagram: ScalarCategory.Diagram) {
        string(1, diagram.title)
        switch diagram.content {
        case .curves(let tags):
            message(2) { curves in for tag in tags { curves.string(1, tag) } }
        case .margin(let value, let lower, let upper):
            message(3) { margin in
                margin.message(1) { series in
                    series.string(1, value)
                    series.string(2, lower)
                    series.string(3, upper)
                }
            }
        }
    }
}
