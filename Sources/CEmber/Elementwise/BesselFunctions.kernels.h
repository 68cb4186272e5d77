// Compiled per instruction set, inside Elementwise.kernels.h: modified Bessel functions of orders 0 and 1.

/// I(x), times exp(-|x|) when scaled. Polynomials interpolate at Chebyshev nodes: I₀(x) and I₁(x) / x of x² up to x = 12, and
/// √x exp(-x) I(x) of 12 / x beyond (relative error 1e-16, as the rest of the asymptotic series at 12 has it).
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
  constexpr double large[2][15] = {
      {0.39894228040143263, 0.0041556487542008129, 0.00019479603396183277, 1.6909418326443185e-5, 2.1570951820583373e-6,
       3.697047561919097e-7, 4.3291455468408152e-8, 1.5335746320992421e-7, -3.7285883284522329e-7, 7.5584237355472477e-7,
       -1.0547536258428038e-6, 1.0155999499067312e-6, -6.3794627420883174e-7, 2.3527646518226814e-7, -3.8266969888316161e-8},
      {0.39894228040143273, -0.012466946262565383, -0.00032466005742986945, -2.3673172434041493e-5, -2.7735395658749722e-6,
       -4.5101004454340895e-7, -5.491106933220609e-8, -1.6539210522898944e-7, 3.971893427715952e-7, -8.0486844257311135e-7,
       1.1212464149897192e-6, -1.0778621295785982e-6, 6.7584746650838375e-7, -2.4878914372997467e-7, 4.0381587185920059e-8}};
  F64 x = absolute(a), near = x < 12 ? x : F64(12), far = x < 12 ? F64(12) : x;
  F64 below = polynomial(small[order], near * near), above = polynomial(large[order], 12 / far) / square_root(far);
  if constexpr (order == 1) below *= near;
  if constexpr (scaled) {
    below *= exponential(-near);
  } else {
    // exp(x) overflows a little before the product does.
    F64 half = exponential(F64(0.5) * (x < 1000 ? x : F64(1000)));
    above = far == F64(std::numeric_limits<double>::infinity()) ? far : above * half * half;
  }
  F64 result = a != a ? a : (x < 12 ? below : above);
  return order == 1 ? copy_sign(result, a) : result;
}

template <Real T>
EMBER_INLINE T bessel_i0(T a) {
  return inDouble(a, [](F64 x) { return modified_bessel<0, false>(x); });
}
template <Real T>
EMBER_INLINE T bessel_i0_scaled(T a) {
  return inDouble(a, [](F64 x) { return modified_bessel<0, true>(x); });
}
template <Real T>
EMBER_INLINE T bessel_i1(T a) {
  return inDouble(a, [](F64 x) { return modified_bessel<1, false>(x); });
}
template <Real T>
EMBER_INLINE T bessel_i1_scaled(T a) {
  return inDouble(a, [](F64 x) { return modified_bessel<1, true>(x); });
}
