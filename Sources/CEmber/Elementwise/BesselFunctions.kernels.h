// Compiled per instruction set, inside Elementwise.kernels.h: Bessel functions of orders 0 and 1.

/// √x exp(-x) I(x) for orders 0 and 1, beyond x = 12, as polynomials of 12 / x, which interpolate at Chebyshev nodes (relative error 1e-16,
/// as the rest of the asymptotic series at 12 has it).
constexpr double largeModifiedBessel[2][15] = {
    {0.39894228040143263, 0.0041556487542008129, 0.00019479603396183277, 1.6909418326443185e-5, 2.1570951820583373e-6,
     3.697047561919097e-7, 4.3291455468408152e-8, 1.5335746320992421e-7, -3.7285883284522329e-7, 7.5584237355472477e-7,
     -1.0547536258428038e-6, 1.0155999499067312e-6, -6.3794627420883174e-7, 2.3527646518226814e-7, -3.8266969888316161e-8},
    {0.39894228040143273, -0.012466946262565383, -0.00032466005742986945, -2.3673172434041493e-5, -2.7735395658749722e-6,
     -4.5101004454340895e-7, -5.491106933220609e-8, -1.6539210522898944e-7, 3.971893427715952e-7, -8.0486844257311135e-7,
     1.1212464149897192e-6, -1.0778621295785982e-6, 6.7584746650838375e-7, -2.4878914372997467e-7, 4.0381587185920059e-8}};

/// I(x), times exp(-|x|) when scaled. Up to x = 12 polynomials of x² interpolate I₀(x) and I₁(x) / x at Chebyshev nodes (relative error
/// 1e-16).
template <int order, bool scaled>
EMBER_INLINE F64 modified_bessel(F64 a) {
  constexpr double small[2][20] = {
      {0.99999999999999999, 0.25000000000000005, 0.015624999999999953, 0.00043402777777779512, 6.7816840277744186e-6,
       6.7816840278175218e-8, 4.7095027967549641e-10, 2.4028075512581058e-12, 9.3859669201442942e-15, 2.8969036052344451e-17,
       7.2422535358566532e-20, 1.4963432567994562e-22, 2.5976793960020119e-25, 3.8442392152899663e-28, 4.8904791343681188e-31,
       5.5178108336793782e-34, 4.977110235413151e-37, 5.7720922832192877e-40, 8.6470879983814488e-44, 5.987893433992329e-46},
      {0.5, 0.062500000000000001, 0.0026041666666666656, 5.4253472222222621e-5, 6.7816840277770061e-7,
       5.6514033564906121e-9, 3.3639305692623161e-11, 1.5017547188511401e-13, 5.2144260896091144e-16, 1.4484517450339062e-18,
       3.291934536086973e-21, 6.2347470282486779e-24, 9.991265304811082e-27, 1.3727729398225896e-29, 1.631312345273247e-32,
       1.7184468646113058e-35, 1.485523551599467e-38, 1.5486118175076254e-41, 3.1221368778369438e-45, 1.4365629544979987e-47}};
  F64 x = absolute(a), near = x < 12 ? x : F64(12), far = x < 12 ? F64(12) : x, below = F64(0), above = F64(0);
  // Most registers need one side only.
  if (__builtin_reduce_or(x < 12)) {
    below = polynomialInHalves(small[order], near * near);
    if constexpr (order == 1) below *= near;
    if constexpr (scaled) below *= exponential(-near);
  }
  if (__builtin_reduce_or(x >= 12)) {
    above = polynomial(largeModifiedBessel[order], 12 / far) / square_root(far);
    if constexpr (!scaled) {
      // exp(x) overflows a little before the product does.
      F64 half = exponential(F64(0.5) * (x < 1000 ? x : F64(1000)));
      above = far == F64(std::numeric_limits<double>::infinity()) ? far : above * half * half;
    }
  }
  F64 result = a != a ? a : (x < 12 ? below : above);
  return order == 1 ? copy_sign(result, a) : result;
}

/// exp(-|x|) I(x) to float32's accuracy, without the exponential function: up to x = 12 exp(-x) I₀(x) and exp(-x) I₁(x) / x are polynomials
/// of x - 6, which interpolate at Chebyshev nodes (relative error 3e-14).
template <int order>
EMBER_INLINE F64 scaled_modified_bessel(F64 a) {
  constexpr double small[2][30] = {
      {0.1666574326398203, -0.014605973331310912, 0.0019350183888887287, -0.0002878498582265068, 4.552988448015654e-5,
       -7.491363280421578e-6, 1.2610939152748975e-6, -2.134648973784997e-7, 3.570423013404854e-8, -5.811802739098443e-9,
       9.101006463046158e-10, -1.3605982562713312e-10, 1.933347349894941e-11, -2.605040694613311e-12, 3.3253651146637246e-13,
       -4.0283393399592116e-14, 4.645471877005408e-15, -5.070065510573026e-16, 5.1908280274982894e-17, -5.180866075482274e-18,
       5.26742025918572e-19, -4.6796611729200757e-20, 2.9912380594773173e-21, -2.7120239685136047e-22, 4.434374641776467e-23,
       -3.1060700817852547e-24, -8.281952480379074e-26, 3.222117460838728e-27, 2.3665560505900193e-27, -1.4816822092380343e-28},
      {0.025341909884751303, -0.00601297440636523, 0.0011807405367647555, -0.00021441180957684156, 3.70808129395538e-5,
       -6.167602040938986e-6, 9.890736132127724e-7, -1.5281749117598e-7, 2.2702583137334234e-8, -3.2355482336817894e-9,
       4.4149819166931073e-10, -5.759576837090187e-11, 7.1773625005901124e-12, -8.540701400255836e-13, 9.704682964664624e-14,
       -1.0538956510033006e-14, 1.0955277488148123e-15, -1.0882193424936698e-16, 1.0288614144350303e-17, -9.41784837716114e-19,
       8.563783644902617e-20, -7.145493621149653e-21, 4.874708843464878e-22, -3.9746653661334487e-23, 4.932987837522225e-24,
       -3.3492143698034443e-25, -3.325338576316243e-27, 1.6754083520510586e-29, 2.2079980883393467e-28, -1.3293775837713503e-29}};
  F64 x = absolute(a), near = x < 12 ? x : F64(12), far = x < 12 ? F64(12) : x, below = F64(0), above = F64(0);
  if (__builtin_reduce_or(x < 12)) {
    below = polynomialInQuarters(small[order], near - 6);
    if constexpr (order == 1) below *= near;
  }
  if (__builtin_reduce_or(x >= 12)) above = polynomial(largeModifiedBessel[order], 12 / far) / square_root(far);
  F64 result = a != a ? a : (x < 12 ? below : above);
  return order == 1 ? copy_sign(result, a) : result;
}

template <Real T>
EMBER_INLINE T bessel_i0(T a) {
  return inDouble(a, [](F64 x) { return modified_bessel<0, false>(x); });
}
EMBER_INLINE F32 bessel_i0_scaled(F32 a) {
  return inDouble(a, [](F64 x) { return scaled_modified_bessel<0>(x); });
}
EMBER_INLINE F64 bessel_i0_scaled(F64 a) { return modified_bessel<0, true>(a); }
template <Real T>
EMBER_INLINE T bessel_i1(T a) {
  return inDouble(a, [](F64 x) { return modified_bessel<1, false>(x); });
}
EMBER_INLINE F32 bessel_i1_scaled(F32 a) {
  return inDouble(a, [](F64 x) { return scaled_modified_bessel<1>(x); });
}
EMBER_INLINE F64 bessel_i1_scaled(F64 a) { return modified_bessel<1, true>(a); }

/// J₀ or J₁ to float32's accuracy, also beside the zeros. Polynomials interpolate at Chebyshev nodes: up to |x| = 8, J₀(x) and J₁(x) / x
/// divided by their zeros there, of x² (relative error 2e-12); beyond, the amplitudes P and Q of Hankel's form (Abramowitz & Stegun
/// 9.2.5, 9.2.6; Q times x / 8), of (8 / x)² (1e-14).
template <int order>
EMBER_INLINE F64 bessel_j(F64 a) {
  constexpr double small[2][12] = {
      {0.0056746933251554439, -0.00025120235414865743, 4.7843561403250979e-6, -5.3178863182745262e-8, 3.935827123064543e-10,
       -2.0931191237405056e-12, 8.4130554156818184e-15, -2.6500161663261756e-17, 6.7158000932778979e-20, -1.3858482355861101e-22,
       2.2422506899871195e-25, -2.2373551630806702e-28},
      {0.00069192283664081956, -2.5304774079704628e-5, 4.0859145334593405e-7, -3.929471048097465e-9, 2.5576333598714915e-11,
       -1.2121596343677742e-13, 4.3897165510682057e-16, -1.2573099734264446e-18, 2.9208564190394018e-21, -5.5716851544608001e-24,
       8.4330924417584979e-27, -8.013762257078004e-30}};
  constexpr double zeros[2][2][2] = {  // each as a sum of two doubles
      {{2.404825557695773, -1.1766916515308941e-16}, {5.520078110286311, 8.0885971461467223e-17}},
      {{3.8317059702075125, -1.5269184090088067e-16}, {7.015586669815619, -9.4141656534103891e-17}}};
  constexpr double amplitude[2][10] = {
      {0.99999999999999907, -0.0010986328123152348, 2.738087747500338e-5, -2.1838366297450552e-6, 3.6146332595242678e-7,
       -1.0005564466994938e-7, 3.7692552289358431e-8, -1.4688370230278967e-8, 4.3470198493442316e-9, -6.5108304741802404e-10},
      {1.000000000000001, 0.0018310546873025433, -3.5203986675433675e-5, 2.5809072539935369e-6, -4.0969625037522289e-7,
       1.1067935112206618e-7, -4.1105958680646634e-8, 1.5897140104245217e-8, -4.6865171325358961e-9, 7.0049343253238004e-10}};
  constexpr double quadrature[2][11] = {
      {-0.015624999999999859, 0.00014305114742722066, -6.9307848096851125e-6, 8.23822306252882e-7, -1.8145756238959806e-7,
       6.3190896364032011e-8, -2.9810138990413146e-8, 1.5424342162698235e-8, -6.9047093166132766e-9, 2.1119603350398423e-9,
       -3.1093305658374663e-10},
      {0.04687499999999985, -0.00020027160640952002, 8.470959432939756e-6, -9.5056627055874471e-7, 2.0281637664327243e-7,
       -6.9243673841330354e-8, 3.2264396899153947e-8, -1.6576457744279595e-8, 7.3923120194260229e-9, -2.2564571625592032e-9,
       3.3181516622876046e-10}};
  F64 x = absolute(a), near = x < 8 ? x : F64(8), far = x < 8 ? F64(8) : x;
  F64 below = polynomial(small[order], near * near);
  for (const double *zero : zeros[order]) below *= ((near - zero[0]) - zero[1]) * (near + zero[0]);
  if constexpr (order == 1) below *= near;
  // The angle is x - π/4, or x - 3π/4; its cosine and sine times √2, from those of x.
  F64 s = sin(far), c = cos(far), difference = s - c, sum = s + c;
  F64 cosine = order == 0 ? sum : difference, sine = order == 0 ? difference : -sum;
  F64 inverse = 8 / far, t = inverse * inverse;
  F64 above = (polynomial(amplitude[order], t) * cosine - inverse * polynomial(quadrature[order], t) * sine) / square_root(M_PI * far);
  above = far == F64(std::numeric_limits<double>::infinity()) ? F64(0) : above;
  F64 result = a != a ? a : (x < 8 ? below : above);
  return order == 1 ? result * copy_sign(F64(1), a) : result;
}

EMBER_INLINE F32 bessel_j0_(F32 a) {
  return inDouble(a, [](F64 x) { return bessel_j<0>(x); });
}
EMBER_INLINE F64 bessel_j0_(F64 a) { return eachDouble(a, special::besselJ0); }
EMBER_INLINE F32 bessel_j1_(F32 a) {
  return inDouble(a, [](F64 x) { return bessel_j<1>(x); });
}
EMBER_INLINE F64 bessel_j1_(F64 a) { return eachDouble(a, special::besselJ1); }
