// One spatial dimension of a convolution as sums of shifted lines.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace ember::planar {

/// Results 0..<count along one dimension, result q of which is the sum over the taps of weight[tap.kernel] · line[tap.line][q + tap.offset].
///
/// With a stride s the input is read as s interleaved lines, line p made of the elements s·j + p: so every tap is a shift. A gradient with
/// respect to the input falls apart the same way: the elements s·q + r of the result are, for each remainder r, a sum of shifted cotangents
/// of its own, to which only some taps belong.
struct AxisTaps {
  struct Tap {
    int64_t line;    // index into `lines`
    int64_t offset;  // from `first`
    int64_t kernel;  // which element of the kernel
  };
  int64_t count = 0;
  int64_t resultStart = 0, resultStep = 1;  // where the results lie in their dimension
  int64_t size = 0, step = 1;               // of the input, and how many lines it is read as
  std::vector<int64_t> lines;               // those that are read, by their remainder
  std::vector<Tap> taps;                    // by line, then by offset
  int64_t first = 0, reach = 0;             // the least offset, and how much larger the largest is

  /// result[o] = Σ_k weight[k] · input[o · stride - padding + k · dilation]
  static AxisTaps forward(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t dilation, int64_t padding) {
    AxisTaps axis;
    axis.count = output;
    axis.size = input;
    axis.step = stride;
    for (int64_t k = 0; k < kernel; ++k) {
      const int64_t at = k * dilation - padding, line = (at % stride + stride) % stride;
      axis.taps.push_back({line, (at - line) / stride, k});
    }
    axis.settle();
    return axis;
  }

  /// The elements `remainder`, remainder + stride, … of the gradient with respect to the input.
  static AxisTaps inputGradient(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t dilation, int64_t padding,
                                int64_t remainder) {
    AxisTaps axis;
    axis.count = (input - remainder + stride - 1) / stride;
    axis.resultStart = remainder;
    axis.resultStep = stride;
    axis.size = output;
    for (int64_t k = 0; k < kernel; ++k) {
      const int64_t at = remainder + padding - k * dilation;
      if (at % stride == 0) axis.taps.push_back({0, at / stride, k});
    }
    axis.settle();
    return axis;
  }

 private:
  void settle() {
    if (taps.empty()) return;
    std::sort(taps.begin(), taps.end(), [](const Tap &a, const Tap &b) { return a.line != b.line ? a.line < b.line : a.offset < b.offset; });
    first = std::min_element(taps.begin(), taps.end(), [](const Tap &a, const Tap &b) { return a.offset < b.offset; })->offset;
    for (Tap &tap : taps) {
      reach = std::max(reach, tap.offset - first);
      if (lines.empty() || lines.back() != tap.line) lines.push_back(tap.line);
      tap.line = int64_t(lines.size()) - 1;
      tap.offset -= first;
    }
  }
};

}  // namespace ember::planar
