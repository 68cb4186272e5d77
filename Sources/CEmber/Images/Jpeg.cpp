#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <csetjmp>
#include <cstring>

#include <jpeglib.h>
#include <jerror.h>

#include "ember_images.h"

namespace {

// libjpeg's error manager with the place to return to; the library hands a pointer to its first member back to us.
struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf place;
  char *message;
  ember_image_status status;
};

[[noreturn]] void fail(j_common_ptr info, ember_image_status status, const char *message) {
  auto *manager = reinterpret_cast<ErrorManager *>(info->err);
  std::strncpy(manager->message, message, EMBER_IMAGE_MESSAGE_SIZE - 1);
  manager->status = status;
  std::longjmp(manager->place, 1);
}

[[noreturn]] void report_error(j_common_ptr info) {
  char text[JMSG_LENGTH_MAX] = {};
  info->err->format_message(info, text);
  switch (info->err->msg_code) {
    case JERR_OUT_OF_MEMORY: fail(info, EMBER_IMAGE_OUT_OF_MEMORY, text);
    case JERR_IMAGE_TOO_BIG: fail(info, EMBER_IMAGE_TOO_LARGE, text);
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL: fail(info, EMBER_IMAGE_UNSUPPORTED, text);
    default: fail(info, EMBER_IMAGE_MALFORMED, text);
  }
}

void ignore_message(j_common_ptr, int) {}

void install(ErrorManager *manager, char *message) {
  jpeg_std_error(&manager->base);
  manager->base.error_exit = report_error;
  manager->base.emit_message = ignore_message;
  manager->message = message;
  manager->status = EMBER_IMAGE_OK;
}

// MARK: Reading

void source_nothing(j_decompress_ptr) {}

boolean source_fill(j_decompress_ptr info) {
  fail(reinterpret_cast<j_common_ptr>(info), EMBER_IMAGE_MALFORMED, "the file ends too early");
}

void source_skip(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if (static_cast<size_t>(count) > info->src->bytes_in_buffer) source_fill(info);
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= static_cast<size_t>(count);
}

// A progressive file may repeat scans without end, each of which costs a pass over all coefficients.
constexpr int maximum_scans = 500;

void limit_scans(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > maximum_scans)
    fail(info, EMBER_IMAGE_MALFORMED, "more than 500 scans");
}

struct ReadState {
  jpeg_decompress_struct info;
  ErrorManager errors;
  jpeg_source_mgr source;
  jpeg_progress_mgr progress;
  int64_t maximum_pixels;
  uint8_t *row;  // one row of CMYK
  ember_image *image;
};

// CMYK to RGB without a profile. Adobe's programs store the inks inverted and mark the file as theirs.
void convert_from_cmyk(const uint8_t *source, uint8_t *destination, uint32_t width, bool inverted) {
  for (uint32_t x = 0; x < width; ++x) {
    int black = inverted ? source[4 * x + 3] : 255 - source[4 * x + 3];
    for (int c = 0; c < 3; ++c) {
      int ink = inverted ? source[4 * x + c] : 255 - source[4 * x + c];
      destination[3 * x + c] = static_cast<uint8_t>((ink * black + 127) / 255);
    }
  }
}

void decode(ReadState *state, const uint8_t *bytes, size_t count) {
  if (setjmp(state->errors.place)) return;
  jpeg_decompress_struct *info = &state->info;
  jpeg_create_decompress(info);
  state->source.next_input_byte = bytes;
  state->source.bytes_in_buffer = count;
  state->source.init_source = source_nothing;
  state->source.fill_input_buffer = source_fill;
  state->source.skip_input_data = source_skip;
  state->source.resync_to_restart = jpeg_resync_to_restart;
  state->source.term_source = source_nothing;
  info->src = &state->source;
  state->progress.progress_monitor = limit_scans;
  info->progress = &state->progress;

  jpeg_read_header(info, TRUE);
  auto *common = reinterpret_cast<j_common_ptr>(info);
  if (static_cast<int64_t>(info->image_height) > state->maximum_pixels / static_cast<int64_t>(info->image_width))
    fail(common, EMBER_IMAGE_TOO_LARGE, "the picture has more pixels than allowed");
  bool is_cmyk = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
  if (is_cmyk) {
    info->out_color_space = JCS_CMYK;
  } else {
    info->out_color_space = info->jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
  }
  jpeg_start_decompress(info);
  uint32_t width = info->output_width;
  uint32_t height = info->output_height;
  int channels = info->out_color_space == JCS_GRAYSCALE ? 1 : 3;
  size_t row_bytes = static_cast<size_t>(width) * static_cast<size_t>(channels);
  state->image->pixels = static_cast<uint8_t *>(std::calloc(height, row_bytes));
  if (is_cmyk) state->row = static_cast<uint8_t *>(std::malloc(static_cast<size_t>(width) * 4));
  if (state->image->pixels == nullptr || (is_cmyk && state->row == nullptr))
    fail(common, EMBER_IMAGE_OUT_OF_MEMORY, "out of memory");
  while (info->output_scanline < height) {
    uint8_t *target = state->image->pixels + info->output_scanline * row_bytes;
    JSAMPROW row = is_cmyk ? state->row : target;
    if (jpeg_read_scanlines(info, &row, 1) != 1) fail(common, EMBER_IMAGE_MALFORMED, "a row is missing");
    if (is_cmyk) convert_from_cmyk(row, target, width, info->saw_Adobe_marker);
  }
  // What follows the last row is of no interest: jpeg_finish_decompress would refuse files without an end marker.
  state->image->width = static_cast<int32_t>(width);
  state->image->height = static_cast<int32_t>(height);
  state->image->channels = channels;
}

// MARK: Writing

struct WriteState {
  jpeg_compress_struct info;
  ErrorManager errors;
  unsigned char *bytes;
  unsigned long count;
};

void encode(WriteState *state, const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, int32_t quality) {
  if (setjmp(state->errors.place)) return;
  jpeg_compress_struct *info = &state->info;
  jpeg_create_compress(info);
  jpeg_mem_dest(info, &state->bytes, &state->count);
  info->image_width = static_cast<JDIMENSION>(width);
  info->image_height = static_cast<JDIMENSION>(height);
  info->input_components = channels;
  info->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
  jpeg_start_compress(info, TRUE);
  size_t row_bytes = static_cast<size_t>(width) * static_cast<size_t>(channels);
  while (info->next_scanline < info->image_height) {
    auto *row = const_cast<JSAMPROW>(pixels + info->next_scanline * row_bytes);
    jpeg_write_scanlines(info, &row, 1);
  }
  jpeg_finish_compress(info);
}

}  // namespace

extern "C" {

ember_image_status ember_jpeg_decode(const uint8_t *bytes, size_t count, int64_t maximum_pixels, ember_image *image) {
  *image = {};
  ReadState state = {};
  install(&state.errors, image->message);
  state.info.err = &state.errors.base;
  state.maximum_pixels = maximum_pixels;
  state.image = image;
  decode(&state, bytes, count);
  jpeg_destroy_decompress(&state.info);
  std::free(state.row);
  if (state.errors.status != EMBER_IMAGE_OK) {
    std::free(image->pixels);
    image->pixels = nullptr;
  }
  return state.errors.status;
}

ember_image_status ember_jpeg_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, int32_t quality, ember_image_file *file) {
  *file = {};
  WriteState state = {};
  install(&state.errors, file->message);
  state.info.err = &state.errors.base;
  encode(&state, pixels, width, height, channels, quality);
  jpeg_destroy_compress(&state.info);
  if (state.errors.status != EMBER_IMAGE_OK) {
    std::free(state.bytes);
    return state.errors.status;
  }
  file->bytes = state.bytes;
  file->count = state.count;
  return EMBER_IMAGE_OK;
}

}  // extern "C"

#define EMBER_TEXT(x) #x
#define EMBER_EXPANDED_TEXT(x) EMBER_TEXT(x)

extern "C" const char *ember_jpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "turbo " EMBER_EXPANDED_TEXT(LIBJPEG_TURBO_VERSION);
#else
  return EMBER_EXPANDED_TEXT(JPEG_LIB_VERSION);
#endif
}
