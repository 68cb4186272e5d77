import Ember
import Testing

/// Complex numbers: values and gradients are PyTorch's.
@Suite struct ComplexTests {
    static let z: [Complex128] = [
        Complex(1, 2), Complex(-0.5, 0.25), Complex(0.3, -1.2), Complex(-2, -0.75), Complex(0.8), Complex(3, -4),
    ]
    static let w: [Complex128] = [
        Complex(0.5, -1), Complex(2, 0.1), Complex(-1, 1), Complex(0.25, 3), Complex(1, -2), Complex(-0.5),
    ]
    static var a: Tensor { Tensor(z, dtype: .complex128) }
    static var b: Tensor { Tensor(w, dtype: .complex128) }

    /// The elements, of complex tensors both parts in turn.
    static func numbers(_ x: Tensor) -> [Double] {
        let x = x.detach()
        return (x.dtype.isComplex ? x.viewAsReal() : x).to(.float64).array()
    }

    static func expect(_ found: Tensor, _ values: [Double], tolerance: Double = 1e-12, _ what: String = "") {
        let numbers = numbers(found)
        #expect(numbers.count == values.count, "\(what)")
        for (a, b) in zip(numbers, values) {
            #expect(abs(a - b) <= tolerance * max(1, abs(b)), "\(what): \(a), not \(b)")
        }
    }

    private static let functions: [(name: String, function: @Sendable (Tensor) -> Tensor, values: [Double])] = [
        ("exp", { $0.exp() },
         [-1.13120438375681, 2.47172667200482, 0.587675090343923, 0.150058086622163, 0.489131806373801, -1.25812116919795,
          0.0990233203101153, -0.0922497746528114, 2.22554092849247, 0, -13.1287830814622, 15.200784463068]),
        ("exp2", { $0.exp2() },
         [0.366913949486603, 1.96605548082249, 0.696516709182781, 0.121919948446466, 0.829254154901177, -0.90997478706255,
          0.216972135732834, -0.124189743197789, 1.74110112659225, 0, -7.46149661468857, -2.88549272551345]),
        ("expm1", { $0.expm1() },
         [-2.13120438375681, 2.47172667200482, -0.412324909656077, 0.150058086622163, -0.510868193626199, -1.25812116919795,
          -0.900976679689885, -0.0922497746528114, 1.22554092849247, 0, -14.1287830814622, 15.200784463068]),
        ("log", { $0.log() },
         [0.80471895621705, 1.10714871779409, -0.58157540490284, 2.67794504458899, 0.212633867702172, -1.32581766366803,
          0.758935359454305, -2.78282198331922, -0.22314355131421, 0, 1.6094379124341, -0.927295218001612]),
        ("log2", { $0.log2() },
         [1.16096404744368, 1.59727796468811, -0.839035952556319, 3.86345803560171, 0.306765826458963, -1.91275056849686,
          1.09491227944001, -4.01476347501143, -0.321928094887362, 0, 2.32192809488736, -1.33780421245098]),
        ("log10", { $0.log10() },
         [0.349485002168009, 0.480828578784234, -0.252574989159953, 1.16301675570515, 0.0923457154087994, -0.575795295340888,
          0.329601438732265, -1.2085642314746, -0.0969100130080564, 0, 0.698970004336019, -0.402719196273373]),
        ("log1p", { $0.log1p() },
         [1.03972077083992, 0.785398163397448, -0.58157540490284, 0.463647609000806, 0.570516502276031, -0.745419476274158,
          0.22314355131421, -2.49809154479651, 0.587786664902119, 0, 1.73286795139986, -0.785398163397448]),
        ("sqrt", { $0.sqrt() },
         [1.27201964951407, 0.786151377757423, 0.171780374861256, 0.727673345112677, 0.876621836279846, -0.684445647106218,
          0.260768993871379, -1.43805440375693, 0.894427190999916, 0, 2, -1]),
        ("rsqrt", { $0.rsqrt() },
         [0.568864481005783, -0.351577584254143, 0.307290076312132, -1.30170165206929, 0.708706749942101, 0.553341509414346,
          0.122082808783548, 0.673246148584633, 1.11803398874989, 0, 0.4, 0.2]),
        ("sin", { $0.sin() },
         [3.16577851321617, 1.95960104142161, -0.494485780933195, 0.221688164149575, 0.535085307448204, -1.44204351175024,
          -1.17725217931088, 0.34220450663488, 0.717356090899523, 0, 3.85373803791938, 27.0168132580039]),
        ("cos", { $0.cos() },
         [2.03272300701967, -3.0518977991518, 0.905150150559607, 0.121108796043812, 1.7297853327034, 0.446076331698711,
          -0.538778353248732, -0.747730488384954, 0.696706709347165, -0, -27.0349456030742, 3.85115333481178]),
        ("tan", { $0.tan() },
         [0.0338128260798967, 1.01479361614663, -0.504500702698564, 0.312420692502589, 0.0884703001563239, -0.856469291708515,
          0.445501321436742, -1.25342717133468, 1.02963855705036, 0, -0.000187346204629478, -0.999355987381473]),
        ("asin", { $0.asin() },
         [0.427078586392476, 1.528570919481, -0.501608853275501, 0.281396056245293, 0.191129655961271, -1.03014409316788,
          -1.17106248844835, -1.41057889755833, 0.927295218001612, 0, 0.633983865639177, -2.30550903124348]),
        ("acos", { $0.acos() },
         [1.14371774040242, -1.528570919481, 2.0724051800704, -0.281396056245293, 1.37966667083363, 1.03014409316788, 2.74185881524325,
          1.41057889755833, 0.643501108793284, 0, 0.93681246115572, 2.30550903124348]),
        ("atan", { $0.atan() },
         [1.33897252229449, 0.402359478108525, -0.484254490329966, 0.200586618131234, 1.14716332216398, -0.908889954145288,
          -1.1492038297107, -0.138250137204176, 0.674740942223553, 0, 1.44830699523146, -0.158997191679999]),
        ("sinh", { $0.sinh() },
         [-0.489056259041294, 1.40311925062204, -0.504895714387995, 0.278979128350262, 0.110345289726084, -0.974296353235002,
          -2.65373338938083, -2.56445840583538, 0.888105982187623, 0, -6.548120040911, 7.61923172032141]),
        ("cosh", { $0.cosh() },
         [-0.64214812471552, 1.06860742138278, 1.09257080473192, -0.128921041728098, 0.378786516647716, -0.283824815962946,
          2.75275670969095, 2.47220863118257, 1.33743494630484, 0, -6.58066304055116, 7.58155274274654]),
        ("tanh", { $0.tanh() },
         [1.16673625724092, -0.243458201185725, -0.485487281024135, 0.19805544995135, 1.42087496819241, -1.5074897119754,
          -0.996747399904603, -0.0364328893757183, 0.664036770267849, 0, 1.00070953606723, -0.00490825806749606]),
        ("asinh", { $0.asinh() },
         [1.46935174436819, 1.06344002357775, -0.492675683420771, 0.224328452634667, 0.744840468245773, -1.19414794700827,
          -1.49252103198802, -0.326770402782327, 0.732668256045411, 0, 2.29991404087927, -0.917616853351479]),
        ("acosh", { $0.acosh() },
         [1.528570919481, 1.14371774040242, 0.281396056245293, 2.0724051800704, 1.03014409316788, -1.37966667083363, 1.41057889755833,
          -2.74185881524325, 0, 0.643501108793284, 2.30550903124348, -0.93681246115572]),
        ("atanh", { $0.atanh() },
         [0.173286795139986, 1.17809724509617, -0.500370000052531, 0.314398143207716, 0.120878250408817, -0.894070677321348,
          -0.452890524131059, -1.37153510396169, 1.09861228866811, 0, 0.117500907311434, -1.40992104959658]),
        ("reciprocal", { $0.reciprocal() },
         [0.2, -0.4, -1.6, -0.8, 0.196078431372549, 0.784313725490196, -0.438356164383562, 0.164383561643836, 1.25, 0, 0.12, 0.16]),
        ("square", { $0.square() }, [-3, 4, 0.1875, -0.25, -1.35, -0.72, 3.4375, 3, 0.64, 0, -7, -24]),
        ("sigmoid", { $0.sigmoid() },
         [1.02141536417218, 0.403438706081543, 0.375724835580039, 0.059002964314508, 0.608162641415822, -0.331051202860154,
          0.0964671144243459, -0.0758407065122505, 0.689974481127613, 0, 1.03207219958827, 0.0401955076550841]),
        ("sinc", { $0.sinc() },
         [-34.0903386993948, -17.0451693496974, 0.674617869500513, 0.337308934750256, 4.27659105371791, 3.58755928525525,
          0.273553175065684, 0.729475133508491, 0.23387232094716, -0, -7302.06222771764, 5476.54667078824]),
        ("sgn", { $0.sgn() },
         [0.447213595499958, 0.894427190999916, -0.894427190999916, 0.447213595499958, 0.242535625036333, -0.970142500145332,
          -0.936329177569045, -0.351123441588392, 1, 0, 0.6, -0.8]),
        ("abs", { $0.abs() }, [2.23606797749979, 0.559016994374947, 1.2369316876853, 2.13600093632938, 0.8, 5]),
        ("angle", { $0.angle() }, [1.10714871779409, 2.67794504458899, -1.32581766366803, -2.78282198331922, 0, -0.927295218001612]),
        ("neg", { -$0 }, [-1, -2, 0.5, -0.25, -0.3, 1.2, 2, 0.75, -0.8, -0, -3, 4]),
        ("conj", { $0.conj() }, [1, -2, -0.5, -0.25, 0.3, 1.2, -2, 0.75, 0.8, -0, 3, 4]),
    ]

    @Test func functionsInBothPrecisions() {
        for (name, function, values) in Self.functions {
            Self.expect(function(Self.a), values, name)
            Self.expect(function(Self.a.to(.complex64)), values, tolerance: 2e-5, name)
        }
    }

    /// Over a length that no register divides, so that whole registers and the rest are compared.
    @Test func everyLaneComputesTheSame() {
        for (name, function, values) in Self.functions {
            for dtype in [DType.complex64, .complex128] {
                let long = function(Self.a.to(dtype).repeat([7]))
                #expect(long.equal(function(Self.a.to(dtype)).repeat([7])), "\(name) in \(dtype.name), \(values.count)")
            }
        }
    }

    @Test func arithmetic() {
        let a = Self.a, b = Self.b
        Self.expect(a + b, [1.5, 1, 1.5, 0.35, -0.7, -0.2, -1.75, 2.25, 1.8, -2, 2.5, -4])
        Self.expect(a - b, [0.5, 3, -2.5, 0.15, 1.3, -2.2, -2.25, -3.75, -0.2, 2, 3.5, -4])
        Self.expect(a * b, [2.5, 0, -1.025, 0.45, 0.9, 1.5, 1.75, -6.1875, 0.8, -1.6, -1.5, 2])
        Self.expect(a / b, [-1.2, 1.6, -0.243142144638404, 0.13715710723192, -0.75, 0.45, -0.303448275862069, 0.641379310344828,
                            0.16, 0.32, -6, 8])
        Self.expect(a.pow(b), [4.38256505986336, -1.12439747736116, 0.132089852729848, -0.199280855597634, 0.0984415085799708,
                               3.04244239371833, -52.6140820167825, 5105.87287360548, 0.721644699546131, 0.345295420787728, 0.4, 0.2])
        Self.expect(a.lerp(b, .scalar(.complex(Complex(0.25, 0.5)))),
                    [2.375, 1, 0.2, 1.4625, -1.125, -1.3, -3.3125, 1.3125, 1.85, -0.4, 0.125, -4.75])
        // A number times its conjugate is real, exactly.
        #expect((a * a.conj()).isReal().all().item(as: Bool.self))
        // Squares of the parts would overflow.
        let large = Tensor([Complex64(1e30, 1e30)])
        Self.expect(large / large, [1, 0], tolerance: 1e-6)
        #expect((a .== a.clone()).all().item(as: Bool.self) && !(a .== b).any().item(as: Bool.self))
    }

    @Test func folds() {
        let a = Self.a
        Self.expect(a.sum(), [2.6, -3.7])
        Self.expect(a.mean(), [0.433333333333333, -0.616666666666667])
        Self.expect(a.prod(), [4.155, -12.54])
        Self.expect(a.cumsum(0), [1, 2, 0.5, 2.25, 0.8, 1.05, -1.2, 0.3, -0.4, 0.3, 2.6, -3.7])
        Self.expect(a.cumprod(0), [1, 2, -1, -0.75, -1.2, 0.975, 3.13125, -1.05, 2.505, -0.84, 4.155, -12.54])
        Self.expect(a.norm(), [6.08646038350699])
        Self.expect(a.vectorNorm(1), [11.9680175958894])
        Self.expect(a.vectorNorm(.infinity), [5])
        Self.expect(a.var(), [6.72733333333333])
        Self.expect(a.std(), [2.59371034106227])
        Self.expect(a.reshape(2, 3).cov(), [3.13083333333333, 0, 1.49125, -3.67333333333333, 1.49125, 3.67333333333333, 10.8008333333333, 0])
        Self.expect(a.reshape(2, 3).sum(0), [-1, 1.25, 0.3, 0.25, 3.3, -5.2])
        #expect(Tensor.zeros([2, 0], dtype: .complex64).prod(1).array(of: Complex64.self) == [Complex(1), Complex(1)])
        #expect(a.countNonzero().item(as: Int.self) == 6 && a.any().item(as: Bool.self) && a.imag.count == 6)
    }

    @Test func products() {
        let a = Self.a.reshape(2, 3), b = Self.b.reshape(3, 2), w = Self.b
        Self.expect(a.matmul(b), [0.65, -2.55, 0.775, 3.2625, -7.55, -7.575, -5.225, 2.7])
        Self.expect(a.mT.contiguous().mT.matmul(b.mT.contiguous().mT), [0.65, -2.55, 0.775, 3.2625, -7.55, -7.575, -5.225, 2.7])
        Self.expect(a.mv(w.narrow(0, start: 0, count: 3)), [2.375, 1.95, 0.85, 8.705])
        Self.expect(Self.a.dot(w), [3.425, -3.8375])
        Self.expect(Self.a.vdot(w), [-7.425, -12.8625])
        Self.expect(linear(a, b.mT, bias: w.narrow(0, start: 0, count: 2)), [1.15, -3.55, 2.775, 3.3625, -7.05, -8.575, -3.225, 2.8])
        Self.expect(einsum("ij,jk->ki", a, b), [0.65, -2.55, -7.55, -7.575, 0.775, 3.2625, -5.225, 2.7])
        // Large enough for blocks, against the definition by real products.
        let x = Tensor.randn([2, 65, 70], dtype: .complex128), y = Tensor.randn([70, 67], dtype: .complex128)
        let expected = Tensor.complex(x.real.matmul(y.real) - x.imag.matmul(y.imag), x.real.matmul(y.imag) + x.imag.matmul(y.real))
        #expect(x.matmul(y).allClose(expected, rtol: 1e-12, atol: 1e-12))
        Self.expect(a.H, Self.numbers(a.conj().permute(1, 0)))
    }

    @Test func productsOfTruthValuesAndIntegers() {
        let a = Tensor([[true, false], [false, false]]), b = Tensor([[false, true], [true, true]])
        #expect(a.matmul(b).array(of: Bool.self) == [false, true, false, false])
        #expect(Tensor([[UInt64(1) << 63, 3]]).matmul(Tensor([[UInt64(1)], [5]])).array(of: UInt64.self) == [(UInt64(1) << 63) + 15])
    }

    @Test func convolutions() {
        let a = Self.a, b = Self.b, x = a.reshape(1, 2, 3), image = a.reshape(1, 1, 2, 3)
        let four = b.narrow(0, start: 0, count: 4), one = b.narrow(0, start: 0, count: 1), kernel = four.reshape(1, 1, 2, 2)
        Self.expect(conv1d(x, four.reshape(1, 2, 2), bias: b.narrow(0, start: 5, count: 1), padding: 1),
                    [3.05, -2.0875, 3.925, 1.6, 12.17, 7.055, -0.55, 6.1], "conv1d")
        Self.expect(conv1d(x, b.reshape(2, 1, 3)[0..., 0..., 0..<2], bias: b.narrow(0, start: 0, count: 2), dilation: 2, groups: 2),
                    [3.72, -3.37, -1.25, -16.0875], "groups")
        let batched = conv1d(x, four.reshape(1, 2, 2), padding: 1)
        #expect(conv1d(x.squeeze(0), four.reshape(1, 2, 2), padding: 1).equal(batched.squeeze(0)), "without a batch")
        Self.expect(conv2d(image, kernel), [4.425, 1.6, 12.67, 7.055], "conv2d")
        Self.expect(conv3d(image.unsqueeze(-1), kernel.unsqueeze(-1), bias: one), [4.925, 0.6, 13.17, 6.055], "conv3d")
        Self.expect(convTranspose1d(x, four.reshape(2, 1, 2), bias: one, stride: 2, outputPadding: 1),
                    [5.75, -2.25, 4.05, -3.0875, -0.3, 0.425, -0.325, 1.85, 0.45, 5.1, 13.97, 4.63, 0.5, -1], "convTranspose1d")
        let spread = [2.5, 0, 1.8, 4.725, -2.075, -0.45, 0.72, -2.37, -4.75, 0.625, -9.025, 0.249999999999999, -0.875, -4.8575,
                      10.075, -7.1, 2.75, -1.25, 0.95, -5.3875, 1.2, 9.4, 12.75, 8]
        Self.expect(convTranspose2d(image, kernel), spread, "convTranspose2d")
        Self.expect(convTranspose3d(image.unsqueeze(-1), kernel.unsqueeze(-1)), spread, "convTranspose3d")
        Self.expect(conv2d(image.to(.complex64), kernel.to(.complex64)), [4.425, 1.6, 12.67, 7.055], tolerance: 1e-6, "complex64")
    }

    @Test func logarithmsOfSumsOfExponentials() {
        let a = Self.a, x = a.reshape(2, 3)
        Self.expect(a.logAddExp(Self.b), [0.104993014324469, 1.78895914784733, 2.07810192480512, 0.111345282348782, 0.158488892655629,
                                          -0.943356178064241, 0.161712762483001, 3.06585015757218, 0.994416753202277, -1.15399474903595,
                                          2.98033595904114, -4.02330940465133], "logAddExp")
        Self.expect(x.logSumExp(1), [0.310969895059602, 1.61066588210681, 2.92177070853523, 2.19158942225947], "logSumExp")
        Self.expect(a.logSumExp(), [2.98210173954798, 2.15361793120227], "logSumExp of all")
        Self.expect(a.logCumSumExp(0), [1, 2, 0.984895600416374, 1.77521334516722, 0.310969895059602, 1.61066588210681, 0.240745125281439,
                                        1.53571135253552, 0.956261637476353, 0.510528704810133, 2.98210173954798, -4.12956737597731],
                    "logCumSumExp continues an angle")
        #expect(x.logSumExp(0, keepDim: true).shape == [1, 3] && x.logSumExp(0, 1).shape == [])
        // The exponentials leave the type's range; -∞ adds nothing.
        let large = Tensor([Complex128(1000, 1), Complex(1000, -2), Complex(-1000, 0.5)], dtype: .complex128)
        Self.expect(large.logSumExp(), [998.044363526581, -0.5])
        Self.expect(large.logCumSumExp(0), [1000, 1, 998.044363526581, -0.5, 998.044363526581, -0.5])
        let none = Tensor([Complex128(-.infinity, 3)], dtype: .complex128), some = Tensor([Complex128(2, 1)], dtype: .complex128)
        Self.expect(none.logAddExp(some), [2, 1])
        #expect(none.logAddExp(none).real.item() == -.infinity && none.logSumExp().real.item() == -.infinity)
        #expect(Tensor.zeros([0], dtype: .complex128).logSumExp().real.item() == -.infinity)
    }

    @Test func normalisationAndOthers() {
        let a = Self.a, b = Self.b, x = a.reshape(2, 3)
        Self.expect(normalize(x), [0.382289699949677, 0.764579399899354, -0.191144849974839, 0.0955724249874193, 0.114686909984903,
                                   -0.458747639939613, -0.363922199930177, -0.136470824973816, 0.145568879972071, 0, 0.545883299895265,
                                   -0.727844399860354], "normalize")
        Self.expect(normalize(x, p: 3, dim: 0), [0.362887774900505, 0.72577554980101, -0.566738223019336, 0.283369111509668,
                                                 0.0597002198605965,
                                                 -0.238800879442386, -0.72577554980101, -0.272165831175379, 0.906781156830938,
                                                 0, 0.597002198605965, -0.796002931474621], "normalize with p = 3")
        Self.expect(rmsNorm(x, [3], weight: b.narrow(0, start: 0, count: 3), eps: 0.5),
                    [0.888846167129664, -1.96428689751556, -0.0108552869703616, 0.965349938064719, 1.49855675867601, -0.173835582827803,
                     -0.899331557787632, -0.0638131752474075, 0.390376707351686, 0.461948431123058, -1.67302558689556,
                     2.08026714346031], "rmsNorm")
        Self.expect(rmsNorm(x, [3]), [1.68796369317152, -0.253445367652177, 0.0633613419130442, 0.421990923292881, -0.800185083486824,
                                      -0.501219875127834, -0.281152167835706, -0.752673709941578, 0.197577576877168, 0.226977892647694,
                                      1.87580537652785, -0.136720786956987], "rmsNorm's own eps")
        Self.expect(softsign(a), [0.309016994374947, 0.618033988749895, -0.320714913181856, 0.160357456590928, 0.134112276048282,
                                  -0.536449104193128, -0.637754911623513, -0.239158091858817, 0.444444444444444, 0, 0.5,
                                  -0.666666666666667])
        Self.expect(tanhshrink(a), [-0.16673625724092, 2.24345820118573, -0.0145127189758647, 0.0519445500486505, -1.12087496819241,
                                    0.307489711975405, -1.0032526000954, -0.713567110624282, 0.135963229732151, 0, 1.99929046393277,
                                    -3.9950917419325])
        Self.expect(x.corrcoef(), [1, 0, 0.25644359110076, -0.631686699956497, 0.25644359110076, 0.631686699956497, 1, 0])
        Self.expect(a.corrcoef(), [1, 0])
        Self.expect(a.ldexp(b), [2.89512349260184, 1.27210847123385, -2.06445662045796, 0.859080242030572, 0.498762600992777,
                                 -0.365699149371338, 1.93726910676769, -1.64296615494378, 0.293531159589283, -1.57284438465799,
                                 2.12132034355964, -2.82842712474619])
        Self.expect(a.ldexp(Tensor([1, 2, 3, -1, 0, 1])), [2, 4, -2, 1, 2.4, -9.6, -1, -0.375, 0.8, 0, 6, -8])
        Self.expect(a.scatter(0, Tensor([0, 0, 2]), b.narrow(0, start: 0, count: 3), reduce: .sum),
                    [3.5, 1.1, -0.5, 0.25, -0.7, -0.2, -2, -0.75, 0.8, 0, 3, -4])
    }

    @Test func viewsShareMemoryAndValues() {
        let a = Self.a
        #expect(a.real.array(of: Double.self) == Self.z.map(\.real) && a.imag.array(of: Double.self) == Self.z.map(\.imaginary))
        #expect(a.viewAsReal().shape == [6, 2] && a.viewAsReal().viewAsComplex().equal(a))
        #expect(a.reshape(2, 3).permute(1, 0).real.array(of: Double.self) == [1, -2, -0.5, 0.8, 0.3, 3])
        #expect(Tensor.complex(a.real, a.imag).equal(a))
        #expect(Tensor.polar(a.abs(), a.angle()).allClose(a))
        // A view that is written does not change what it was taken from.
        var parts = a.viewAsReal()
        parts += 1.0
        #expect(a.equal(Self.a) && parts.viewAsComplex().equal(Self.a + .scalar(.complex(Complex(1, 1)))))
        #expect(throws: TensorError.self) { try checked { _ = Tensor.zeros([3]).viewAsComplex() } }
        #expect(throws: TensorError.self) { try checked { _ = Tensor.zeros([2, 3]).permute(1, 0).viewAsComplex() } }
    }

    @Test func typesMix() {
        let i = Tensor.scalar(.complex(.i))
        #expect((Tensor([1, 2]) * i).array(of: Complex64.self) == [Complex(0, 1), Complex(0, 2)])
        #expect((Tensor([1.0], dtype: .float64) * i).dtype == .complex128)
        #expect((Tensor([1.0], dtype: .float64) * Tensor([Complex64(1)])).dtype == .complex128)
        #expect((Tensor([Complex64(1)]) * 2.0).dtype == .complex64)
        #expect((Tensor([Complex64(1)]) * Tensor(2.0, dtype: .float64)).dtype == .complex64)
        #expect(Tensor(Self.z).dtype == .complex64 && Tensor(Complex128(1, 2)).dtype == .complex64)
        #expect(Tensor([1, -2]).to(.complex128).array(of: Complex128.self) == [Complex(1), Complex(-2)])
        #expect(Self.a.to(.bool).array(of: Bool.self) == [true, true, true, true, true, true])
        let mixed = Tensor([true, false, true, false, true, false])
        #expect(Self.a.where(mixed, else: Self.b).select(0, 1).item(as: Complex128.self) == Self.w[1])
    }

    @Test func refusals() {
        let a = Self.a
        let wrong: [(String, @Sendable () -> Void)] = [
            ("to", { _ = a.to(.float64) }), ("lt", { _ = a .< a }), ("amax", { _ = a.amax() }), ("sort", { _ = a.sort() }),
            ("argmax", { _ = a.argmax() }), ("unique", { _ = a.unique() }), ("floor", { _ = a.floor() }), ("sign", { _ = a.sign() }),
            ("softmax", { _ = a.softmax(0) }), ("relu", { _ = a.relu() }), ("clamp", { _ = a.clamp(min: 0) }),
            ("array", { _ = a.array(of: Double.self) }),
            ("item", { _ = a.select(0, 0).item() as Double }), ("arange", { _ = Tensor.arange(.complex(.i)) }),
            ("full", { _ = Tensor.full([2], .complex(.i), dtype: .float32) }), ("imag", { _ = Tensor.ones([2]).imag }),
            ("exponential", { _ = Tensor.exponential([2], dtype: .complex64) }), ("bitwise", { _ = a & a }),
            ("maximum", { _ = a.maximum(a) }), ("remainder", { _ = a.remainder(a) }), ("bernoulli", { _ = a.bernoulli() }),
            ("backward", { a.requiringGrad().sum().backward() }),
        ]
        for (name, call) in wrong {
            #expect(throws: TensorError.self, "\(name)") { try checked { call() } }
        }
    }

    // MARK: Gradients

    private static func gradient(_ inputs: Tensor..., of function: ([Tensor]) -> Tensor) -> [Double] {
        let leaves = inputs.map { $0.requiringGrad() }
        function(leaves).backward()
        return leaves.flatMap { numbers($0.grad ?? Tensor.zeros([0])) }
    }

    @Test func gradientsFollowPyTorchsConvention() {
        func check(_ found: [Double], _ values: [Double], _ what: String) {
            #expect(found.count == values.count, "\(what)")
            for (a, b) in zip(found, values) { #expect(abs(a - b) <= 1e-11 * max(1, abs(b)), "\(what): \(a), not \(b)") }
        }
        let a = Self.a, b = Self.b
        check(Self.gradient(a) { $0[0].abs().sum() },
              [0.447213595499958, 0.894427190999916, -0.894427190999916, 0.447213595499958, 0.242535625036333, -0.970142500145332,
               -0.936329177569045, -0.351123441588392, 1, 0, 0.6, -0.8], "abs")
        check(Self.gradient(a) { ($0[0] * $0[0]).real.sum() }, [2, -4, -1, -0.5, 0.6, 2.4, -4, 1.5, 1.6, 0, 6, 8], "square")
        check(Self.gradient(a) { $0[0].exp().imag.sum() },
              [2.47172667200482, -1.13120438375681, 0.150058086622163, 0.587675090343923, -1.25812116919795, 0.489131806373801,
               -0.0922497746528114, 0.0990233203101153, 0, 2.22554092849247, 15.200784463068, -13.1287830814622], "exp")
        check(Self.gradient(a.real.contiguous()) { ($0[0] * b).abs().square().sum() }, [2.5, -4.01, 1.2, -36.25, 8, 1.5], "real operand")
        check(Self.gradient(a) { $0[0].angle().sum() },
              [-0.4, 0.2, -0.8, -1.6, 0.784313725490196, 0.196078431372549, 0.164383561643836, -0.438356164383562, 0, 1.25, 0.16, 0.12], "angle")
        check(Self.gradient(a) { $0[0].prod().abs() },
              [2.64208724307128, 5.28417448614256, -21.1366979445702, 10.5683489722851, 2.5902816108542, -10.3611264434168,
               -5.79087614919733, -2.171578555949, 16.5130452691955, 0, 1.58525234584277, -2.11366979445702], "prod")
        check(Self.gradient(a) { $0[0].vdot(b).abs() },
              [0.616088938799983, 0.93297074953522, -1.08648799330177, 1.68212479929733, -0.366118426745892, -1.36600047496226,
               -2.72316360858927, -1.28330820961103, 1.23217787759997, 1.86594149907044, 0.249970512054092, -0.433029725427037], "vdot")
        // Where a subgradient is taken it is 0.
        let zero = Tensor([Complex128(0)], dtype: .complex128)
        check(Self.gradient(zero) { $0[0].abs().sum() } + Self.gradient(zero) { $0[0].angle().sum() }, [0, 0, 0, 0], "at 0")
    }

    @Test func gradientsOfBothOrders() throws {
        for (name, function, _) in Self.functions {
            do {
                // The point on the real axis lies on branch cuts, of acosh and others.
                let x = cat([Self.a.narrow(0, start: 0, count: 4), Self.a.narrow(0, start: 5, count: 1)])
                try gradcheck([x]) { [function($0[0])] }
                try gradgradcheck([x]) { [function($0[0])] }
            } catch { Issue.record("\(name): \(error)") }
        }
        let a = Self.a, b = Self.b, x = a.reshape(2, 3), y = b.reshape(3, 2), real = a.real.contiguous()
        let index = Tensor([2, 0, 2])
        let calls: [(String, [Tensor], @Sendable ([Tensor]) -> Tensor)] = [
            ("add", [a, real], { $0[0] + $0[1] }), ("mul", [a, b], { $0[0] * $0[1] }), ("mul real", [real, b], { $0[0] * $0[1] }),
            ("div", [a, b], { $0[0] / $0[1] }), ("pow", [a, b], { $0[0].pow($0[1]) }), ("square", [a], { $0[0].pow(2) }),
            ("broadcast", [x, b.narrow(0, start: 0, count: 3)], { $0[0] * $0[1] }),
            ("where", [a, b], { $0[0].where(Tensor([true, false, true, false, true, true]), else: $0[1]) }),
            ("addcmul", [a, b, a], { $0[0].addcmul($0[1], $0[2], value: .complex(Complex(0.5, 1))) }),
            ("real", [a], { $0[0].real }), ("imag", [a], { $0[0].imag }), ("viewAsReal", [a], { $0[0].viewAsReal() }),
            ("viewAsComplex", [Tensor(Self.z.map(\.real), shape: [3, 2], dtype: .float64)], { $0[0].viewAsComplex() }),
            ("complex", [real, real + 1.0], { .complex($0[0], $0[1]) }), ("polar", [real, real], { .polar($0[0], $0[1]) }),
            ("to", [real], { $0[0].to(.complex128) }), ("matmul", [x, y], { $0[0].matmul($0[1]) }),
            ("matmul vector", [x, b.narrow(0, start: 0, count: 3)], { $0[0].matmul($0[1]) }),
            ("linear", [x, x, b.narrow(0, start: 0, count: 2)], { linear($0[0], $0[1], bias: $0[2]) }),
            ("einsum", [x, y], { einsum("ij,jk->ki", $0[0], $0[1]) }), ("vdot", [a, b], { $0[0].vdot($0[1]) }), ("H", [x], { $0[0].H }),
            ("sum", [x], { $0[0].sum(0) }), ("mean", [x], { $0[0].mean(1) }), ("prod", [x], { $0[0].prod(1) }),
            ("cumsum", [x], { $0[0].cumsum(1) }), ("cumprod", [x], { $0[0].cumprod(1) }), ("norm", [x], { $0[0].norm(2, [1]) }),
            ("var", [x], { $0[0].var([1]) }), ("permute", [x], { $0[0].permute(1, 0) }), ("slice", [x], { $0[0][0..., 1...] }),
            ("cat", [x, x], { cat([$0[0], $0[1]], dim: 1) }), ("indexSelect", [x], { $0[0].indexSelect(1, index) }),
            ("indexAdd", [x, x], { $0[0].indexAdd(1, index, $0[1]) }), ("gather", [x], { $0[0].gather(1, Tensor([[0, 0, 1], [2, 2, 2]])) }),
            ("scatterAdd", [x, x], { $0[0].scatterAdd(1, Tensor([[0, 0, 1], [2, 2, 2]]), $0[1]) }), ("index", [x], { $0[0].mT[index] }),
        ]
        for (name, inputs, function) in calls {
            do {
                try gradcheck(inputs) { [function($0)] }
                try gradgradcheck(inputs) { [function($0)] }
            } catch { Issue.record("\(name): \(error)") }
        }
        let zeros = Tensor([Complex128(0), Complex(1, 2), Complex(3, -1)], dtype: .complex128)
        try gradcheck([zeros]) { [$0[0].prod()] }
        try gradcheck([zeros]) { [$0[0].cumprod(0)] }
    }

    @Test func gradientsOfNetworkFunctions() {
        let a = Self.a, b = Self.b, x = a.reshape(2, 3), line = a.reshape(1, 2, 3), image = a.reshape(1, 1, 2, 3)
        let four = b.narrow(0, start: 0, count: 4), one = b.narrow(0, start: 0, count: 1), kernel = four.reshape(1, 1, 2, 2)
        let calls: [(String, [Tensor], @Sendable ([Tensor]) -> Tensor)] = [
            ("conv1d", [line, four.reshape(1, 2, 2), one], { conv1d($0[0], $0[1], bias: $0[2], padding: 1) }),
            ("groups", [line, b.reshape(2, 1, 3)], { conv1d($0[0], $0[1], stride: 2, padding: 1, groups: 2) }),
            ("conv2d", [image, kernel], { conv2d($0[0], $0[1]) }),
            ("conv3d", [image.unsqueeze(-1), kernel.unsqueeze(-1), one], { conv3d($0[0], $0[1], bias: $0[2]) }),
            ("convTranspose1d", [line, four.reshape(2, 1, 2), one],
             { convTranspose1d($0[0], $0[1], bias: $0[2], stride: 2, outputPadding: 1) }),
            ("convTranspose2d", [image, kernel], { convTranspose2d($0[0], $0[1]) }),
            ("convTranspose3d", [image.unsqueeze(-1), kernel.unsqueeze(-1)], { convTranspose3d($0[0], $0[1]) }),
            ("logAddExp", [a, b], { $0[0].logAddExp($0[1]) }),
            ("logAddExp broadcast", [x, b.narrow(0, start: 0, count: 3)], { $0[0].logAddExp($0[1]) }),
            ("logAddExp of equals", [a], { $0[0].logAddExp($0[0]) }), ("logSumExp", [x], { $0[0].logSumExp(1) }),
            ("logSumExp of all", [x], { $0[0].logSumExp(keepDim: true) }), ("logCumSumExp", [x], { $0[0].logCumSumExp(1) }),
            ("normalize", [x], { normalize($0[0]) }), ("normalize with p = 3", [x], { normalize($0[0], p: 3, dim: 0) }),
            ("rmsNorm", [x, b.narrow(0, start: 0, count: 3)], { rmsNorm($0[0], [3], weight: $0[1], eps: 0.5) }),
            ("softsign", [a], { softsign($0[0]) }), ("tanhshrink", [a], { tanhshrink($0[0]) }), ("corrcoef", [x], { $0[0].corrcoef() }),
            ("ldexp", [a, b], { $0[0].ldexp($0[1]) }),
            ("scatter", [a, b], { $0[0].scatter(0, Tensor([0, 0, 2]), $0[1], reduce: .sum) }),
        ]
        for (name, inputs, function) in calls {
            do {
                try gradcheck(inputs) { [function($0)] }
                try gradgradcheck(inputs) { [function($0)] }
            } catch { Issue.record("\(name): \(error)") }
        }
    }

    // MARK: Printing, random numbers, files

    @Test func printsAsPyTorch() {
        let x = Tensor([[Complex64(1, 2), Complex(-0.5, 0.25)], [Complex(0.3, -1.2), Complex(100, -0.75)]])
        #expect(x.description == """
            tensor([[  1.0000+2.0000j,  -0.5000+0.2500j],
                    [  0.3000-1.2000j, 100.0000-0.7500j]])
            """)
        #expect(x.select(0, 0).description == "tensor([ 1.0000+2.0000j, -0.5000+0.2500j])")
        #expect(Tensor(Complex128(1, 2), dtype: .complex128).description == "tensor(1.+2.j, dtype=complex128)")
        #expect(Tensor([Complex64(1e-5, 1), Complex(.nan, .nan)]).description == "tensor([1.0000e-05+1.j,        nan+nanj])")
        #expect(Tensor.zeros([2], dtype: .complex64).requiringGrad().description == "tensor([0.+0.j, 0.+0.j], requires_grad=True)")
    }

    @Test func randomNumbersArePyTorchs() {
        let generator = Generator(seed: 0)
        Self.expect(.randn([3], dtype: .complex64, generator: generator),
                    [1.08964884281158, -0.207485571503639, -1.54063677787781, 0.4019415974617, -0.766873121261597, -0.988956272602081],
                    tolerance: 1e-6)
        Self.expect(Tensor.randn([10], dtype: .complex128, generator: generator).narrow(0, start: 0, count: 3),
                    [-0.440686326625442, -0.612666732214518, -0.779198210333707, 0.161136755412127, -0.934711605313683, 0.929712032312028])
        Self.expect(.rand([2], dtype: .complex64, generator: generator),
                    [0.593586027622223, 0.415769994258881, 0.417719423770905, 0.271121561527252], tolerance: 1e-6)
    }

    /// Only integer types cut the bounds to whole numbers. PyTorch has no complex `arange`; Ember's steps as the real one does.
    @Test func rangesKeepFractions() {
        Self.expect(.linspace(-0.5, 1.25, count: 4, dtype: .complex128), [-0.5, 0, 0.25 / 3, 0, 2 / 3.0, 0, 1.25, 0])
        Self.expect(.logspace(-0.5, 0.5, count: 3, dtype: .complex128), [0.316227766016838, 0, 1, 0, 3.16227766016838, 0])
        Self.expect(.arange(0.5, 2.1, step: 0.7, dtype: .complex128), [0.5, 0, 1.2, 0, 1.9, 0])
        Self.expect(.linspace(-0.5, 4.7, count: 5, dtype: .int64), [0, 1, 2, 3, 4])
    }

    @Test func recordsOfFiles() throws {
        let record = try TensorRecord(name: "z", Self.a.to(.complex64))
        #expect(record.dtype == .complex64 && Tensor(record)?.equal(Self.a.to(.complex64)) == true)
        #expect(throws: FormatError.self) { try TensorRecord(name: "z", Self.a) }
    }

    /// Optimisers update complex parameters part by part, as PyTorch does.
    @Test func optimizersUpdateParts() {
        let parameter = Parameter(wrappedValue: Self.a), parts = Parameter(wrappedValue: Self.a.viewAsReal())
        let one = Adam([parameter], learningRate: 0.1), other = Adam([parts], learningRate: 0.1)
        for _ in 0..<3 {
            for (optimizer, tensor) in [(one, parameter), (other, parts)] {
                optimizer.step {
                    optimizer.zeroGrad()
                    let loss = tensor.value.abs().square().sum()
                    loss.backward()
                    return loss
                }
            }
        }
        #expect(parameter.value.viewAsReal().allClose(parts.value, rtol: 1e-12))
    }
}
