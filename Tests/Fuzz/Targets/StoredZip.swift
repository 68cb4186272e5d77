import EmberFormats

/// A zip file of stored entries, made by hand so that it can be made wrong.
public struct StoredZip {
    public struct Entry {
        let name: String
        let data: [UInt8]
        let method: UInt16
        /// What the directory says, where it shall not be the truth.
        let size: UInt32?, offset: UInt32?
        let flags: UInt16

        public init(
            name: String, data: [UInt8], method: UInt16 = 0, size: UInt32? = nil, offset: UInt32? = nil, flags: UInt16 = 0
        ) {
            self.name = name
            self.data = data
            self.method = method
            self.size = size
            self.offset = offset
            self.flags = flags
        }
    }

    public static func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) } }

    public static func file(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = [], directory: [UInt8] = []
        for entry in entries {
            let start = UInt32(bytes.count), checksum = Gzip.crc32(entry.data)
            let sizes = little(checksum) + little(UInt32(entry.data.count)) + little(entry.size ?? UInt32(entry.data.count))
            let common = little(20 as UInt16) + little(entry.flags) + little(entry.method) + [0, 0, 0x21, 0] + sizes
                + little(UInt16(entry.name.utf8.count)) + little(0 as UInt16)
            bytes += little(0x0403_4B50 as UInt32) + common + Array(entry.name.utf8) + entry.data
            directory += little(0x0201_4B50 as UInt32) + little(20 as UInt16) + common + [UInt8](repeating: 0, count: 10)
                + little(entry.offset ?? start) + Array(entry.name.utf8)
        }
        return bytes + directory + little(0x0605_4B50 as UInt32) + [0, 0, 0, 0] + little(UInt16(entries.count))
            + little(UInt16(entries.count)) + little(UInt32(directory.count)) + little(UInt32(bytes.count)) + [0, 0]
    }
}
