import EmberFormats
import EmberTensor
import Foundation
import Testing

/// Files of bare elements.
@Suite struct ElementFileTests {
    @Test func elementsAreRead() throws {
        let folder = try TemporaryFolder(), path = folder.file("numbers.bin")
        let numbers: [Int16] = [7, -1, 2, 3, 4, 5, 6]
        try numbers.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: path))
        var x = try Tensor(elementsOf: path, offset: 2, shape: [2, 3], dtype: .int16)
        #expect(x.shape == [2, 3] && x.array(of: Int16.self) == [-1, 2, 3, 4, 5, 6])
        x[0, 0] = Tensor(9)
        #expect(x.array(of: Int16.self)[0] == 9)
        #expect(try Tensor(elementsOf: path, offset: 2, shape: [6], dtype: .int16).array(of: Int16.self)[0] == -1)
        // Not aligned, and bytes that are no truth values.
        #expect(try Tensor(elementsOf: path, offset: 1, shape: [1], dtype: .int16).array(of: Int.self) == [-256])
        #expect(try Tensor(elementsOf: path, shape: [4], dtype: .bool).array(of: Bool.self) == [true, false, true, true])
        #expect(try Tensor(elementsOf: path, offset: 14, shape: [0], dtype: .float32).count == 0)
    }

    @Test func shortFilesAreRefused() throws {
        let folder = try TemporaryFolder(), path = folder.file("numbers.bin")
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        func problem(_ offset: Int, _ shape: Shape) -> FormatError.Kind? {
            do throws(FormatError) {
                _ = try Tensor(elementsOf: path, offset: offset, shape: shape, dtype: .int16)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(problem(0, [2]) == .truncated && problem(2, [1]) == .truncated)
        #expect(problem(4, [0]) == .truncated && problem(-1, [1]) == .truncated)
        #expect(problem(0, [-1]) == .malformed && problem(0, [.max, 2]) == .malformed && problem(0, [1]) == nil)
        #expect(throws: FormatError.self) { try Tensor(elementsOf: folder.file("none"), shape: [1], dtype: .int8) }
    }
}
