#include <png.h>

#include <csetjmp>
#include <cstdlib>
#include <cstring>

#include "ember_images.h"

namespace {

// Everything that must survive a longjmp lives here, in the frame of the caller of the function with setjmp.
struct ReadState {
  const uint8_t *bytes;
  size_t count;
  size_t position;
  int64_t maximum_pixels;
  int32_t bits;
  png_structp png;
  png_infop info;
  png_bytep *rows;
  ember_image *image;
  ember_image_status status;
};

struct WriteState {
  ember_image_file *file;
  size_t capacity;
  png_structp png;
  png_infop info;
  ember_image_status status;
};

void set_message(char *message, const char *text) {
  std::strncpy(message, text, EMBER_IMAGE_MESSAGE_SIZE - 1);
  message[EMBER_IMAGE_MESSAGE_SIZE - 1] = '\0';
}

[[noreturn]] void report_read_error(png_structp png, png_const_charp message) {
  auto *state = static_cast<ReadState *>(png_get_error_ptr(png));
  if (state->image->message[0] == '\0') set_message(state->image->message, message);
  png_longjmp(png, 1);
}

[[noreturn]] void report_write_error(png_structp png, png_const_charp message) {
  auto *state = static_cast<WriteState *>(png_get_error_ptr(png));
  if (state->file->message[0] == '\0') set_message(state->file->message, message);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep destination, png_size_t count) {
  auto *state = static_cast<ReadState *>(png_get_io_ptr(png));
  if (count > state->count - state->position) png_error(png, "the file ends too early");
  std::memcpy(destination, state->bytes + state->position, count);
  state->position += count;
}

void write_bytes(png_structp png, png_bytep source, png_size_t count) {
  auto *state = static_cast<WriteState *>(png_get_io_ptr(png));
  ember_image_file *file = state->file;
  if (count > state->capacity - file->count) {
    size_t capacity = state->capacity * 2 > file->count + count ? state->capacity * 2 : file->count + count;
    auto *bytes = static_cast<uint8_t *>(std::realloc(file->bytes, capacity));
    if (bytes == nullptr) {
      state->status = EMBER_IMAGE_OUT_OF_MEMORY;
      png_error(png, "out of memory");
    }
    file->bytes = bytes;
    state->capacity = capacity;
  }
  std::memcpy(file->bytes + file->count, source, count);
  file->count += count;
}

void flush_nothing(png_structp) {}

void decode(ReadState *state) {
  if (setjmp(png_jmpbuf(state->png))) return;
  png_structp png = state->png;
  png_infop info = state->info;
  png_set_read_fn(png, state, read_bytes);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_chunk_cache_max(png, 128);
  png_set_chunk_malloc_max(png, 8 << 20);
  png_read_info(png, info);

  png_uint_32 width = png_get_image_width(png, info);
  png_uint_32 height = png_get_image_height(png, info);
  if (static_cast<int64_t>(height) > state->maximum_pixels / static_cast<int64_t>(width)) {
    state->status = EMBER_IMAGE_TOO_LARGE;
    png_error(png, "the picture has more pixels than allowed");
  }
  int color = png_get_color_type(png, info);
  bool has_alpha = (color & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS);
  if (state->bits == 16) {
    png_set_expand_16(png);
    const uint16_t one = 1;
    if (*reinterpret_cast<const uint8_t *>(&one) == 1) png_set_swap(png);
  } else if (png_get_bit_depth(png, info) == 16) {
    png_set_scale_16(png);
  }
  png_set_expand(png);
  if (has_alpha) png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);

  size_t row_bytes = png_get_rowbytes(png, info);
  int channels = png_get_channels(png, info);
  if (row_bytes != static_cast<size_t>(width) * channels * (state->bits / 8) || (channels != 1 && channels != 3 && channels != 4)) {
    state->status = EMBER_IMAGE_UNSUPPORTED;
    png_error(png, "an unknown arrangement of channels");
  }
  // Zeroed, so that pages which a damaged file never fills are never touched.
  state->image->pixels = static_cast<uint8_t *>(std::calloc(height, row_bytes));
  state->rows = static_cast<png_bytep *>(std::malloc(sizeof(png_bytep) * height));
  if (state->image->pixels == nullptr || state->rows == nullptr) {
    state->status = EMBER_IMAGE_OUT_OF_MEMORY;
    png_error(png, "out of memory");
  }
  for (png_uint_32 y = 0; y < height; ++y) state->rows[y] = state->image->pixels + y * row_bytes;
  png_read_image(png, state->rows);
  png_read_end(png, nullptr);
  state->image->width = static_cast<int32_t>(width);
  state->image->height = static_cast<int32_t>(height);
  state->image->channels = channels;
  state->status = EMBER_IMAGE_OK;
}

void encode(WriteState *state, const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, int32_t bits,
            int32_t level) {
  if (setjmp(png_jmpbuf(state->png))) {
    if (state->status == EMBER_IMAGE_OK) state->status = EMBER_IMAGE_MALFORMED;
    return;
  }
  png_structp png = state->png;
  int color = channels == 1 ? PNG_COLOR_TYPE_GRAY : channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGBA;
  png_set_write_fn(png, state, write_bytes, flush_nothing);
  png_set_compression_level(png, level);
  png_set_IHDR(png, state->info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), bits, color,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, state->info);
  const uint16_t one = 1;
  if (bits == 16 && *reinterpret_cast<const uint8_t *>(&one) == 1) png_set_swap(png);
  size_t row_bytes = static_cast<size_t>(width) * static_cast<size_t>(channels) * static_cast<size_t>(bits / 8);
  for (int32_t y = 0; y < height; ++y) png_write_row(png, pixels + static_cast<size_t>(y) * row_bytes);
  png_write_end(png, state->info);
}

}  // namespace

extern "C" {

ember_image_status ember_png_decode(
    const uint8_t *bytes, size_t count, int64_t maximum_pixels, int32_t bits, ember_image *image) {
  *image = {};
  if (count < 8 || png_sig_cmp(bytes, 0, 8) != 0) {
    set_message(image->message, "not a PNG file");
    return EMBER_IMAGE_MALFORMED;
  }
  ReadState state = {bytes, count, 0, maximum_pixels, bits, nullptr, nullptr, nullptr, image, EMBER_IMAGE_MALFORMED};
  state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, report_read_error, ignore_warning);
  if (state.png != nullptr) state.info = png_create_info_struct(state.png);
  if (state.info == nullptr) {
    set_message(image->message, "out of memory");
    state.status = EMBER_IMAGE_OUT_OF_MEMORY;
  } else {
    decode(&state);
  }
  png_destroy_read_struct(&state.png, &state.info, nullptr);
  std::free(state.rows);
  if (state.status != EMBER_IMAGE_OK) {
    std::free(image->pixels);
    image->pixels = nullptr;
  }
  return state.status;
}

ember_image_status ember_png_encode(const void *pixels, int32_t width, int32_t height, int32_t channels, int32_t bits,
                                    int32_t level, ember_image_file *file) {
  *file = {};
  WriteState state = {file, 0, nullptr, nullptr, EMBER_IMAGE_OK};
  state.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, report_write_error, ignore_warning);
  if (state.png != nullptr) state.info = png_create_info_struct(state.png);
  if (state.info == nullptr) {
    set_message(file->message, "out of memory");
    state.status = EMBER_IMAGE_OUT_OF_MEMORY;
  } else {
    encode(&state, static_cast<const uint8_t *>(pixels), width, height, channels, bits, level);
  }
  png_destroy_write_struct(&state.png, &state.info);
  if (state.status != EMBER_IMAGE_OK) {
    std::free(file->bytes);
    file->bytes = nullptr;
    file->count = 0;
  }
  return state.status;
}

void ember_image_free(uint8_t *memory) { std::free(memory); }

}  // extern "C"

extern "C" const char *ember_png_version(void) { return png_get_libpng_ver(nullptr); }
