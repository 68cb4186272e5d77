import ArgumentParser
import CEmber
import CZlib
import Ember
import Foundation

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Tells what Ember runs on: processor, threads, devices, libraries.")

    func run() throws {
        let dnnl = Int(ember_dnnl_version())
        let rows = [
            ("Ember", EmberVersion.current),
            ("processor", Processor.name),
            ("features", Processor.features.joined(separator: " ")),
            ("kernels", "for \(instructionSet)"),
            ("threads", "\(threadCount) of \(ProcessInfo.processInfo.activeProcessorCount) processors"),
            ("memory", "\(NumberText.grouped(Int(ProcessInfo.processInfo.physicalMemory >> 20))) MiB"),
            ("devices", Device.cpu.description),
            ("oneDNN", "\(dnnl / 10000).\(dnnl / 100 % 100).\(dnnl % 100)"),
            ("libpng", String(cString: ember_png_version())),
            ("libjpeg", String(cString: ember_jpeg_version())),
            ("zlib", String(cString: zlibVersion())),
        ]
        for (name, value) in rows { Terminal.line(NumberText.left(name, 11) + value) }
    }
}

/// What the system says about the processor.
private enum Processor {
    /// Instruction sets that kernels of this field care about.
    private static let interesting: Set<String> = [
        "sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16",
        "amx_tile", "amx_bf16", "amx_int8", "asimd", "asimdhp", "asimddp", "bf16", "i8mm", "sve", "sve2",
    ]

    private static func field(_ names: String...) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, names.contains(parts[0]) { return parts[1] }
        }
        return nil
    }

    static var name: String { field("model name", "CPU part") ?? "unknown" }
    static var features: [String] {
        (field("flags", "Features") ?? "").split(separator: " ").map(String.init).filter(interesting.contains).sorted()
    }
}
