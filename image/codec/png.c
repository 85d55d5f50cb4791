/* PNG by libpng. */
#include "kinds.h"
#include <png.h>

enum { INFLATION = 1032 }; /* deflate makes at most so many bytes of one */
static bool little_endian(void) { return *(const uint8_t *)&(uint16_t){1}; }

/* One run of libpng over a file in memory. The struct outlives the jump of an error. */
typedef struct Png {
  png_structp png;
  png_infop info;
  ImageFault *fault;
  ImageBytes in;
  size_t at;
  int bits; /* of a pixel in the file */
  ImageBuffer *out;
  uint8_t *pixels; /* a row, or all of them when rows are interlaced */
} Png;

static void on_error(png_structp png, png_const_charp text)
{
  Png *p = png_get_error_ptr(png);
  image_fault(p->fault, "%s", text);
  png_longjmp(png, 1);
}
static void on_warning(png_structp png, png_const_charp text)
{
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
  Png *p = png_get_io_ptr(png);
  if (n > p->in.size - p->at) png_error(png, "the file is cut short");
  memcpy(to, p->in.data + p->at, n);
  p->at += n;
}

static void write_bytes(png_structp png, png_bytep from, size_t n)
{
  Png *p = png_get_io_ptr(png);
  if (!image_append(p->out, from, n)) png_error(png, "not enough memory");
}
static void flush_bytes(png_structp png) { (void)png; }

static void end_reading(Png *p)
{
  png_destroy_read_struct(&p->png, &p->info, NULL);
  THFree(p->pixels);
}
static void end_writing(Png *p)
{
  png_destroy_write_struct(&p->png, &p->info);
  THFree(p->pixels);
}

/* ---- reading ---- */

static bool begin_reading(Png *p)
{
  p->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, p, on_error, on_warning);
  p->info = p->png ? png_create_info_struct(p->png) : NULL;
  return p->info || image_fault(p->fault, "not enough memory");
}

/* Up to the pixels, which will come with 8 or 16 bits and without a palette. Nothing is allocated
   by their number. */
static bool read_header(Png *p, ImageHeader *h)
{
  if (setjmp(png_jmpbuf(p->png))) return false;
  png_set_read_fn(p->png, p, read_bytes);
  png_set_user_limits(p->png, INT32_MAX, INT32_MAX);
  /* texts and profiles, which may be of any size when inflated, are passed over */
  png_set_keep_unknown_chunks(p->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(p->png, p->info);
  int colour = png_get_color_type(p->png, p->info);
  bool alpha = colour & PNG_COLOR_MASK_ALPHA || png_get_valid(p->png, p->info, PNG_INFO_tRNS);
  h->channels = (colour & PNG_COLOR_MASK_COLOR ? 3 : 1) + alpha;
  h->height = png_get_image_height(p->png, p->info);
  h->width = png_get_image_width(p->png, p->info);
  h->bits = png_get_bit_depth(p->png, p->info);
  p->bits = h->bits * png_get_channels(p->png, p->info);
  return true;
}

static bool png_header(ImageBytes in, ImageHeader *h, ImageFault *fault)
{
  Png p __attribute__((cleanup(end_reading))) = {.fault = fault, .in = in};
  return begin_reading(&p) && read_header(&p, h);
}

static bool set_transforms(Png *p, const ImageHeader *h, bool narrow)
{
  if (setjmp(png_jmpbuf(p->png))) return false;
  int colour = png_get_color_type(p->png, p->info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(p->png);
  if (colour == PNG_COLOR_TYPE_GRAY && h->bits < 8) png_set_expand_gray_1_2_4_to_8(p->png);
  if (png_get_valid(p->png, p->info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(p->png);
  if (h->bits == 16 && narrow) png_set_scale_16(p->png);
  if (h->bits == 16 && !narrow && little_endian()) png_set_swap(p->png);
  png_set_interlace_handling(p->png);
  png_read_update_info(p->png, p->info);
  return true;
}

/* Row by row, or, when interlaced, all passes over all rows first. */
static bool read_pixels(Png *p, const ImageRows *rows, size_t bytes)
{
  if (setjmp(png_jmpbuf(p->png))) return false;
  bool interlaced = png_get_interlace_type(p->png, p->info) != PNG_INTERLACE_NONE;
  if (interlaced)
    for (int pass = 0; pass < 7; pass++)
      for (int64_t y = 0; y < rows->height; y++)
        png_read_row(p->png, p->pixels + (size_t)y * bytes, NULL);
  for (int64_t y = 0; y < rows->height; y++) {
    if (!interlaced) png_read_row(p->png, p->pixels, NULL);
    image_putRow(rows, y, p->pixels + (interlaced ? (size_t)y * bytes : 0));
  }
  png_read_end(p->png, NULL);
  return true;
}

static bool png_decode(ImageBytes in, THAnyTensor *r_, double maxPixels, ImageFault *fault)
{
  Png p __attribute__((cleanup(end_reading))) = {.fault = fault, .in = in};
  ImageHeader h;
  if (!begin_reading(&p) || !read_header(&p, &h) ||
      !image_allowed(&h, maxPixels, 8 * INFLATION / p.bits, in.size, fault))
    return false;
  bool wide = h.bits == 16 && r_->type != TH_BYTE;
  if (!set_transforms(&p, &h, !wide)) return false;
  size_t bytes = png_get_rowbytes(p.png, p.info);
  if (bytes != (size_t)(h.channels * h.width * (wide ? 2 : 1)))
    return image_fault(fault, "rows of odd length");
  bool interlaced = png_get_interlace_type(p.png, p.info) != PNG_INTERLACE_NONE;
  p.pixels = THAlloc((ptrdiff_t)(interlaced ? bytes * (size_t)h.height : bytes));
  ImageRows rows = image_rowsOf(r_, &h, wide, wide ? 65535 : 255);
  return read_pixels(&p, &rows, bytes);
}

/* ---- writing ---- */

static bool begin_writing(Png *p)
{
  p->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, p, on_error, on_warning);
  p->info = p->png ? png_create_info_struct(p->png) : NULL;
  return p->info || image_fault(p->fault, "not enough memory");
}

static bool write_pixels(Png *p, const ImageRows *rows, int bits)
{
  static const int colours[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                PNG_COLOR_TYPE_RGB_ALPHA};
  if (setjmp(png_jmpbuf(p->png))) return false;
  png_set_write_fn(p->png, p, write_bytes, flush_bytes);
  png_set_user_limits(p->png, INT32_MAX, INT32_MAX);
  png_set_IHDR(p->png, p->info, (png_uint_32)rows->width, (png_uint_32)rows->height, bits,
               colours[rows->channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(p->png, p->info);
  if (bits == 16 && little_endian()) png_set_swap(p->png);
  for (int64_t y = 0; y < rows->height; y++) {
    image_getRow(rows, y, p->pixels);
    png_write_row(p->png, p->pixels);
  }
  png_write_end(p->png, p->info);
  return true;
}

static bool png_encode(THAnyTensor *image, int bits, ImageBuffer *out, ImageFault *fault)
{
  ImageRows rows = image_rowsFrom(image, bits == 16);
  if (rows.channels < 1 || rows.channels > 4)
    return image_fault(
        fault,
        "PNG has 1 to 4 channels (gray, gray and alpha, RGB, RGB and alpha), the image has %lld",
        (long long)rows.channels);
  if (rows.width > INT32_MAX || rows.height > INT32_MAX)
    return image_fault(fault, "PNG has at most %d rows and columns", INT32_MAX);
  Png p __attribute__((cleanup(end_writing))) = {.fault = fault, .out = out};
  p.pixels = THAlloc(rows.channels * rows.width * (bits / 8));
  return begin_writing(&p) && write_pixels(&p, &rows, bits);
}

const ImageCodec image_png = {"PNG", png_header, png_decode, png_encode};
