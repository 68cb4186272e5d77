extension Tensor {
    func gathered(at tensors: [Tensor?]) throws(TensorError) -> Tensor { throw TensorError("index tensors: under way") }
    mutating func setGathered(_ plan: IndexPlan, _ value: Tensor) throws(TensorError) { throw TensorError("index tensors: under way") }
    func nonzero() -> Tensor { self }
}
