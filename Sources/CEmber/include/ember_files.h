// What writing files needs of the processor and of Linux.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Replaces the beginning of a message, by carry-less multiplication, by 16 bytes whose CRC-32 from a register of zeros is that of the beginning:
/// what is left for zlib is short. `checksum` is the CRC-32 of what came before, 0 at the start.
/// Returns how many bytes have been replaced: all but the last 63 at most, or none on a processor that cannot.
size_t ember_crc32_fold(uint32_t checksum, const void *bytes, size_t count, uint8_t remainder[16]);

/// Asks the system to bring a range of a file to the disk, without waiting for it. A hint: nothing happens where the system knows no such call.
void ember_start_writeback(int descriptor, int64_t offset, int64_t count);

#ifdef __cplusplus
}
#endif
