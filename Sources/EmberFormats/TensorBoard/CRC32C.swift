/// The Castagnoli checksum (RFC 3720, appendix B.4), which TFRecord files carry.
enum CRC32C {
    /// The remainder of every byte for the reflected polynomial 0x82F63B78.
    private static let table: [UInt32] = (0 ..< 256).map { byte in
        (0 ..< 8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~0) { value, byte in table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
        }
    }

    /// The form in which TFRecord stores it: rotated and shifted, because the checksum of data that contains its own checksum
    /// is a poor one.
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let value = checksum(bytes)
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}
