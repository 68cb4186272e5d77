import Ember
import Foundation
import Testing

/// Special functions against values computed in 50 digits (special-functions.tsv, which record-special-functions.py writes).
@Suite struct SpecialFunctionAccuracyTests {
    private static let functions: [String: @Sendable (Tensor) -> Tensor] = [
        "exp": { $0.exp() }, "log": { $0.log() }, "log1p": { $0.log1p() }, "expm1": { $0.expm1() }, "sin": { $0.sin() },
        "cos": { $0.cos() }, "tan": { $0.tan() }, "tanh": { $0.tanh() }, "gelu": { gelu($0) }, "erf": { $0.erf() },
        "erfc": { $0.erfc() }, "erfcx": { $0.erfcx() }, "erfinv": { $0.erfinv() }, "ndtr": { $0.ndtr() },
        "logNdtr": { $0.logNdtr() }, "ndtri": { $0.ndtri() }, "logGamma": { $0.logGamma() }, "digamma": { $0.digamma() },
        "trigamma": { $0.trigamma() }, "polygamma2": { $0.polygamma(2) }, "zeta": { Tensor(2.5, dtype: $0.dtype).zeta($0) },
        "igamma": { Tensor(2.5, dtype: $0.dtype).igamma($0) }, "igammac": { Tensor(2.5, dtype: $0.dtype).igammac($0) },
        "i0": { $0.i0() }, "i0e": { $0.i0e() }, "i1": { $0.i1() }, "i1e": { $0.i1e() }, "besselJ0": { $0.besselJ0() },
        "besselJ1": { $0.besselJ1() }, "besselY0": { $0.besselY0() }, "besselY1": { $0.besselY1() }, "sinc": { $0.sinc() },
    ]

    private struct Table {
        var arguments: [Double] = [], values: [Double] = []
    }

    private static func tables() throws -> [String: Table] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("special-functions.tsv")
        var tables: [String: Table] = [:]
        for row in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let fields = row.split(separator: "\t")
            let (argument, value) = try #require(Double(fields[1]).flatMap { x in Double(fields[2]).map { (x, $0) } })
            tables[String(fields[0]), default: Table()].arguments.append(argument)
            tables[String(fields[0]), default: Table()].values.append(value)
        }
        return tables
    }

    /// float32 within 4 units in the last place; float64 within 1e-13, close to a zero of the function absolutely.
    @Test func bothPrecisions() throws {
        let tables = try Self.tables()
        #expect(Set(tables.keys) == Set(Self.functions.keys))
        for (name, table) in tables {
            let function = try #require(Self.functions[name])
            let single = function(Tensor(table.arguments, dtype: .float32)).array(of: Double.self)
            let double = function(Tensor(table.arguments, dtype: .float64)).array(of: Double.self)
            for (i, value) in table.values.enumerated() {
                let size = abs(value)
                if size < Double(Float.greatestFiniteMagnitude) {
                    let ulp = size < Double(Float.leastNormalMagnitude) ? Double(Float.leastNonzeroMagnitude) : Double(Float(size).ulp)
                    #expect(abs(single[i] - value) <= 4 * ulp, "\(name)(\(table.arguments[i])) in float32: \(single[i]), not \(value)")
                }
                #expect(abs(double[i] - value) <= 1e-13 * size + 1e-15 * Swift.min(1, size * 1e3),
                        "\(name)(\(table.arguments[i])) in float64: \(double[i]), not \(value)")
            }
        }
    }
}
