import EmberTensor

/// A line search for a step that satisfies the strong Wolfe conditions (Nocedal & Wright, Numerical Optimization, algorithms 3.5 and 3.6, with
/// cubic interpolation as in Schmidt's minFunc).
struct StrongWolfe {
    /// A step along the direction with the objective there.
    struct Point {
        var step: Double
        var loss: Double
        var gradient: Tensor
        /// The derivative along the direction.
        var slope: Double
    }

    var sufficientDecrease = 1e-4
    var curvature = 0.9
    let smallestChange: Double
    let largestCount: Int

    /// - Parameters:
    ///   - start: the point with step 0.
    ///   - scale: the largest magnitude in the direction.
    ///   - evaluate: the objective a step along the direction.
    /// - Returns: the point found, and how often the objective was evaluated.
    func search(from start: Point, firstStep: Double, scale: Double, evaluate: (Double) -> Point) -> (point: Point, evaluations: Int) {
        func isTooHigh(_ point: Point) -> Bool { point.loss > start.loss + sufficientDecrease * point.step * start.slope }
        func isFlat(_ point: Point) -> Bool { abs(point.slope) <= -curvature * start.slope }

        var new = evaluate(firstStep), previous = start
        var evaluations = 1, iterations = 0
        var bracket: [Point]?
        while iterations < largestCount {
            if isTooHigh(new) || iterations > 1 && new.loss >= previous.loss { bracket = [previous, new]; break }
            if isFlat(new) { return (new, evaluations) }
            if new.slope >= 0 { bracket = [previous, new]; break }
            let step = Self.cubicMinimum(previous, new, within: new.step + 0.01 * (new.step - previous.step), new.step * 10)
            previous = new
            new = evaluate(step)
            evaluations += 1
            iterations += 1
        }
        var points = bracket ?? [start, new]
        var (low, high) = points[0].loss <= points[1].loss ? (0, 1) : (1, 0)
        var isStalling = false
        while iterations < largestCount {
            let (left, right) = (min(points[0].step, points[1].step), max(points[0].step, points[1].step))
            if (right - left) * scale < smallestChange { break }
            var step = Self.cubicMinimum(points[0], points[1], within: left, right)
            // Too near an end twice, or at it: a tenth of the bracket away from it.
            let margin = 0.1 * (right - left)
            if min(right - step, step - left) < margin {
                if isStalling || step >= right || step <= left {
                    step = abs(step - right) < abs(step - left) ? right - margin : left + margin
                    isStalling = false
                } else {
                    isStalling = true
                }
            } else {
                isStalling = false
            }
            new = evaluate(step)
            evaluations += 1
            iterations += 1
            if isTooHigh(new) || new.loss >= points[low].loss {
                points[high] = new
                (low, high) = points[0].loss <= points[1].loss ? (0, 1) : (1, 0)
                continue
            }
            let isDone = isFlat(new)
            if !isDone && new.slope * (points[high].step - points[low].step) >= 0 { points[high] = points[low] }
            points[low] = new
            if isDone { break }
        }
        return (points[low], evaluations)
    }

    /// The minimum of the cubic through two points with their slopes, limited to an interval; its middle where there is no minimum.
    private static func cubicMinimum(_ a: Point, _ b: Point, within lowest: Double, _ highest: Double) -> Double {
        let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step)
        let square = d1 * d1 - a.slope * b.slope
        guard square >= 0 else { return (lowest + highest) / 2 }
        let d2 = square.squareRoot()
        let (left, right) = a.step <= b.step ? (a, b) : (b, a)
        let position = right.step - (right.step - left.step) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2))
        return min(max(position, lowest), highest)
    }
}
