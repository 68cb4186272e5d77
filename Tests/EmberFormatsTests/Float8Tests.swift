import EmberFormats
import EmberTensor
import Testing

@Suite struct Float8Tests {
    /// What PyTorch makes of the 256 bytes, by `torch.arange(256, dtype=torch.uint8).view(dtype).float()`.
    @Test(arguments: [
        (.e4m3fn, nan: 2, infinities: 0, greatest: 448, [0.001953125, 0.8125, -1.125], weighted: -692_208),
        (.e5m2, nan: 6, infinities: 2, greatest: 57344, [1.52587890625e-05, 0.3125, -0.625], weighted: -46_137_343.96875),
        (.e4m3fnuz, nan: 1, infinities: 0, greatest: 240, [0.0009765625, 0.40625, -0.5625], weighted: -376_824),
        (.e5m2fnuz, nan: 1, infinities: 0, greatest: 57344, [7.62939453125e-06, 0.15625, -0.3125], weighted: -46_137_343.984375),
        (.e8m0fnu, nan: 1, infinities: 0, greatest: 0x1p127, [0x1p-126, 0x1p-74, 0x1p58], weighted: 8.643172119791838e+40),
    ] as [(Float8, nan: Int, infinities: Int, greatest: Double, [Double], weighted: Double)])
    func bytesStandForPyTorchsNumbers(
        type: Float8, nan: Int, infinities: Int, greatest: Double, some: [Double], weighted: Double
    ) {
        let values = type.decoded(Tensor((0 ... UInt8.max).map { $0 }, shape: [2, 128]))
        #expect(values.shape == [2, 128] && values.dtype == .float32)
        let numbers = values.array(of: Float.self).map(Double.init)
        #expect(numbers.count { $0.isNaN } == nan && numbers.count { $0.isInfinite } == infinities)
        #expect(numbers.filter(\.isFinite).max() == greatest && [numbers[1], numbers[0x35], numbers[0xB9]] == some)
        let sum = numbers.enumerated().reduce(0.0) { $1.element.isFinite ? $0 + $1.element * Double($1.offset + 1) : $0 }
        #expect(abs(sum / weighted - 1) < 1e-14)
    }

    @Test func survivesFromSafeTensorsToSafeTensors() throws {
        let folder = try TemporaryFolder()
        let file = try TensorFile.open(Peer.fixture("types.safetensors"))
        #expect(file.entries.filter { $0.float8 != nil }.map(\.name).sorted() == ["float8_e4m3fn", "float8_e5m2"])
        try TensorFile.write(try file.loadAll(), metadata: file.metadata, to: folder.file("a.safetensors"))
        #expect(try folder.bytes("a.safetensors") == Peer.bytes("types.safetensors"))
        try TensorFile.write(try file.loadAll(), to: folder.file("a.safetensors.index.json"))
        let sharded = try TensorFile.open(folder.file("a.safetensors.index.json"))
        #expect(sharded.entries.first { $0.name == "float8_e5m2" }?.float8 == .e5m2)
    }

    @Test func survivesToPyTorchAndBack() throws {
        let folder = try TemporaryFolder()
        let tensors = try TensorFile.open(Peer.fixture("types.safetensors")).loadAll()
        try TensorFile.write(tensors, to: folder.file("a.pt"))
        let file = try TensorFile.open(folder.file("a.pt"))
        for named in tensors {
            let entry = try #require(file.entries.first { $0.name == named.name })
            #expect(entry.float8 == named.float8)
            #expect(try file.load(named.name).bytes() == named.tensor.bytes())
        }
        if Peer.isAvailable { Peer.expect(try Peer.run("read", "pytorch", folder.file("a.pt")), equals: tensors) }
    }

    @Test(arguments: ["a.npz", "a.npy", "a.csv", "a.png"]) func isRefusedWhereAFormatHasNone(name: String) throws {
        let folder = try TemporaryFolder()
        let tensor = NamedTensor("scale", Tensor([1, 2] as [UInt8], shape: [2]), float8: .e4m3fn)
        let error = #expect(throws: FormatError.self) { try TensorFile.write([tensor], to: folder.file(name)) }
        let text = "\(String(describing: error))"
        #expect(text.contains("“scale”") && text.contains("float8_e4m3fn") && text.contains(name) && text.contains("convert it"), "\(text)")
        #expect(try folder.names.isEmpty)
    }
}
