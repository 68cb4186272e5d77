import CEmber
import CZlib

/// The checksum of gzip, zip and PNG (RFC 1952, section 8).
enum CRC32 {
    /// - Parameter previous: the checksum of the bytes before these; 0 when there are none.
    static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
        // With no bytes zlib would return its initial value.
        guard bytes.count > 0 else { return previous }
        var remainder: (UInt64, UInt64) = (0, 0)
        let folded = withUnsafeMutableBytes(of: &remainder) {
            ember_crc32_fold(previous, bytes.baseAddress, bytes.count, $0.bindMemory(to: UInt8.self).baseAddress)
        }
        guard folded > 0 else { return zlib(bytes, continuing: previous) }
        // All bits set is how zlib spells a register of zeros.
        let start = withUnsafeBytes(of: &remainder) { zlib($0, continuing: .max) }
        return folded == bytes.count ? start : zlib(UnsafeRawBufferPointer(rebasing: bytes[folded...]), continuing: start)
    }

    private static func zlib(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32) -> UInt32 {
        UInt32(crc32_z(UInt(previous), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }
}
