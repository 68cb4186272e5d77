/// Runs `body`, then puts `generator` back to where it was: what `body` draws does not change what is drawn later.
/// PyTorch: `torch.random.fork_rng`.
public func preservingRandomState<Result>(of generator: Generator = .default, _ body: () throws -> Result) rethrows -> Result {
    let state = generator.stateBytes
    // Bytes that a generator gave are always a valid state, so restoring them cannot fail.
    defer { try? generator.restore(state) }
    return try body()
}
