import Ember
import Testing

@Suite struct PackedSequenceTests {
    private let lengths = [2, 4, 1]

    @Test func packingSortsAndPaddingRestores() {
        let x = wave(4, 3, 2)
        let packed = packPaddedSequence(x, lengths: lengths, enforceSorted: false)
        #expect(isClose(packed.data, [
            0.4958324052, 0.3377315903, 0.1477601033, 0.4207354924, 0.02079033122, -0.3059289455, -0.1869383324, 0.1557706818, -0.4887650588,
            -0.4417273279, -0.3125353244, -0.490468115, 0.4933859821, 0.3251439201,
        ], tolerance: 1e-9))
        #expect(packed.batchSizes == [3, 2, 1, 1] && packed.sortedIndices == [1, 0, 2] && packed.unsortedIndices == [1, 0, 2])
        #expect(packed.lengths == lengths)
        let (padded, restored) = padPackedSequence(packed, batchFirst: true, paddingValue: -1, totalLength: 5)
        #expect(padded.shape == [3, 5, 2] && restored == lengths)
        for (i, length) in lengths.enumerated() {
            #expect((padded[i][0..<length] .== x.transpose(0, 1)[i][0..<length]).all().item(as: Bool.self))
            #expect((padded[i][length..<5] .== -1).all().item(as: Bool.self))
        }
    }

    @Test func sequencesArePaddedAndPacked() {
        let sequences = [wave(2, 3), wave(4, 3, phase: 1), wave(1, 3, phase: 2)]
        #expect(padSequence(sequences).shape == [4, 3, 3])
        let left = padSequence(sequences, batchFirst: true, paddingValue: 7, paddingSide: .left)
        #expect((left[0][2...] .== sequences[0]).all().item(as: Bool.self) && (left[2][0..<3] .== 7).all().item(as: Bool.self))
        let again = unpackSequence(packSequence(sequences, enforceSorted: false))
        #expect(zip(again, sequences).allSatisfy { $0.shape == $1.shape && ($0 .== $1).all().item(as: Bool.self) })
        #expect(unpadSequence(padSequence(sequences), lengths: lengths).map(\.shape) == [[2, 3], [4, 3], [1, 3]])
    }

    @Test func wrongLengthsSayWhatIsWrong() {
        let x = wave(4, 3, 2)
        for (lengths, message) in [([2, 4, 1], "enforceSorted: false"), ([4, 2, 0], "from 1 through 4"), ([5, 2, 1], "from 1 through 4"), ([4], "3 sequences")] {
            #expect { try checked { packPaddedSequence(x, lengths: lengths).data } } throws: { "\($0)".contains(message) }
        }
    }

    /// Numbers of PyTorch: two layers, both directions, initial states, gradients of the input and of one weight.
    @Test func plainNetworkRunsPackedSequences() {
        let rnn = RNN(2, 3, layers: 2, nonlinearity: .relu, bidirectional: true).filledWithWaves()
        let x = wave(4, 3, 2).requiringGrad()
        let (output, hidden) = rnn(packPaddedSequence(x, lengths: lengths, enforceSorted: false), wave(4, 3, 3, phase: 1))
        let padded = padPackedSequence(output).padded
        #expect(isClose(padded.select(1, 1), [
            0, 0, 0, 2.319724887, 0.5483979425, 0, 0, 0, 0.1750361592, 1.978043148, 0.8356456795, 0, 0, 0.01809858454, 0.03569099537,
            2.185717064, 0.106043777, 0, 0, 0, 0.292449172, 0.2808404123, 1.005651792, 0,
        ], tolerance: 1e-8))
        #expect(isClose(hidden.select(1, 0), [
            0.514379717, 0, 0, 0, 1.84649389, 0.5164269138, 0, 0, 0.1538945565, 1.745651727, 0.7345777923, 0,
        ], tolerance: 1e-8))
        #expect(isClose(hidden[3], [
            1.745651727, 0.7345777923, 0, 2.319724887, 0.5483979425, 0, 1.064571454, 0.3997542126, 0,
        ], tolerance: 1e-8))
        ((padded * wave(padded.shape)).sum() + (hidden * wave(hidden.shape, phase: 0.9)).sum()).backward()
        #expect(x.grad.map { isClose($0, [
            -0.04561453383, 0.2519080506, -0.1391945832, -0.2764207125, 0.5077268475, 0.2952980015, -0.4078828865, -0.1882145724,
            0.02767925218, 0.08429573138, 0, 0, 0, 0, 0.09400090191, 0.08486861969, 0, 0, 0, 0, -0.1119900565, -0.07176021532, 0, 0,
        ], tolerance: 1e-8) } == true)
        #expect(rnn.weights["weight_hh_l1_reverse"]?.gradient.map { isClose($0, [
            3.162699034, 0.9668886116, -0.1547555222, 2.894541794, 0.762526193, -0.2920444075, 0, 0, 0,
        ], tolerance: 1e-8) } == true)
    }

    @Test func gatedNetworkRunsPackedSequences() {
        let gru = GRU(2, 3, layers: 2, bidirectional: true).filledWithWaves()
        let x = wave(4, 3, 2).requiringGrad()
        let (output, hidden) = gru(packPaddedSequence(x, lengths: lengths, enforceSorted: false), wave(4, 3, 3, phase: 1))
        let padded = padPackedSequence(output).padded
        #expect(isClose(padded.select(1, 1), [
            0.1974460285, -0.2387545914, -0.5286413069, -0.3175743431, -0.01780301358, 0.7272328121, 0.3390384036, -0.1220053783, -0.6301578863,
            -0.1979499418, -0.2732215988, 0.6107555944, 0.4518833865, 0.007896790573, -0.7148400541, -0.08100328293, -0.3695597579,
            0.4211243118, 0.5430213546, 0.08918824671, -0.7174381778, -0.1571772853, -0.1432987627, 0.1068808525,
        ], tolerance: 1e-8))
        #expect(isClose(hidden.select(1, 0), [
            0.545722808, 0.5411005461, 0.5651151872, -0.2742122931, -0.172761874, -0.2119863228, 0.5740336487, 0.4204957633, -0.2232081027,
            0.3656842532, -0.2863258469, 0.6848064336,
        ], tolerance: 1e-8))
        ((padded * wave(padded.shape)).sum() + (hidden * wave(hidden.shape, phase: 0.9)).sum()).backward()
        #expect(x.grad.map { isClose($0, [
            0.2282900035, 0.1076149008, -0.1053324415, 0.04323667302, -0.1429035719, -0.07417983991, 0.05486597719, -0.09782195499, 0.07075202516,
            0.07362190402, 0, 0, 0, 0, 0.09448150991, 0.06092760777, 0, 0, 0, 0, 0.3282583147, 0.2386507328, 0, 0,
        ], tolerance: 1e-8) } == true)
    }

    @Test func projectedMemoryRunsPackedSequences() {
        let lstm = LSTM(2, 3, layers: 2, bidirectional: true, projectionSize: 2).filledWithWaves()
        let x = wave(4, 3, 2).requiringGrad()
        let (output, hidden, cell) = lstm(packPaddedSequence(x, lengths: lengths, enforceSorted: false),
                                          (wave(4, 3, 2, phase: 1), wave(4, 3, 3, phase: 2)))
        let padded = padPackedSequence(output).padded
        #expect(isClose(padded.select(1, 1), [
            -0.3492988338, 0.3957175813, -0.3487113378, 0.1678510121, -0.3682478607, 0.4998955982, -0.331016444, 0.1467525388, -0.3779283668,
            0.5400202639, -0.3028697962, 0.1216715198, -0.3818290585, 0.556990469, -0.2439277737, 0.08559845453,
        ], tolerance: 1e-8))
        #expect(isClose(hidden.select(1, 0), [
            -0.1532543224, 0.1006661323, -0.1273909257, 0.09208823621, -0.244513917, 0.3855775731, -0.1823828285, 0.1458105243,
        ], tolerance: 1e-8))
        #expect(isClose(cell[3], [
            0.2193453908, -0.1634474351, -0.6939653279, -0.0834243751, -0.7168736614, -1.034539566, -0.01676424919, -0.1564987107, -0.01190615468,
        ], tolerance: 1e-8))
        ((padded * wave(padded.shape)).sum() + (hidden * wave(hidden.shape, phase: 0.9)).sum() + (cell * wave(cell.shape, phase: 0.9)).sum()).backward()
        #expect(x.grad.map { isClose($0, [
            0.1952973739, 0.001543752232, 0.004057660721, 0.1160676009, -0.3314234192, -0.2052872834, 0.1122204765, -0.004157620963, -0.0203968074,
            0.02105939882, 0, 0, 0, 0, -0.006858886863, 0.013018482, 0, 0, 0, 0, 0.04034028383, 0.04236977993, 0, 0,
        ], tolerance: 1e-8) } == true)
    }

    /// Each sequence of a batch gives what it gives alone.
    @Test func sequencesDoNotMix() {
        let lstm = LSTM(2, 3, bidirectional: true).filledWithWaves()
        let sequences = [wave(2, 2), wave(4, 2, phase: 1), wave(4, 2, phase: 2)]
        let together = unpackSequence(lstm(packSequence(sequences, enforceSorted: false)).output)
        for (sequence, output) in zip(sequences, together) {
            let alone = lstm(sequence).output
            #expect(((alone - output).abs() .< 1e-12).all().item(as: Bool.self))
        }
    }
}
