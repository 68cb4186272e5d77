import CEmber

/// What a device must be able to do: the primitives every operator is composed of.
///
/// Operators compute shapes and types, allocate results and hand both over as tensors; a backend sees only memory with strides, never
/// history. Calls may be asynchronous: a backend that works through a stream orders its calls itself, and ``synchronize()``
/// waits for all of them and throws what went wrong since the last time. Nothing reads memory on the host without it.
protocol Backend: Sendable, LinearAlgebraBackend {
    /// Waits until every primitive started so far has finished.
    func synchronize() throws(TensorError)

    /// One scalar operator on operands that lie without gaps in the same order; scalars have one element.
    func elementwise(_ operation: ScalarOperator, compute: DType, _ a: Tensor, _ b: Tensor?, _ c: Tensor?, into output: Tensor)

    /// A program of scalar operators over operands of the outputs' shape (broadcast ones have stride 0).
    func elementwise(_ program: ElementwiseProgram, _ operands: [Tensor], into outputs: [Tensor])

    /// The sum of the program's only result over `shape`, times `factor`, as the one element of `result`. Nothing else is stored.
    func elementwiseSum(_ program: ElementwiseProgram, _ operands: [Tensor], shape: Shape, factor: Double, into result: Tensor)

    /// An update rule on the operands of many calls: in each they are of type `dtype` and lie without gaps in the same order.
    func update(_ rule: ElementwiseUpdate, _ calls: [ElementwiseUpdate.Call], _ dtype: DType)

    /// Copies between layouts and element types; same shape.
    func copy(from source: Tensor, to destination: Tensor)

    /// Contiguous matrices without the elements above the diagonal of this number (below it, when `upper`), which become zero.
    func copyTriangle(of source: Tensor, upper: Bool, diagonal: Int, to destination: Tensor)

    /// destination[i, j, …] = source[places[0][i], places[1][j], …]; where no places are given they are 0, 1, …. `destination` is contiguous.
    func copy(from source: Tensor, at places: [[Int]?], to destination: Tensor)

    /// Folds `dims` (ascending) of `x` into `result`, contiguous in the kept shape.
    func reduce(_ kind: ReductionKind, _ x: Tensor, dims: [Int], into result: Tensor, parameter: Double)

    /// Fills `result`, dense in any order of dimensions, with random numbers in the order of its memory.
    func sample(_ distribution: RandomDistribution, _ generator: inout ember_generator, into result: Tensor)

    /// The same with a parameter per element; parameters are laid out like `result`. Throws when a parameter is out of its range.
    func sample(_ distribution: ParametricDistribution, _ generator: inout ember_generator, parameters: [Tensor],
                into result: Tensor) throws(TensorError)

    /// Draws indices into the last dimension of contiguous `weights`, into int64 `result`.
    func sampleCategories(_ weights: Tensor, _ generator: inout ember_generator, replacement: Bool, into result: Tensor) throws(TensorError)

    /// softmax, or its logarithm, of contiguous `x` along `dim`.
    func softmax(logarithm: Bool, _ x: Tensor, into result: Tensor, dim: Int)

    /// The gradient of the input of ``softmax(logarithm:_:into:dim:)`` from that of its output and the output; all contiguous.
    func softmaxBackward(logarithm: Bool, _ cotangent: Tensor, _ output: Tensor, into result: Tensor, dim: Int)

    /// Unreduced losses, the log-sum-exp of every distribution, and as result the sum of the weights that count.
    func crossEntropy(_ problem: CrossEntropyProblem, losses: Tensor, logSumExp: Tensor) throws(TensorError) -> Double

    /// The sum of the losses of log-probabilities, which `losses` gets too if wanted, and the sum of the weights that count.
    func negativeLogLikelihood(_ problem: CrossEntropyProblem, losses: Tensor?) throws(TensorError) -> (sum: Double, weights: Double)

    /// The gradient of the scores; `cotangent` has the losses' shape or one element, and is multiplied by `scale`.
    func crossEntropyBackward(_ problem: CrossEntropyProblem, logSumExp: Tensor, cotangent: Tensor, scale: Double, into result: Tensor)

    /// The losses of contiguous log probabilities (time, batch, classes) over all alignments, and their gradient if wanted.
    func alignmentLosses(_ x: Tensor, _ problem: AlignmentProblem, into losses: Tensor, gradient: Tensor?)

    /// The extreme values of `dims` (ascending, none empty) and where they stand: indices into the folded dimensions. Either may be nil.
    func reduceExtreme(maximum: Bool, _ x: Tensor, dims: [Int], values: Tensor?, indices: Tensor?)

    /// Variance with the divisor max(0, n - correction), or its root, and the mean; contiguous in the kept shape.
    func variance(_ x: Tensor, dims: [Int], correction: Double, standardDeviation: Bool, into result: Tensor, mean: Tensor)

    /// (x - mean) / √(variance + ε) · weight + bias. Mean and variance are results of rows, and given for channels.
    func normalize(_ problem: NormalizationProblem, into result: Tensor, mean: Tensor, variance: Tensor)

    /// The gradients of ``normalize(_:into:mean:variance:)``, the statistics being functions of x; any may be left out. The cotangent and that of x
    /// are laid out like x.
    func normalizeGradient(_ problem: NormalizationProblem, cotangent: Tensor, mean: Tensor, variance: Tensor, into ofX: Tensor?,
                           weight ofWeight: Tensor?, bias ofBias: Tensor?)

    /// `c = a · b + bias`, plus c's old values if `accumulate`, for each matrix of a batch: a is m×k, b is k×n, c is m×n in their last two
    /// dimensions, those before broadcast to c's. Operands have one numeric type and any strides; the bias has n elements.
    func multiply(_ a: Tensor, _ b: Tensor, into c: Tensor, bias: Tensor?, accumulate: Bool)

    /// softmax(query · keyᵀ · scale + mask) · value; `logSumExp` [batch…, targets], unless nil, is what the gradient needs.
    func attend(_ problem: AttentionProblem, into result: Tensor, logSumExp: Tensor?)

    /// The gradients of ``attend(_:into:logSumExp:)`` from that of the result. The last dimension of every tensor has stride 1.
    func attendGradient(_ problem: AttentionProblem, result: Tensor, logSumExp: Tensor, cotangent: Tensor, query: Tensor, key: Tensor,
                        value: Tensor)

    /// A layer and direction of a recurrent network. `hidden` and an LSTM's `cell` [batch, hidden] are the first states before and the last ones
    /// after.
    func recur(_ problem: RecurrenceProblem, input: Tensor, hidden: Tensor, cell: Tensor?, into output: Tensor, keeping memory: RecurrenceMemory?)

    /// The gradients of ``recur(_:input:hidden:cell:into:keeping:)`` from the first states, the output and what was kept.
    func recurrenceGradient(_ problem: RecurrenceProblem, hidden: Tensor, cell: Tensor?, output: Tensor, memory: RecurrenceMemory,
                            _ gradient: RecurrenceGradient)

    /// The largest element of each window of x [batch, channels, spatial…], and its row-major position in the spatial dimensions, if wanted.
    func maxPool(_ geometry: PoolingGeometry, _ x: Tensor, into result: Tensor, indices: Tensor?)

    /// The cotangent g of a maximum pooling, added where the maxima stood; zeros elsewhere.
    func maxPoolGradient(_ geometry: PoolingGeometry, _ g: Tensor, indices: Tensor, into result: Tensor)

    /// The mean of each window of x.
    func averagePool(_ geometry: PoolingGeometry, _ x: Tensor, into result: Tensor)

    /// The gradient of ``averagePool(_:_:into:)`` with respect to its input.
    func averagePoolGradient(_ geometry: PoolingGeometry, _ g: Tensor, into result: Tensor)

    /// Contiguous float32 or float64 `x` along `dim` as the table says.
    func resample(_ x: Tensor, dim: Int, _ table: ResamplingTable, into result: Tensor)

    /// Values [batch, places…, channels] of the elements at the grid's places; float32 or float64, linear or nearest.
    func gridSample(_ problem: GridSampleProblem, into result: Tensor)

    /// From the contiguous cotangent of that, the gradients of the elements (zeros before) and of the grid; either may be left out.
    func gridSampleGradient(_ problem: GridSampleProblem, _ g: Tensor, ofElements: Tensor?, ofGrid: Tensor?)

    /// Whether a convolution's result should lie plane by plane in memory, because `input` does so and is best left there; else its channels
    /// are innermost.
    func convolutionKeepsPlanes(_ geometry: ConvolutionGeometry, channels: Int, outputs: Int, input: Tensor) -> Bool

    /// The same for the gradient with respect to the input, which is computed from `cotangent`.
    func convolutionKeepsPlanes(_ geometry: ConvolutionGeometry, channels: Int, outputs: Int, cotangent: Tensor) -> Bool

    /// Convolution into y, whose memory is dense.
    func convolve(_ problem: ConvolutionProblem, into y: Tensor)

    /// The same with what follows it, in memory that is none of the operands'; false, having done nothing, if there is no such kernel.
    func convolve(_ problem: ConvolutionProblem, _ epilogue: ConvolutionEpilogue, into y: Tensor) -> Bool

    /// The gradient of ``convolve(_:into:)`` with respect to its input, from the cotangent g of y.
    func convolveInputGradient(_ geometry: ConvolutionGeometry, _ g: Tensor, _ weight: Tensor, into result: Tensor)

    /// The gradient with respect to the weight; `result` is row-major.
    func convolveWeightGradient(_ geometry: ConvolutionGeometry, _ x: Tensor, _ g: Tensor, into result: Tensor)

    /// Contiguous `x` transformed along one dimension.
    func fourierTransform(_ x: Tensor, _ line: FourierLine, into result: Tensor)

    /// Running folds of contiguous `x` along `dim`.
    func scan(_ kind: ScanKind, _ x: Tensor, into result: Tensor, dim: Int)

    /// Running extremes of contiguous `x` along `dim` and where they stand.
    func scanExtreme(maximum: Bool, _ x: Tensor, values: Tensor, indices: Tensor, dim: Int)

    // MARK: Indices. Index tensors are int64; an index out of range is thrown, and then nothing has been written.

    /// destination[…, k, …] = source[…, index[…, k, …], …] along `dim`; `destination` has the index tensor's shape.
    func gather(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError)

    /// destination[…, index[…, k, …], …] = source[…, k, …] along `dim`; where indices meet the last one wins.
    func scatter(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError)

    /// The same with a reduction of the values that meet; `destination` is contiguous.
    func scatter(_ source: Tensor, dim: Int, _ index: Tensor, reducing reduction: ScatterReduction, includeSelf: Bool,
                 into destination: Tensor) throws(TensorError)

    /// The slices of `source` along `dim` that the 1-d `index` names; all contiguous.
    func indexSelect(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError)

    /// The slices of `source` replace those of `destination` that the 1-d `index` names; all contiguous.
    func indexCopy(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError)

    /// The slices of `source` are added to those of `destination` that the 1-d `index` names; all contiguous.
    func indexAdd(_ source: Tensor, dim: Int, _ index: Tensor, into destination: Tensor) throws(TensorError)

    /// Each of `values` (float32 or float64) times the row of `dense` that `columns` names is added to the row of `result` that `rows` names;
    /// all contiguous.
    func sparseProduct(_ values: Tensor, rows: Tensor, columns: Tensor, _ dense: Tensor, into result: Tensor) throws(TensorError)

    /// value = x[i, j, …]; negative indices count from the end.
    func advancedGet(_ x: Tensor, _ plan: AdvancedIndex, into value: Tensor) throws(TensorError)

    /// x[i, j, …] = value, or += (then `x` is contiguous).
    func advancedPut(_ value: Tensor, _ plan: AdvancedIndex, accumulate: Bool, into x: Tensor) throws(TensorError)

    /// How many elements of the contiguous `x` are not zero.
    func countNonzero(_ x: Tensor) -> Int

    /// The coordinates of the elements of the contiguous `x` that are not zero, one row each.
    func nonzero(_ x: Tensor, into coordinates: Tensor)

    /// Packs the elements whose mask (bool) is set; all contiguous.
    func maskedSelect(_ x: Tensor, mask: Tensor, into result: Tensor)

    /// The elements of `destination` whose mask is set take those of `source` in order; all contiguous.
    func maskedScatter(_ source: Tensor, mask: Tensor, into destination: Tensor)

    // MARK: Order. Tensors are contiguous; NaN is greater than everything.

    /// Stable sort along `dim`; either result may be left out.
    func sort(_ x: Tensor, dim: Int, descending: Bool, values: Tensor?, indices: Tensor?)

    /// The largest or smallest elements along `dim`, as many as the results are long.
    func topK(_ x: Tensor, dim: Int, largest: Bool, sorted: Bool, values: Tensor, indices: Tensor)

    /// One element of each line along `dim`, and where it stands.
    func select(_ selection: OrderSelection, of x: Tensor, dim: Int, values: Tensor, indices: Tensor)

    /// The different values of `x` (ascending, or as runs of neighbours when `consecutive`) written to the start of `values`; returns how many.
    func unique(_ x: Tensor, consecutive: Bool, values: Tensor, inverse: Tensor?, counts: Tensor?) -> Int

    /// The different rows of the matrix `x`, as the number of each one's first row; returns how many.
    func uniqueRows(_ x: Tensor, consecutive: Bool, representatives: Tensor, inverse: Tensor?, counts: Tensor?) -> Int

    /// Where each of `values` (…, m) would be inserted into its row of `sorted` (…, n), or into the only row.
    func searchSorted(_ sorted: Tensor, sorter: Tensor?, _ values: Tensor, right: Bool, into result: Tensor) throws(TensorError)

    /// How many bins from 0 on hold all of `values` (contiguous int64); nil when one is negative.
    func binsNeeded(_ values: Tensor) -> Int?

    /// result[b] = how many of `values` (int64, all of them some b) equal b, or the sum of their weights (float32, float64).
    func binCount(_ values: Tensor, weights: Tensor?, into result: Tensor)

    /// Whether each element of `x` is one of `tests`, which are of its type; all contiguous.
    func isMember(_ x: Tensor, of tests: Tensor, invert: Bool, into result: Tensor)

    /// Counts of elements in equal bins from `low` to `high`, in the element type of `x`.
    func histogram(_ x: Tensor, low: Double, high: Double, into counts: Tensor)
}

/// How values that a scatter writes to one element are joined; raw values are CEmber's `ember_scatter_reduction`.
public enum ScatterReduction: Int, Sendable {
    case sum = 0, product, max, min, mean
}

/// Which element of a line an order statistic takes.
enum OrderSelection: Sendable {
    /// The element at this place, counted from 0, of the ascending order.
    case position(Int)
    /// The lower of the middle elements; NaN when there is one, unless `ignoringNaN`.
    case median(ignoringNaN: Bool)
    /// The most frequent value, of those the smallest.
    case mode
}
