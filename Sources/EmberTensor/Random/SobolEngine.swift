import Foundation

/// Sobol's sequence: points of the unit cube that fill it more evenly than random ones, for integration and for searching hyperparameters.
///
/// The numbers are PyTorch's, scrambled ones too. Points are drawn in the order of Gray's code (Antonov and Saleev, 1979).
///
///     var engine = SobolEngine(dimension: 2, scramble: true, seed: 0)
///     let points = engine.draw(1024)      // [1024, 2]
///
/// PyTorch: `torch.quasirandom.SobolEngine`.
public struct SobolEngine: Sendable {
    /// Bits of a coordinate: the sequence has 2³⁰ points.
    private static let bits = 30
    /// The largest dimension there are direction numbers for. PyTorch 1.1 has as many.
    public static let maximumDimension = SobolDirections.maximumDimension

    /// Coordinates of a point.
    public let dimension: Int
    /// Points drawn or passed over since the start.
    public private(set) var drawn = 0

    /// For each coordinate its direction numbers, of `bits` bits.
    private var directions: [[UInt32]]
    private let shift: [UInt32]
    /// The point that comes next.
    private var point: [UInt32]

    /// - Parameters:
    ///   - dimension: coordinates of a point, 1 to ``maximumDimension``.
    ///   - scramble: Owen's scrambling: random, but as even. The first point of a sequence that is not scrambled is the origin.
    ///   - seed: of the scrambling; without it the default generator is drawn from.
    public init(dimension: Int, scramble: Bool = false, seed: Int? = nil) {
        precondition(dimension >= 1 && dimension <= Self.maximumDimension,
                     "SobolEngine: the dimension must lie in 1...\(Self.maximumDimension), not \(dimension)")
        self.dimension = dimension
        directions = Self.directions(dimension)
        var flips = [Int](repeating: 0, count: dimension * Self.bits), triangles: [Int] = []
        if scramble {
            let generator = seed.map(Generator.init(seed:)) ?? .default
            flips = Tensor.randint(0, 2, [dimension, Self.bits], generator: generator).array()
            triangles = Tensor.randint(0, 2, [dimension, Self.bits, Self.bits], generator: generator).array()
        }
        shift = (0..<dimension).map { d in (0..<Self.bits).reduce(0) { $0 | UInt32(flips[d * Self.bits + $1]) << UInt32($1) } }
        point = shift
        if scramble { multiplyDirections(by: triangles) }
    }

    /// The next `count` points, one row each. PyTorch: `SobolEngine.draw`.
    public mutating func draw(_ count: Int = 1, dtype: DType = .float32) -> Tensor {
        guard has(count, "draw") else { return .inert }
        var coordinates: [Double] = []
        coordinates.reserveCapacity(count * dimension)
        for _ in 0..<count {
            coordinates.append(contentsOf: point.map { Double($0) * 0x1p-30 })
            advance()
        }
        return Tensor(coordinates, shape: [count, dimension], dtype: dtype)
    }

    /// Passes over `count` points. PyTorch: `SobolEngine.fast_forward`.
    public mutating func fastForward(_ count: Int) {
        guard has(count, "fastForward") else { return }
        drawn += count
        // The point of number n is the sum, bit by bit, of the directions that Gray's code of n names.
        let code = drawn ^ (drawn >> 1)
        for d in 0..<dimension {
            point[d] = (0..<Self.bits).reduce(shift[d]) { code >> $1 & 1 == 1 ? $0 ^ directions[d][$1] : $0 }
        }
    }

    /// Back to the first point; the scrambling stays. PyTorch: `SobolEngine.reset`.
    public mutating func reset() {
        drawn = 0
        point = shift
    }

    private mutating func advance() {
        // Gray's code of the next number differs in one bit: the lowest that this number has zero.
        let bit = (~drawn).trailingZeroBitCount
        if bit < Self.bits { for d in 0..<dimension { point[d] ^= directions[d][bit] } }
        drawn += 1
    }

    /// Whether there are as many points left.
    private func has(_ count: Int, _ operation: String) -> Bool {
        guard count >= 0, count <= 1 << Self.bits - drawn else {
            TensorError("\(count) points cannot be drawn: the sequence has 2^\(Self.bits), of which \(drawn) are drawn")
                .report(in: operation)
            return false
        }
        return true
    }

    /// Multiplies the direction numbers, as vectors of bits with the highest first, by random lower triangular matrices with ones on the
    /// diagonal (Matoušek, "On the L2-discrepancy for anchored boxes", 1998).
    private mutating func multiplyDirections(by triangles: [Int]) {
        let bits = Self.bits
        for d in 0..<dimension {
            // Row p of the matrix as a number.
            let rows = (0..<bits).map { p in
                (0...p).reduce(UInt32(0)) { $0 | ($1 == p || triangles[(d * bits + p) * bits + $1] == 1 ? 1 << UInt32(bits - 1 - $1) : 0) }
            }
            for j in 0..<bits {
                let direction = directions[d][j]
                directions[d][j] = (0..<bits).reduce(0) { $0 | UInt32((rows[$1] & direction).nonzeroBitCount & 1) << UInt32(bits - 1 - $1) }
            }
        }
    }

    /// Direction numbers by Bratley and Fox's recurrence (ACM Algorithm 659, 1988) from the initial ones.
    private static func directions(_ dimension: Int) -> [[UInt32]] {
        // The first dimension is van der Corput's sequence.
        var all: [[UInt32]] = [(0..<bits).map { 1 << UInt32(bits - 1 - $0) }]
        var polynomials = PrimitivePolynomials()
        for initial in SobolDirections.initialNumbers(dimension - 1) {
            let degree = initial.count, coefficients = polynomials.next(degree: degree)
            var numbers = initial
            for j in degree..<bits {
                var number = numbers[j - degree] ^ numbers[j - degree] << UInt32(degree)
                for k in 1..<Swift.max(degree, 1) where coefficients >> (degree - k) & 1 == 1 { number ^= numbers[j - k] << UInt32(k) }
                numbers.append(number)
            }
            all.append(numbers.prefix(bits).enumerated().map { $1 << UInt32(bits - 1 - $0) })
        }
        return all
    }
}

/// Primitive polynomials over the field of two elements, as the bits of a number, in ascending order of one degree after the other.
private struct PrimitivePolynomials {
    private var polynomial = 1

    /// The next one, of `degree`.
    mutating func next(degree: Int) -> Int {
        if polynomial >> degree != 1 { polynomial = 1 << degree - 1 }
        repeat { polynomial += 2 } while !isPrimitive(polynomial, degree)
        return polynomial
    }

    /// Whether the powers of x run through all remainders but zero.
    private func isPrimitive(_ polynomial: Int, _ degree: Int) -> Bool {
        var power = 1
        for exponent in 1..<(1 << degree) {
            power <<= 1
            if power >> degree & 1 == 1 { power ^= polynomial }
            if power == 1 { return exponent == 1 << degree - 1 }
        }
        return false
    }
}
