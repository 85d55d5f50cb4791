/* PPM and PGM, as text (P2, P3) and in binary (P5, P6). */
#include "kinds.h"
#include <stdio.h>

typedef struct Reader {
  const uint8_t *at, *end;
} Reader;

static bool is_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* White space, and comments up to the end of their line. */
static void skip_space(Reader *r)
{
  while (r->at < r->end && (is_space(*r->at) || *r->at == '#')) {
    if (*r->at == '#')
      while (r->at < r->end && *r->at != '\n') r->at++;
    else r->at++;
  }
}

/* A number of 0 to `most`; -1 when there is none. */
static int64_t read_number(Reader *r, int64_t most)
{
  int64_t v = 0;
  skip_space(r);
  if (r->at == r->end || *r->at < '0' || *r->at > '9') return -1;
  for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
    v = 10 * v + (*r->at - '0');
    if (v > most) return -1;
  }
  return v;
}

typedef struct Ppm {
  ImageHeader size;
  Reader r; /* at the samples */
  int64_t most;
  bool text;
} Ppm;

static bool read_ppm(ImageBytes in, Ppm *p, ImageFault *fault)
{
  char kind = in.size >= 3 && in.data[0] == 'P' ? (char)in.data[1] : 0;
  if (kind != '2' && kind != '3' && kind != '5' && kind != '6')
    return image_fault(fault, "not a PPM or PGM file: P2, P3, P5 or P6 expected at its beginning");
  p->text = kind < '5';
  p->r = (Reader){in.data + 2, in.data + in.size};
  p->size.channels = kind == '2' || kind == '5' ? 1 : 3;
  p->size.width = read_number(&p->r, INT32_MAX);
  p->size.height = read_number(&p->r, INT32_MAX);
  p->most = read_number(&p->r, 65535);
  if (p->size.width < 1 || p->size.height < 1 || p->most < 1)
    return image_fault(fault, "the header gives no width, height and largest value");
  if (p->r.at == p->r.end || !is_space(*p->r.at))
    return image_fault(fault, "the file ends after its header");
  p->r.at++;
  p->size.bits = p->most > 255 ? 16 : 8;
  return true;
}

static bool ppm_header(ImageBytes in, ImageHeader *h, ImageFault *fault)
{
  Ppm p;
  if (!read_ppm(in, &p, fault)) return false;
  *h = p.size;
  return true;
}

/* Samples of a row, cut off at the largest value; false when the file ends. */
static bool read_row(Ppm *p, int64_t n, uint16_t *row)
{
  int bytes = p->most > 255 ? 2 : 1;
  if (!p->text && p->r.end - p->r.at < n * bytes) return false;
  for (int64_t i = 0; i < n; i++) {
    int64_t v;
    if (p->text) v = read_number(&p->r, 65535);
    else v = bytes == 2 ? p->r.at[2 * i] << 8 | p->r.at[2 * i + 1] : p->r.at[i];
    if (v < 0) return false;
    row[i] = (uint16_t)THMin(v, p->most);
  }
  if (!p->text) p->r.at += n * bytes;
  return true;
}

static bool ppm_decode(ImageBytes in, THAnyTensor *r_, double maxPixels, ImageFault *fault)
{
  Ppm p;
  if (!read_ppm(in, &p, fault) || !image_allowed(&p.size, maxPixels, 1, in.size, fault))
    return false;
  ImageRows rows = image_rowsOf(r_, &p.size, true, (double)p.most);
  int64_t n = p.size.channels * p.size.width;
  TH_AUTO_MEM uint16_t *row = THAlloc(n * (ptrdiff_t)sizeof *row);
  for (int64_t y = 0; y < p.size.height; y++) {
    if (!read_row(&p, n, row))
      return image_fault(fault, "row %lld of %lld is cut short or holds what is no number",
                         (long long)y + 1, (long long)p.size.height);
    image_putRow(&rows, y, row);
  }
  return true;
}

static bool ppm_encode(THAnyTensor *image, int channels, ImageBuffer *out, ImageFault *fault)
{
  ImageRows rows = image_rowsFrom(image, false);
  if (rows.channels != channels)
    return image_fault(fault, "%s has %d channels, the image has %lld",
                       channels == 1 ? "PGM" : "PPM", channels, (long long)rows.channels);
  char header[64];
  int length = snprintf(header, sizeof header, "P%d\n%lld %lld\n255\n", channels == 1 ? 5 : 6,
                        (long long)rows.width, (long long)rows.height);
  bool ok = image_append(out, header, (size_t)length);
  TH_AUTO_MEM uint8_t *row = THAlloc(rows.channels * rows.width);
  for (int64_t y = 0; ok && y < rows.height; y++) {
    image_getRow(&rows, y, row);
    ok = image_append(out, row, (size_t)(rows.channels * rows.width));
  }
  return ok || image_fault(fault, "not enough memory");
}

const ImageCodec image_ppm = {"PPM", ppm_header, ppm_decode, ppm_encode};
