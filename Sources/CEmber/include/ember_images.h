// PNG and JPEG in memory, through libpng and libjpeg. Both report errors by longjmp, which must not cross Swift's frames:
// here it stays inside of one C++ function.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ember_image_status {
  EMBER_IMAGE_OK = 0,
  EMBER_IMAGE_MALFORMED = 1,      // not of this format, damaged, or cut off
  EMBER_IMAGE_UNSUPPORTED = 2,    // a variant of the format that the library does not read
  EMBER_IMAGE_TOO_LARGE = 3,      // more pixels than the caller allows
  EMBER_IMAGE_OUT_OF_MEMORY = 4,
} ember_image_status;

enum { EMBER_IMAGE_MESSAGE_SIZE = 256 };

/// A decoded picture: rows from the top, without gaps; 1 (grey), 3 (RGB) or 4 (RGBA, not premultiplied) channels a pixel, each a byte or, where
/// 16 bits were asked for, a uint16_t of this machine.
/// `message` says what is wrong when the call did not return EMBER_IMAGE_OK; `pixels` is null then.
typedef struct ember_image {
  int32_t width;
  int32_t height;
  int32_t channels;
  uint8_t *pixels;
  char message[EMBER_IMAGE_MESSAGE_SIZE];
} ember_image;

/// An encoded file; `message` as above.
typedef struct ember_image_file {
  uint8_t *bytes;
  size_t count;
  char message[EMBER_IMAGE_MESSAGE_SIZE];
} ember_image_file;

/// The versions of the libraries, such as "1.6.39".
const char *ember_png_version(void);
const char *ember_jpeg_version(void);

/// Decodes any PNG to `bits` (8 or 16) a channel: palettes and transparent colours are resolved, fewer bits widened, more rounded.
/// Stored gamma and colour profiles are not applied.
ember_image_status ember_png_decode(
    const uint8_t *bytes, size_t count, int64_t maximum_pixels, int32_t bits, ember_image *image);

/// Decodes a baseline or progressive JPEG: grey stays grey, YCbCr becomes RGB, CMYK and YCCK become RGB.
/// A file that ends before its last row is an error; other damage that libjpeg repairs with a warning is not.
ember_image_status ember_jpeg_decode(const uint8_t *bytes, size_t count, int64_t maximum_pixels, ember_image *image);

/// Encodes with 1, 3 or 4 channels of `bits` (8 or 16), as in `ember_image`; `level` is zlib's, 0 to 9.
ember_image_status ember_png_encode(const void *pixels, int32_t width, int32_t height, int32_t channels, int32_t bits,
                                    int32_t level, ember_image_file *file);

/// Encodes with 1 or 3 channels; `quality` is libjpeg's, 1 to 100.
ember_image_status ember_jpeg_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, int32_t quality, ember_image_file *file);

/// Gives back `pixels` or `bytes` of the structures above; null is allowed.
void ember_image_free(uint8_t *memory);

#ifdef __cplusplus
}
#endif
