import EmberTensor

/// One array in the format of `numpy.save`: a header, and elements.
struct NumPyArray: Sendable {
    let header: NumPyHeader
    let elements: ElementType
    /// Where the elements begin.
    let dataOffset: Int

    /// What a descriptor such as `>f4` says.
    struct ElementType: Sendable {
        let descriptor: String
        /// Bytes of an element; nil for types whose size the descriptor does not have.
        let size: Int?
        let dtype: DType?
        let isBigEndian: Bool

        init(_ descriptor: String) {
            self.descriptor = descriptor
            var text = Substring(descriptor)
            isBigEndian = text.hasPrefix(">")
            if let first = text.first, "<>=|".contains(first) { text.removeFirst() }
            dtype = ElementType.dtypes[String(text)]
            let number = Int(text.dropFirst()).flatMap { $0 >= 0 && $0 <= 1 << 30 ? $0 : nil }
            switch text.first {
            case "U": size = number.map { $0 * 4 }
            case "b", "i", "u", "f", "c", "S", "V", "M", "m", "a": size = number
            default: size = dtype?.size
            }
        }

        private static let dtypes: [String: DType] = [
            "b1": .bool, "u1": .uint8, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
            "c8": .complex64, "c16": .complex128, "u2": .uint16, "u4": .uint32, "u8": .uint64,
        ]

        /// NumPy's words for one of Ember's types; nil for bfloat16, which NumPy does not have.
        static func descriptor(_ dtype: DType) -> String? {
            guard let name = dtypes.first(where: { $0.value == dtype })?.key else { return nil }
            return (dtype.size == 1 ? "|" : "<") + name
        }

        /// Why elements of this type are not loaded.
        var problem: String {
            let kind: String =
                switch descriptor.first(where: { !"<>=|".contains($0) }) {
                case "[": "a structured array"
                case "O": "an array of Python objects, which only Python can read"
                case "S", "U", "a": "an array of strings"
                case "M", "m": "an array of times"
                default: "an array of a type that Ember has not"
                }
            return "\(kind) (descr \(descriptor)); numbers and booleans are loaded"
        }
    }

    /// Reads the header of a file whose end may be cut off; `byteCount` is the size of the whole file.
    init(header bytes: UnsafeRawBufferPointer, byteCount: Int, file: String) throws(FormatError) {
        var reader = ByteReader(bytes, file: file, subject: "the NumPy file")
        header = try NumPyHeader(&reader)
        elements = ElementType(header.descriptor)
        dataOffset = reader.offset
        guard let size = elements.size else { return }
        // Sizes beside a zero must not overflow either: strides are products of them.
        var bytes = max(size, 1)
        for dimension in header.shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: max(dimension, 1))
            guard !overflow else { throw FormatError(.malformed, file: file, "a NumPy array of the impossible shape \(header.shape)") }
            bytes = product
        }
        if header.shape.contains(0) || size == 0 { bytes = 0 }
        let found = byteCount - dataOffset
        guard found == bytes else {
            throw FormatError(
                found < bytes ? .truncated : .malformed, file: file,
                "shape \(header.shape) of \(header.descriptor) takes \(bytes) bytes, but \(found) follow the header")
        }
    }

    func entry(_ name: String, byteCount: Int) -> TensorEntry {
        TensorEntry(
            name: name, shape: header.shape, storedType: header.descriptor,
            dtype: header.shape.count <= Tensor.maximumRank ? elements.dtype : nil, byteCount: byteCount - dataOffset)
    }

    /// The array, whose whole file `bytes` is.
    func tensor(_ bytes: any ByteSource, file: String) throws(FormatError) -> Tensor {
        guard let dtype = elements.dtype else { throw FormatError(.unsupported, file: file, elements.problem) }
        guard header.shape.count <= Tensor.maximumRank else {
            throw FormatError(.unsupported, file: file, "\(header.shape.count) dimensions; tensors have at most \(Tensor.maximumRank)")
        }
        let data = ByteSlice(bytes, dataOffset ..< bytes.byteCount)
        let stored = StoredElements(data, dtype, isBigEndian: elements.isBigEndian)
        guard header.isFortranOrdered, header.shape.count > 1 else { return stored.tensor(header.shape) }
        var strides: [Int] = [], stride = 1
        for size in header.shape {
            strides.append(stride)
            stride *= max(size, 1)
        }
        return stored.tensor(header.shape, strides: strides)
    }

    /// The file that `numpy.save` writes for a tensor: column by column when it lies so in memory.
    /// - Parameter name: of the tensor, for errors.
    static func serialized(_ tensor: Tensor, name: String? = nil, file: String) throws(FormatError) -> (header: [UInt8], elements: TensorBytes) {
        guard let descriptor = ElementType.descriptor(tensor.dtype) else {
            throw FormatError(
                .unsupported, file: file,
                "cannot write\(name.map { " “\($0)”" } ?? ""): NumPy has no \(tensor.dtype.name); convert the tensor to float32 first")
        }
        let reversed = tensor.detach().permute(Array((0 ..< tensor.rank).reversed()))
        let isFortranOrdered = !tensor.isContiguous && reversed.isContiguous
        let header = NumPyHeader(descriptor: descriptor, isFortranOrdered: isFortranOrdered, shape: tensor.shape)
        return (header.serialized, TensorBytes(isFortranOrdered ? reversed : tensor))
    }
}
