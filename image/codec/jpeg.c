/* JPEG by libjpeg or libjpeg-turbo. */
#include "kinds.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>
#include <jerror.h>

enum {
  MOST_SCANS = 100, /* real files have up to some dozens; each goes over the whole picture */
  RATIO = 2048 /* pixels a byte: progressive files of one colour come to about a quarter of it */
};

/* What an error jumps to. */
typedef struct Errors {
  struct jpeg_error_mgr mgr;
  jmp_buf jump;
  ImageFault *fault;
  bool ended; /* the file is used up, and the decoder was told that the picture ends */
} Errors;

static void on_error(j_common_ptr common)
{
  Errors *e = (Errors *)common->err;
  char text[JMSG_LENGTH_MAX];
  e->mgr.format_message(common, text);
  image_fault(e->fault, "%s", text);
  longjmp(e->jump, 1);
}

/* Most warnings are about bytes that do no harm. That data ends in the middle of a row is told as a
   hit marker: the one that refill makes up. */
static void on_message(j_common_ptr common, int level)
{
  Errors *e = (Errors *)common->err;
  if (level >= 0 || !e->ended || e->mgr.msg_code != JWRN_HIT_MARKER) return;
  image_fault(e->fault, "the file is cut short");
  longjmp(e->jump, 1);
}
static void no_output(j_common_ptr common) { (void)common; }

static struct jpeg_error_mgr *set_errors(Errors *e, ImageFault *fault)
{
  jpeg_std_error(&e->mgr);
  e->mgr.error_exit = on_error;
  e->mgr.emit_message = on_message;
  e->mgr.output_message = no_output;
  e->fault = fault;
  return &e->mgr;
}

/* ---- reading ---- */

typedef struct Reading {
  struct jpeg_decompress_struct c;
  Errors errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  uint8_t *row;
} Reading;

static void end_reading(Reading *r)
{
  jpeg_destroy_decompress(&r->c);
  THFree(r->row);
}

static void nothing(j_decompress_ptr c) { (void)c; }

/* A file may lack its last marker; asking for more than that means that it is cut short. */
static boolean refill(j_decompress_ptr c)
{
  static const JOCTET end[] = {0xff, JPEG_EOI};
  Errors *e = (Errors *)c->err;
  if (e->ended) {
    image_fault(e->fault, "the file is cut short");
    longjmp(e->jump, 1);
  }
  e->ended = true;
  c->src->next_input_byte = end;
  c->src->bytes_in_buffer = sizeof end;
  return TRUE;
}

static void skip(j_decompress_ptr c, long n)
{
  if (n <= 0) return;
  size_t left = c->src->bytes_in_buffer;
  if ((unsigned long)n > left) {
    c->src->bytes_in_buffer = 0;
    refill(c);
    return;
  }
  c->src->next_input_byte += n;
  c->src->bytes_in_buffer -= (size_t)n;
}

static void count_scans(j_common_ptr common)
{
  Errors *e = (Errors *)common->err;
  if (!common->is_decompressor || ((j_decompress_ptr)common)->input_scan_number <= MOST_SCANS)
    return;
  image_fault(e->fault, "more than %d scans", MOST_SCANS);
  longjmp(e->jump, 1);
}

static bool begin_reading(Reading *r, ImageBytes in, ImageFault *fault, ImageHeader *h)
{
  r->c.err = set_errors(&r->errors, fault);
  if (setjmp(r->errors.jump)) return false;
  jpeg_create_decompress(&r->c);
  r->source = (struct jpeg_source_mgr){
      in.data, in.size, nothing, refill, skip, jpeg_resync_to_restart, nothing};
  r->progress.progress_monitor = count_scans;
  r->c.src = &r->source;
  r->c.progress = &r->progress;
  jpeg_read_header(&r->c, TRUE);
  bool inks = r->c.jpeg_color_space == JCS_CMYK || r->c.jpeg_color_space == JCS_YCCK;
  if (!inks && r->c.num_components != 1 && r->c.num_components != 3)
    return image_fault(fault, "JPEG of %d channels; 1, 3 or the 4 inks are known",
                       r->c.num_components);
  r->c.out_color_space = inks ? JCS_CMYK : r->c.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  *h = (ImageHeader){r->c.num_components == 1 ? 1 : 3, r->c.image_height, r->c.image_width, 8};
  return true;
}

static bool jpeg_header(ImageBytes in, ImageHeader *h, ImageFault *fault)
{
  Reading r __attribute__((cleanup(end_reading))) = {.row = NULL};
  return begin_reading(&r, in, fault, h);
}

/* Inks to RGB, in place. Files of Adobe's programs hold their complements. */
static void unink(uint8_t *row, int64_t width, bool complements)
{
  for (int64_t x = 0; x < width; x++) {
    const uint8_t *ink = row + 4 * x;
    int flip = complements ? 0 : 255, black = ink[3] ^ flip;
    for (int c = 0; c < 3; c++) row[3 * x + c] = (uint8_t)(((ink[c] ^ flip) * black + 127) / 255);
  }
}

static bool read_rows(Reading *r, const ImageRows *rows)
{
  if (setjmp(r->errors.jump)) return false;
  jpeg_start_decompress(&r->c);
  while (r->c.output_scanline < r->c.output_height) {
    int64_t y = r->c.output_scanline;
    jpeg_read_scanlines(&r->c, &r->row, 1);
    if (r->c.out_color_space == JCS_CMYK) unink(r->row, rows->width, r->c.saw_Adobe_marker);
    image_putRow(rows, y, r->row);
  }
  return true;
}

static bool jpeg_decode(ImageBytes in, THAnyTensor *r_, double maxPixels, ImageFault *fault)
{
  Reading r __attribute__((cleanup(end_reading))) = {.row = NULL};
  ImageHeader h;
  if (!begin_reading(&r, in, fault, &h) || !image_allowed(&h, maxPixels, RATIO, in.size, fault))
    return false;
  r.row = THAlloc(4 * (ptrdiff_t)h.width);
  ImageRows rows = image_rowsOf(r_, &h, false, 255);
  return read_rows(&r, &rows);
}

/* ---- writing ---- */

typedef struct Writing {
  struct jpeg_compress_struct c;
  Errors errors;
  uint8_t *row;
  unsigned char *data;
  unsigned long size;
} Writing;

static void end_writing(Writing *w)
{
  jpeg_destroy_compress(&w->c);
  THFree(w->row);
  free(w->data);
}

static bool write_rows(Writing *w, const ImageRows *rows, int quality)
{
  if (setjmp(w->errors.jump)) return false;
  jpeg_create_compress(&w->c);
  jpeg_mem_dest(&w->c, &w->data, &w->size);
  w->c.image_width = (JDIMENSION)rows->width;
  w->c.image_height = (JDIMENSION)rows->height;
  w->c.input_components = (int)rows->channels;
  w->c.in_color_space = rows->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&w->c);
  jpeg_set_quality(&w->c, quality, TRUE);
  jpeg_start_compress(&w->c, TRUE);
  while (w->c.next_scanline < w->c.image_height) {
    image_getRow(rows, w->c.next_scanline, w->row);
    jpeg_write_scanlines(&w->c, &w->row, 1);
  }
  jpeg_finish_compress(&w->c);
  return true;
}

static bool jpeg_encode(THAnyTensor *image, int quality, ImageBuffer *out, ImageFault *fault)
{
  ImageRows rows = image_rowsFrom(image, false);
  if (rows.channels != 1 && rows.channels != 3)
    return image_fault(fault, "JPEG has 1 or 3 channels, the image has %lld",
                       (long long)rows.channels);
  if (rows.width > JPEG_MAX_DIMENSION || rows.height > JPEG_MAX_DIMENSION)
    return image_fault(fault, "JPEG has at most %ld rows and columns, the image is %lld x %lld",
                       (long)JPEG_MAX_DIMENSION, (long long)rows.width, (long long)rows.height);
  Writing w __attribute__((cleanup(end_writing))) = {.row = NULL};
  w.c.err = set_errors(&w.errors, fault);
  w.row = THAlloc(rows.channels * rows.width);
  if (!write_rows(&w, &rows, quality)) return false;
  return image_append(out, w.data, w.size) || image_fault(fault, "not enough memory");
}

const ImageCodec image_jpeg = {"JPEG", jpeg_header, jpeg_decode, jpeg_encode};
