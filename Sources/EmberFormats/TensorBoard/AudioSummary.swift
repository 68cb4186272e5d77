import EmberTensor

extension SummaryWriter {
    /// Logs a sound as a WAV file of 16 bits a sample. PyTorch: `SummaryWriter.add_audio`.
    /// - Parameters:
    ///   - tensor: shape (frames) or (channels, frames); values from -1 to 1, what lies outside is cut.
    ///   - sampleRate: frames a second.
    public func addAudio(_ tag: String, _ tensor: Tensor, step: Int, sampleRate: Int = 44100, wallTime: Double? = nil) {
        do throws(TensorError) {
            guard tensor.rank == 1 || tensor.rank == 2, tensor.count > 0 else {
                throw TensorError("a sound has shape [frames] or [channels, frames] with at least one frame, not \(tensor.shape)")
            }
            let channels = tensor.rank == 1 ? 1 : tensor.shape[0], frames = tensor.count / channels
            guard channels <= Int(UInt16.max), (1 ... Int(UInt32.max)).contains(sampleRate) else {
                throw TensorError("a WAV file cannot have \(channels) channels at \(sampleRate) Hz")
            }
            // Frame by frame: the samples of all channels side by side. NaN is silence.
            let samples = (tensor.rank == 1 ? tensor.unsqueeze(0) : tensor).transpose(0, 1).array(of: Float.self)
            let encoded = WaveFile.encode(
                samples.map { $0.isNaN ? 0 : Int16(max(-1, min(1, $0)) * Float(Int16.max)) }, channels: channels, sampleRate: sampleRate)
            add(tag, .audio(sampleRate: sampleRate, channels: channels, frames: frames, encoded: encoded), step, wallTime)
        } catch {
            error.report(in: "SummaryWriter.addAudio", operands: [tensor])
        }
    }
}

/// Microsoft's WAVE file of whole numbers (PCM), in its plainest form.
enum WaveFile {
    /// - Parameter samples: those of all channels side by side, frame by frame.
    static func encode(_ samples: [Int16], channels: Int, sampleRate: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        let dataBytes = samples.count * 2
        bytes += Array("RIFF".utf8)
        append(UInt32(truncatingIfNeeded: 36 + dataBytes))
        bytes += Array("WAVEfmt ".utf8)
        append(UInt32(16))
        append(UInt16(1))  // whole numbers, not compressed
        append(UInt16(channels))
        append(UInt32(sampleRate))
        append(UInt32(truncatingIfNeeded: sampleRate * channels * 2))
        append(UInt16(truncatingIfNeeded: channels * 2))
        append(UInt16(16))
        bytes += Array("data".utf8)
        append(UInt32(truncatingIfNeeded: dataBytes))
        for sample in samples { append(sample) }
        return bytes
    }
}
