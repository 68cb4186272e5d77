// What this machine can do at best: the numbers that a benchmark's rates are held against.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// Floating-point operations a second of float32 multiplications with addition, two each, in registers, on so many threads.
double machine_peak_flops(int threads);

/// Bytes a second between memory and so many threads: the better of reading alone and of a = b + s · c, over arrays far larger than caches.
double machine_peak_bandwidth(int threads);

#ifdef __cplusplus
}
#endif
