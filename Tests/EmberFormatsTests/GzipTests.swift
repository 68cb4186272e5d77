import EmberFormats
import Foundation
import Testing

@Suite struct GzipTests {
    /// `gzip.compress(b"Ember " * 10, mtime=0)` of Python.
    static let packed = [UInt8](Data(base64Encoded: "H4sIAAAAAAACA3PNTUotUnAliwQAfczhITwAAAA=") ?? Data())
    static let text = Array(String(repeating: "Ember ", count: 10).utf8)

    @Test func unpacks() throws {
        #expect(try Gzip.decompress(Self.packed) == Self.text)
        #expect(try Gzip.decompress(Self.packed + Self.packed) == Self.text + Self.text)
        #expect(Gzip.isGzip(Self.packed) && !Gzip.isGzip(Self.text) && !Gzip.isGzip([] as [UInt8]))
    }

    @Test(arguments: [0, 1, 100, 65536, 300_000]) func packsWhatItUnpacks(count: Int) throws {
        let bytes = (0 ..< count).map { UInt8(truncatingIfNeeded: $0 * $0 >> 3) }
        #expect(try Gzip.decompress(Gzip.compress(bytes)) == bytes)
        #expect(try Gzip.decompress(Gzip.compress(bytes, level: 0)) == bytes)
    }

    @Test func refusesEveryPrefixAndChange() throws {
        for count in 0 ..< Self.packed.count {
            #expect(throws: FormatError.self) { try Gzip.decompress(Array(Self.packed[..<count])) }
        }
        for position in 10 ..< Self.packed.count {
            var bytes = Self.packed
            bytes[position] ^= 0x20
            // Bits that only fill up the last byte of the packed data may change.
            if let unpacked = try? Gzip.decompress(bytes) { #expect(unpacked == Self.text) }
        }
        #expect(throws: FormatError.self) { try Gzip.decompress(Self.packed + [0]) }
    }

    @Test func limitsTheResult() throws {
        let bomb = try Gzip.compress([UInt8](repeating: 0, count: 10_000_000))
        let error = #expect(throws: FormatError.self) { try Gzip.decompress(bomb, file: "bomb.gz", limit: 9_999_999) }
        #expect(error?.description == "bomb.gz: unpacks to more than the allowed 9999999 bytes")
    }

    @Test func checksums() {
        #expect(Gzip.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(Gzip.crc32(Array("6789".utf8), continuing: Gzip.crc32(Array("12345".utf8))) == 0xCBF4_3926)
        #expect(Gzip.crc32([] as [UInt8], continuing: 7) == 7)
    }

    /// Long messages are folded by the processor: at every length around its steps, and however they are cut, by the definition's bits.
    @Test func checksumsAreThoseOfTheDefinition() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0 ..< 400).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        var register: UInt32 = .max
        for (place, byte) in bytes.enumerated() {
            #expect(Gzip.crc32(Array(bytes[..<place])) == ~register)
            let cut = place / 3
            #expect(Gzip.crc32(Array(bytes[cut ..< place]), continuing: Gzip.crc32(Array(bytes[..<cut]))) == ~register)
            register ^= UInt32(byte)
            for _ in 0 ..< 8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }
}
