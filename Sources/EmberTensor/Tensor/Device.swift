/// Where a tensor's memory lies and its operators run. PyTorch: `torch.device`.
public enum Device: Sendable, Hashable, CustomStringConvertible {
    case cpu

    public var description: String {
        switch self {
        case .cpu: "cpu"
        }
    }

    /// What executes the primitives for this device.
    var backend: any Backend {
        switch self {
        case .cpu: CPUBackend.shared
        }
    }
}
