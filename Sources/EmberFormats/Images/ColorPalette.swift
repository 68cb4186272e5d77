/// At most 256 colours that stand for those of a picture: its own when they are so few, else found by median cut (Heckbert 1982, "Color
/// image quantization for frame buffer display") on colours of 5 bits a channel.
enum ColorPalette {
    struct Entry: Equatable {
        var red: UInt8
        var green: UInt8
        var blue: UInt8
    }

    /// The palette, and the number in it for every pixel of a picture with three channels.
    static func reduced(_ image: Image) -> (palette: [Entry], indices: [UInt8]) {
        exact(image) ?? medianCut(image)
    }

    private static func exact(_ image: Image) -> (palette: [Entry], indices: [UInt8])? {
        var numbers: [UInt32: UInt8] = [:]
        var palette: [Entry] = []
        var indices: [UInt8] = []
        indices.reserveCapacity(image.width * image.height)
        for pixel in 0 ..< image.width * image.height {
            let entry = entry(image, pixel)
            let key = UInt32(entry.red) << 16 | UInt32(entry.green) << 8 | UInt32(entry.blue)
            if let number = numbers[key] {
                indices.append(number)
                continue
            }
            guard palette.count < 256 else { return nil }
            numbers[key] = UInt8(palette.count)
            indices.append(UInt8(palette.count))
            palette.append(entry)
        }
        return (palette, indices)
    }

    private static func entry(_ image: Image, _ pixel: Int) -> Entry {
        Entry(red: image.pixels[pixel * 3], green: image.pixels[pixel * 3 + 1], blue: image.pixels[pixel * 3 + 2])
    }

    /// The pixels whose channels agree in their upper 5 bits.
    private struct Cell {
        var count = 0
        var sums = SIMD3<Int>()
        let place: SIMD3<Int>
        let number: Int
    }

    private struct Box {
        var cells: ArraySlice<Cell>

        var count: Int { cells.reduce(0) { $0 + $1.count } }

        /// The channel in which the box is longest, and how long it is there.
        var longest: (channel: Int, length: Int) {
            var low = SIMD3<Int>(repeating: 32), high = SIMD3<Int>(repeating: -1)
            for cell in cells {
                low = pointwiseMin(low, cell.place)
                high = pointwiseMax(high, cell.place)
            }
            let lengths = high &- low
            let channel = (0 ..< 3).max { lengths[$0] < lengths[$1] } ?? 0
            return (channel, lengths[channel])
        }

        var mean: Entry {
            let sums = cells.reduce(SIMD3<Int>()) { $0 &+ $1.sums }
            let count = max(1, count)
            func channel(_ i: Int) -> UInt8 { UInt8((sums[i] + count / 2) / count) }
            return Entry(red: channel(0), green: channel(1), blue: channel(2))
        }
    }

    private static func medianCut(_ image: Image) -> (palette: [Entry], indices: [UInt8]) {
        var histogram = (0 ..< 1 << 15).map { Cell(place: SIMD3($0 >> 10, $0 >> 5 & 31, $0 & 31), number: $0) }
        func cell(_ entry: Entry) -> Int { Int(entry.red >> 3) << 10 | Int(entry.green >> 3) << 5 | Int(entry.blue >> 3) }
        for pixel in 0 ..< image.width * image.height {
            let entry = entry(image, pixel)
            histogram[cell(entry)].count += 1
            histogram[cell(entry)].sums &+= SIMD3(Int(entry.red), Int(entry.green), Int(entry.blue))
        }
        let used = histogram.filter { $0.count > 0 }
        // Each box with its priority: many pixels over a long range are cut first.
        var boxes = [(box: Box(cells: used[...]), weight: Int.max)]
        while boxes.count < 256 {
            guard let largest = boxes.indices.max(by: { boxes[$0].weight < boxes[$1].weight }), boxes[largest].weight > 0 else { break }
            let box = boxes.remove(at: largest).box
            for half in halves(box) { boxes.append((half, half.count * half.longest.length)) }
        }
        var numbers = [UInt8](repeating: 0, count: 1 << 15)
        for (number, (box, _)) in boxes.enumerated() { for cell in box.cells { numbers[cell.number] = UInt8(number) } }
        return (boxes.map(\.box.mean), (0 ..< image.width * image.height).map { numbers[cell(entry(image, $0))] })
    }

    /// The box cut across its longest side, so that half of its pixels lie on each side, as nearly as can be.
    private static func halves(_ box: Box) -> [Box] {
        let channel = box.longest.channel
        let sorted = box.cells.sorted { ($0.place[channel], $0.number) < ($1.place[channel], $1.number) }
        guard sorted.count > 1 else { return [box] }
        let half = box.count / 2
        var below = 0, cut = 0
        while cut < sorted.count - 1, below + sorted[cut].count <= half || cut == 0 {
            below += sorted[cut].count
            cut += 1
        }
        return [Box(cells: sorted[..<cut]), Box(cells: sorted[cut...])]
    }
}
