import Ember

/// How one tensor differs between two files.
struct TensorDifference {
    enum Kind {
        case onlyIn(String)
        case shape([Int], [Int])
        case type(String, String)
        /// How many elements differ, by how much at most, and relative to the larger of the two.
        case elements(Int, largest: Double, relative: Double)
        /// One of the files holds a type that cannot be loaded.
        case unreadable(String)
    }

    let name: String
    let kind: Kind

    init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// Nil when the tensors agree.
    init?(_ a: TensorEntry, _ first: any TensorArchive, _ b: TensorEntry, _ second: any TensorArchive, atol: Double, rtol: Double) throws {
        guard a.shape == b.shape else {
            self.init(a.name, .shape(a.shape, b.shape))
            return
        }
        guard let aType = a.dtype, let bType = b.dtype else {
            guard a.storedType != b.storedType else {
                self.init(a.name, .unreadable(a.storedType))
                return
            }
            self.init(a.name, .type(a.storedType, b.storedType))
            return
        }
        guard aType == bType, a.float8 == b.float8 else {
            self.init(a.name, .type(a.float8?.rawValue ?? aType.name, b.float8?.rawValue ?? bType.name))
            return
        }
        let (stored, otherStored) = (try first.load(a.name), try second.load(b.name))
        if stored.bytes() == otherStored.bytes() { return nil }
        let (x, y) = (a.float8?.decoded(stored) ?? stored, b.float8?.decoded(otherStored) ?? otherStored)
        let isSame = (x .== y) | (x .!= x) & (y .!= y)
        let (wide, otherWide) = (x.to(.float64), y.to(.float64))
        let distance = (wide - otherWide).abs()
        let isClose = atol == 0 && rtol == 0 ? isSame : isSame | (distance .<= (otherWide.abs() * rtol + atol))
        let differing = isClose.count - isClose.sum().item(as: Int.self)
        guard differing > 0 else { return nil }
        let distances = distance.maskedSelect(isClose.logicalNot())
        let sizes = wide.abs().maximum(otherWide.abs()).maskedSelect(isClose.logicalNot())
        self.init(a.name, .elements(differing, largest: distances.max().item(), relative: (distances / sizes).max().item()))
    }

    /// What, how many elements, by how much, relative.
    var cells: [String] {
        switch kind {
        case .onlyIn(let file): ["only in \(file)", "", "", ""]
        case .shape(let a, let b): ["shape \(TensorText.shape(a)) ≠ \(TensorText.shape(b))", "", "", ""]
        case .type(let a, let b): ["type \(a) ≠ \(b)", "", "", ""]
        case .unreadable(let type): ["type \(type) cannot be compared", "", "", ""]
        case .elements(let count, let largest, let relative):
            ["elements", NumberText.grouped(count), NumberText.scientific(largest), NumberText.scientific(relative)]
        }
    }
}
