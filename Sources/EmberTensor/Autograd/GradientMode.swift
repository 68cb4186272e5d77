import CEmber

/// Whether operators on this thread are recorded now. PyTorch: `torch.is_grad_enabled`.
public var isGradEnabled: Bool { ember_thread()!.pointee.gradient_disabled == 0 }

/// Runs `body` without recording: results need no gradient, and nothing is kept for a backward pass. PyTorch: `torch.no_grad`.
public func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
    try withGradient(enabled: false, body)
}

/// Runs `body` with recording on, also inside `noGrad`. PyTorch: `torch.enable_grad`.
public func enableGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
    try withGradient(enabled: true, body)
}

/// Runs `body` with recording on or off: for a phase that a variable decides. PyTorch: `torch.set_grad_enabled`.
public func withGradient<Result>(enabled: Bool, _ body: () throws -> Result) rethrows -> Result {
    let state = ember_thread()!
    let outer = state.pointee.gradient_disabled
    state.pointee.gradient_disabled = enabled ? 0 : 1
    defer { state.pointee.gradient_disabled = outer }
    return try body()
}

/// Runs `body` so that every recorded call remembers where it was written, and a backward pass that produces NaN says which
/// operator did and where its forward call stands. Slow: for finding a fault. PyTorch: `torch.autograd.set_detect_anomaly`.
public func detectAnomaly<Result>(_ body: () throws -> Result) rethrows -> Result {
    let state = ember_thread()!
    state.pointee.anomaly_detection += 1
    defer { state.pointee.anomaly_detection -= 1 }
    return try body()
}
