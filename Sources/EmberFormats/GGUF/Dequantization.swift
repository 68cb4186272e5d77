/// The numbers that quantised blocks of ggml stand for.
enum Dequantization {
    /// Blocks of 32: a float16 scale, and 32 signed bytes.
    static func q8_0(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        values(bytes, blockBytes: 34) { block, scale, target in
            for i in 0 ..< 32 { target[i] = scale * Float(Int8(bitPattern: block[2 + i])) }
        }
    }

    /// Blocks of 32: a float16 scale, and 16 bytes whose low halves are the first 16 elements and whose high halves are the others, each minus 8.
    static func q4_0(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        values(bytes, blockBytes: 18) { block, scale, target in
            for i in 0 ..< 16 {
                target[i] = scale * Float(Int(block[2 + i] & 15) - 8)
                target[16 + i] = scale * Float(Int(block[2 + i] >> 4) - 8)
            }
        }
    }

    private static func values(
        _ bytes: UnsafeRawBufferPointer, blockBytes: Int,
        _ decode: (_ block: UnsafeRawBufferPointer, _ scale: Float, _ target: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> [Float] {
        let blocks = bytes.count / blockBytes
        return [Float](unsafeUninitializedCapacity: blocks * 32) { target, count in
            for index in 0 ..< blocks {
                let block = UnsafeRawBufferPointer(rebasing: bytes[index * blockBytes ..< (index + 1) * blockBytes])
                let scale = float16(UInt16(block[0]) | UInt16(block[1]) << 8)
                decode(block, scale, UnsafeMutableBufferPointer(rebasing: target[index * 32 ..< (index + 1) * 32]))
            }
            count = blocks * 32
        }
    }

    /// The value of a float16, whose Swift type does not exist everywhere.
    private static func float16(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32(bits >> 10 & 31), fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            let value = Float(fraction) * 0x1p-24
            return sign == 0 ? value : -value
        case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
