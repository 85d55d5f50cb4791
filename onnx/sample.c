/* Pictures sampled at positions, boxes, signals and their spectra, and other operators that are less often met. */
#include <math.h>
#include <stdlib.h>
#include "ops.h"

/* ---- grids ---- */

static double reflect(double x, double low, double high)
{
  const double span = high - low;
  if (span <= 0) return 0;
  double t = fmod(fabs(x - low), 2 * span);
  return low + (t > span ? 2 * span - t : t);
}

typedef struct Grid {
  int n;
  int64_t in[3], step[3];
  bool zeros, reflects, corners;
} Grid;

/* Where a position between -1 and 1 lies among n elements. */
static double denormalised(const Grid *g, int d, double x)
{
  const double n = (double)g->in[d];
  return g->corners ? (x + 1) / 2 * (n - 1) : ((x + 1) * n - 1) / 2;
}

static double pixel(const Grid *g, const float *x, const double *at)
{
  int64_t offset = 0;
  for (int d = 0; d < g->n; d++) {
    double p = at[d];
    const double n = (double)g->in[d];
    if (p < 0 || p > n - 1) {
      if (g->zeros) return 0;
      if (g->reflects) p = rint(reflect(p, g->corners ? 0 : -0.5, g->corners ? n - 1 : n - 0.5));
      p = THMax(0, THMin(n - 1, p));
    }
    offset += (int64_t)p * g->step[d];
  }
  return x[offset];
}

static double cubic_weight(double t)
{
  t = fabs(t);
  const double a = -0.75;
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((t - 5) * t + 8) * t * a - 4 * a : 0;
}

/* Sum over the neighbours in all dimensions, `reach` on either side. */
static double around(const Grid *g, const float *x, const double *p, int reach, double (*weight)(double))
{
  const int side = 2 * reach;
  int total = 1;
  for (int d = 0; d < g->n; d++) total *= side;
  double sum = 0;
  for (int i = 0; i < total; i++) {
    double at[3], w = 1;
    for (int d = 0, rest = i; d < g->n; d++, rest /= side) {
      at[d] = floor(p[d]) + rest % side - (reach - 1);
      w *= weight(p[d] - at[d]);
    }
    if (w != 0) sum += w * pixel(g, x, at);
  }
  return sum;
}
static double tent(double t) { return THMax(0, 1 - fabs(t)); }

static void op_gridSample(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO at = THOnnx_newFloats(c->in[1]);
  const char *mode = THOnnx_string(c->node, "mode", "linear"), *padding = THOnnx_string(c->node, "padding_mode", "zeros");
  Grid g = {.n = x->ndim - 2, .zeros = !strcmp(padding, "zeros"), .reflects = !strcmp(padding, "reflection"),
            .corners = THOnnx_int(c->node, "align_corners", 0)};
  THOnnx_check(g.n >= 1 && g.n <= 3 && at->ndim == x->ndim && at->size[0] == x->size[0] && at->size[at->ndim - 1] == g.n, "the grid does not fit");
  const bool nearest = !strcmp(mode, "nearest"), cubic = strstr(mode, "cubic") != NULL;
  int64_t size[ONNX_DIMS] = {x->size[0], x->size[1]}, plane = 1;
  for (int d = g.n - 1; d >= 0; d--) {
    g.in[d] = x->size[d + 2];
    g.step[d] = plane;
    plane *= g.in[d];
    size[d + 2] = at->size[d + 1];
  }
  THOnnx_check(plane > 0, "an empty picture");
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, x->ndim, size);
  const int64_t points = THOnnx_product(size + 2, g.n);
  for (int64_t i = 0; i < r->count; i++) {
    const int64_t sample = i / points / size[1];
    const float *p = (float *)at->data + (sample * points + i % points) * g.n, *v = (float *)x->data + i / points * plane;
    double where[3];
    for (int d = 0; d < g.n; d++) {
      double q = denormalised(&g, d, p[g.n - 1 - d]); /* x comes first */
      const double n = (double)g.in[d];
      if (!cubic && !g.zeros && (q < 0 || q > n - 1))
        q = g.reflects ? THMax(0, THMin(n - 1, reflect(q, g.corners ? 0 : -0.5, g.corners ? n - 1 : n - 0.5))) : THMax(0, THMin(n - 1, q));
      where[d] = nearest ? rint(q) : q;
    }
    ((float *)r->data)[i] = (float)(nearest ? pixel(&g, v, where) : around(&g, v, where, cubic ? 2 : 1, cubic ? cubic_weight : tent));
  }
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}

static void op_affineGrid(OnnxCall *c)
{
  int n;
  TH_AUTO_MEM int64_t *size = THOnnx_newInts(c->in[1], &n);
  const int dims = n - 2;
  const bool corners = THOnnx_int(c->node, "align_corners", 0);
  THOnnx_check((dims == 2 || dims == 3) && c->in[0]->count == size[0] * dims * (dims + 1), "theta and size do not fit");
  ONNX_AUTO theta = THOnnx_newFloats(c->in[0]);
  int64_t shape[ONNX_DIMS] = {size[0]};
  for (int d = 0; d < dims; d++) shape[d + 1] = size[d + 2];
  shape[dims + 1] = dims;
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, dims + 2, shape);
  const int64_t points = THOnnx_product(size + 2, dims);
  for (int64_t i = 0; i < size[0] * points; i++) {
    const float *t = (float *)theta->data + i / points * dims * (dims + 1);
    double p[3];
    for (int64_t d = dims - 1, rest = i % points; d >= 0; d--) {
      const double k = (double)(rest % size[d + 2]), m = (double)size[d + 2];
      rest /= size[d + 2];
      p[dims - 1 - d] = corners ? (m > 1 ? -1 + 2 * k / (m - 1) : 0) : (2 * k + 1) / m - 1;
    }
    for (int row = 0; row < dims; row++) {
      double sum = t[row * (dims + 1) + dims];
      for (int k = 0; k < dims; k++) sum += t[row * (dims + 1) + k] * p[k];
      ((float *)r->data)[i * dims + row] = (float)sum;
    }
  }
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}

/* ---- boxes ---- */

typedef struct Scored {
  float score;
  int64_t at;
} Scored;
static int best_first(const void *a, const void *b)
{
  const Scored *x = a, *y = b;
  return x->score != y->score ? (x->score < y->score) - (x->score > y->score) : (x->at > y->at) - (x->at < y->at);
}

static void corners_of(const float *b, bool centre, float *r)
{
  const float x1 = centre ? b[0] - b[2] / 2 : b[0], y1 = centre ? b[1] - b[3] / 2 : b[1];
  const float x2 = centre ? b[0] + b[2] / 2 : b[2], y2 = centre ? b[1] + b[3] / 2 : b[3];
  r[0] = THMin(x1, x2), r[1] = THMin(y1, y2), r[2] = THMax(x1, x2), r[3] = THMax(y1, y2);
}
static float overlap(const float *a, const float *b, bool centre)
{
  float p[4], q[4];
  corners_of(a, centre, p);
  corners_of(b, centre, q);
  const float w = THMin(p[2], q[2]) - THMax(p[0], q[0]), h = THMin(p[3], q[3]) - THMax(p[1], q[1]);
  if (w <= 0 || h <= 0) return 0;
  const float both = w * h, all = (p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - both;
  return all > 0 ? both / all : 0;
}

static void op_nonMaxSuppression(OnnxCall *c)
{
  ONNX_AUTO boxes = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO scores = THOnnx_newFloats(c->in[1]);
  const int64_t most = THOnnx_in(c, 2) ? THOnnx_long(c->in[2], 0) : 0;
  const float limit = THOnnx_in(c, 3) ? (float)THOnnx_double(c->in[3], 0) : 0;
  const float least = THOnnx_in(c, 4) ? (float)THOnnx_double(c->in[4], 0) : -INFINITY;
  const bool centre = THOnnx_int(c->node, "center_point_box", 0);
  THOnnx_check(boxes->ndim == 3 && scores->ndim == 3 && boxes->size[2] == 4 && scores->size[2] == boxes->size[1] &&
               scores->size[0] == boxes->size[0], "boxes and scores do not fit");
  const int64_t n = boxes->size[1], classes = scores->size[1];
  ONNX_AUTO_MEM Scored *row = THOnnx_scratch((n + 1) * (ptrdiff_t)sizeof *row);
  ONNX_AUTO_MEM int64_t *kept = THOnnx_scratch((n + 1) * (ptrdiff_t)sizeof *kept);
  ONNX_AUTO_MEM int64_t *found = THOnnx_scratch((3 * scores->count + 1) * (ptrdiff_t)sizeof *found);
  int64_t count = 0;
  for (int64_t i = 0; i < scores->size[0] * classes; i++) {
    const float *s = (float *)scores->data + i * n, *b = (float *)boxes->data + i / classes * n * 4;
    int64_t nkept = 0;
    for (int64_t k = 0; k < n; k++) row[k] = (Scored){s[k], k};
    qsort(row, (size_t)n, sizeof *row, best_first);
    for (int64_t k = 0; k < n && nkept < most; k++) {
      bool good = row[k].score > least;
      for (int64_t j = 0; j < nkept && good; j++) good = overlap(b + row[k].at * 4, b + kept[j] * 4, centre) <= limit;
      if (!good) continue;
      kept[nkept++] = row[k].at;
      found[count++] = i / classes;
      found[count++] = i % classes;
      found[count++] = row[k].at;
    }
  }
  OnnxValue *r = THOnnx_make(c, 0, THONNX_INT64, 2, (int64_t[]){count / 3, 3});
  if (count) memcpy(r->data, found, (size_t)count * sizeof *found);
}

static float bilinear(const float *x, int64_t h, int64_t w, double py, double px)
{
  if (py < -1 || py > (double)h || px < -1 || px > (double)w) return 0;
  py = THMax(0, py), px = THMax(0, px);
  int64_t y = (int64_t)py, q = (int64_t)px;
  if (y >= h - 1) y = h - 1, py = (double)y;
  if (q >= w - 1) q = w - 1, px = (double)q;
  const int64_t y1 = THMin(y + 1, h - 1), q1 = THMin(q + 1, w - 1);
  const double dy = py - (double)y, dx = px - (double)q;
  return (float)((1 - dy) * ((1 - dx) * x[y * w + q] + dx * x[y * w + q1]) + dy * ((1 - dx) * x[y1 * w + q] + dx * x[y1 * w + q1]));
}

static void op_roiAlign(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO rois = THOnnx_newFloats(c->in[1]);
  const OnnxNode *node = c->node;
  THOnnx_check(x->ndim == 4 && rois->ndim == 2 && rois->size[1] == 4 && c->in[2]->count == rois->size[0], "regions do not fit");
  const int64_t n = rois->size[0], C = x->size[1], H = x->size[2], W = x->size[3], oh = THOnnx_int(node, "output_height", 1),
                ow = THOnnx_int(node, "output_width", 1), ratio = THOnnx_int(node, "sampling_ratio", 0);
  const double scale = THOnnx_float(node, "spatial_scale", 1);
  const bool half = !strcmp(THOnnx_string(node, "coordinate_transformation_mode", node->version < 16 ? "output_half_pixel" : "half_pixel"), "half_pixel");
  const bool largest = !strcmp(THOnnx_string(node, "mode", "avg"), "max");
  THOnnx_check(oh > 0 && ow > 0 && ratio >= 0 && ratio < 1024, "sizes");
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){n, C, oh, ow});
  for (int64_t i = 0; i < r->count; i++) {
    const int64_t roi = i / (C * oh * ow), ch = i / (oh * ow) % C, py = i / ow % oh, px = i % ow, sample = THOnnx_long(c->in[2], roi);
    THOnnx_check(sample >= 0 && sample < x->size[0], "sample %lld", (long long)sample);
    const float *b = (float *)rois->data + roi * 4, *v = (float *)x->data + (sample * C + ch) * H * W;
    const double offset = half ? 0.5 : 0, x0 = b[0] * scale - offset, y0 = b[1] * scale - offset;
    double w = b[2] * scale - offset - x0, h = b[3] * scale - offset - y0;
    if (!half) w = THMax(w, 1), h = THMax(h, 1);
    const double bh = h / (double)oh, bw = w / (double)ow;
    const int64_t gy = ratio ? ratio : (int64_t)THMax(0, THMin(1024, ceil(bh))), gx = ratio ? ratio : (int64_t)THMax(0, THMin(1024, ceil(bw)));
    double sum = largest ? -INFINITY : 0;
    for (int64_t sy = 0; sy < gy; sy++)
      for (int64_t sx = 0; sx < gx; sx++) {
        const float s = bilinear(v, H, W, y0 + (double)py * bh + ((double)sy + 0.5) * bh / (double)gy,
                                 x0 + (double)px * bw + ((double)sx + 0.5) * bw / (double)gx);
        sum = largest ? THMax(sum, s) : sum + s;
      }
    ((float *)r->data)[i] = (float)(largest ? sum : gx && gy ? sum / (double)(gx * gy) : 0);
  }
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}

/* ---- pieces put back, cut and padded ---- */

static void op_col2im(OnnxCall *c)
{
  OnnxValue *x = c->in[0];
  int n, m, nd, np, ns;
  TH_AUTO_MEM int64_t *image = THOnnx_newInts(c->in[1], &n);
  TH_AUTO_MEM int64_t *block = THOnnx_newInts(c->in[2], &m);
  const int64_t *dil = THOnnx_ints(c->node, "dilations", &nd), *pads = THOnnx_ints(c->node, "pads", &np), *str = THOnnx_ints(c->node, "strides", &ns);
  THOnnx_check(n == m && n > 0 && n <= ONNX_DIMS - 2 && x->ndim == 3 && (!dil || nd == n) && (!pads || np == 2 * n) && (!str || ns == n), "sizes do not fit");
  int64_t out[ONNX_DIMS], taps = THOnnx_product(block, n), L = 1, plane = THOnnx_product(image, n), size[ONNX_DIMS] = {x->size[0]};
  for (int d = 0; d < n; d++) {
    const int64_t room = image[d] + (pads ? pads[d] + pads[d + n] : 0) - (block[d] - 1) * (dil ? dil[d] : 1) - 1;
    THOnnx_check(block[d] > 0 && room >= 0 && (!str || str[d] > 0), "a block does not fit");
    out[d] = room / (str ? str[d] : 1) + 1;
    L *= out[d];
    size[d + 2] = image[d];
  }
  THOnnx_check(taps > 0 && x->size[1] % taps == 0 && x->size[2] == L, "columns do not fit");
  size[1] = x->size[1] / taps;
  ONNX_AUTO f = THOnnx_newFloats(x);
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, n + 2, size);
  if (r->count) memset(r->data, 0, (size_t)r->count * sizeof(float));
  for (int64_t i = 0; i < f->count; i++) {
    int64_t t = i / L % taps, l = i % L, at = 0, step = 1;
    bool inside = true;
    for (int d = n - 1; d >= 0; d--) {
      const int64_t p = l % out[d] * (str ? str[d] : 1) + t % block[d] * (dil ? dil[d] : 1) - (pads ? pads[d] : 0);
      inside = inside && p >= 0 && p < image[d];
      at += p * step;
      step *= image[d];
      l /= out[d];
      t /= block[d];
    }
    if (inside) ((float *)r->data)[i / (L * taps) * plane + at] += ((float *)f->data)[i];
  }
  THOnnx_give(c, 0, THOnnx_newCast(r, x->type));
}

static void op_centerCropPad(OnnxCall *c)
{
  int n, naxes;
  TH_AUTO_MEM int64_t *wanted = THOnnx_newInts(c->in[1], &n);
  const int64_t *axes = THOnnx_ints(c->node, "axes", &naxes);
  ONNX_AUTO r = THOnnx_retain(c->in[0]);
  THOnnx_check(n == (axes ? naxes : r->ndim), "%d sizes", n);
  for (int i = 0; i < n; i++) {
    const int d = axes ? THOnnx_axis(axes[i], r->ndim) : i;
    const int64_t have = r->size[d], want = wanted[i];
    THOnnx_check(want >= 0, "size %lld", (long long)want);
    OnnxValue *next;
    if (want <= have) {
      next = THOnnx_newPart(r, d, (have - want) / 2, want);
    } else {
      int64_t size[ONNX_DIMS];
      for (int k = 0; k < r->ndim; k++) size[k] = r->size[k];
      size[d] = (want - have) / 2;
      ONNX_AUTO before = THOnnx_new(r->type, r->ndim, size);
      size[d] = want - have - (want - have) / 2;
      ONNX_AUTO after = THOnnx_new(r->type, r->ndim, size);
      if (before->count) memset(before->data, 0, (size_t)before->count * THOnnx_width(r->type));
      if (after->count) memset(after->data, 0, (size_t)after->count * THOnnx_width(r->type));
      next = THOnnx_newConcatenated(3, (OnnxValue *[]){before, r, after}, d);
    }
    THOnnx_free(r);
    r = next;
  }
  THOnnx_give(c, 0, THOnnx_retain(r));
}

static void op_tensorScatter(OnnxCall *c)
{
  OnnxValue *past = c->in[0], *update = c->in[1], *at = THOnnx_in(c, 2);
  const int axis = THOnnx_axis(THOnnx_int(c->node, "axis", -2), past->ndim);
  const bool circular = !strcmp(THOnnx_string(c->node, "mode", "linear"), "circular");
  THOnnx_check(axis > 0 && update->ndim == past->ndim && update->type == past->type && (!at || at->count == past->size[0]), "the update does not fit");
  for (int d = 0; d < past->ndim; d++) THOnnx_check(d == axis || update->size[d] == past->size[d], "the update does not fit");
  OnnxValue *r = THOnnx_makeAs(c, 0, past);
  const size_t bytes = (size_t)THOnnx_product(past->size + axis + 1, past->ndim - axis - 1) * THOnnx_width(past->type);
  const int64_t outer = THOnnx_product(past->size, axis), n = past->size[axis], m = update->size[axis];
  if (!r->count) return;
  memcpy(r->data, past->data, (size_t)past->count * THOnnx_width(past->type));
  for (int64_t o = 0; o < outer; o++)
    for (int64_t k = 0; k < m; k++) {
      int64_t to = (at ? THOnnx_long(at, o / (outer / past->size[0])) : 0) + k;
      if (circular) to = ((to % n) + n) % n;
      THOnnx_check(to >= 0 && to < n, "position %lld of %lld", (long long)to, (long long)n);
      memcpy((char *)r->data + (size_t)(o * n + to) * bytes, (char *)update->data + (size_t)(o * m + k) * bytes, bytes);
    }
}

/* ---- different values ---- */

typedef struct Slices {
  const OnnxValue *x;
  int64_t n, outer, inner;
} Slices;
static int compare_slices(const Slices *s, int64_t a, int64_t b)
{
  for (int64_t o = 0; o < s->outer; o++)
    for (int64_t k = 0; k < s->inner; k++) {
      const double x = THOnnx_double(s->x, (o * s->n + a) * s->inner + k), y = THOnnx_double(s->x, (o * s->n + b) * s->inner + k);
      if (x != y) return x < y ? -1 : 1;
    }
  return 0;
}

static void op_unique(OnnxCall *c)
{
  const OnnxAttribute *a = THOnnx_attribute(c->node, "axis");
  ONNX_AUTO x = a ? THOnnx_retain(c->in[0]) : THOnnx_newShaped(c->in[0], 1, &c->in[0]->count);
  const int axis = a ? THOnnx_axis(a->i, x->ndim) : 0;
  const bool sorted = THOnnx_int(c->node, "sorted", 1);
  Slices s = {x, x->size[axis], THOnnx_product(x->size, axis), THOnnx_product(x->size + axis + 1, x->ndim - axis - 1)};
  ONNX_AUTO_MEM int64_t *first = THOnnx_scratch((4 * s.n + 1) * (ptrdiff_t)sizeof *first);
  int64_t *which = first + s.n, *times = which + s.n, *rank = times + s.n, n = 0;
  for (int64_t i = 0; i < s.n; i++) { /* in the order of first sight */
    int64_t k = 0;
    while (k < n && compare_slices(&s, first[k], i)) k++;
    if (k == n) first[n] = i, times[n++] = 0;
    times[k]++;
    which[i] = k;
  }
  for (int64_t k = 0; k < n; k++) {
    rank[k] = sorted ? 0 : k;
    for (int64_t j = 0; j < n && sorted; j++) rank[k] += compare_slices(&s, first[j], first[k]) < 0;
  }
  ONNX_AUTO order = THOnnx_newLongs((int)n, first);
  for (int64_t k = 0; k < n; k++) ((int64_t *)order->data)[rank[k]] = first[k];
  OnnxValue *in[] = {x, order}, *out[] = {NULL};
  OnnxAttribute along = {.name = "axis", .type = ONNX_A_INT, .i = axis};
  OnnxNode gather = {.name = "", .type = "Gather", .domain = "", .nin = 2, .nout = 1, .nattributes = 1, .attribute = &along, .version = 13,
                     .outSlot = (int[]){0}};
  OnnxCall inner = {&gather, 2, 1, in, out, NULL};
  THOnnx_findOp("", "Gather", 13)->run(&inner);
  THOnnx_give(c, 0, out[0]);
  if (THOnnx_wants(c, 1)) THOnnx_give(c, 1, THOnnx_retain(order));
  if (THOnnx_wants(c, 2)) {
    OnnxValue *r = THOnnx_make(c, 2, THONNX_INT64, 1, &s.n);
    for (int64_t i = 0; i < s.n; i++) ((int64_t *)r->data)[i] = rank[which[i]];
  }
  if (THOnnx_wants(c, 3)) {
    OnnxValue *r = THOnnx_make(c, 3, THONNX_INT64, 1, &n);
    for (int64_t k = 0; k < n; k++) ((int64_t *)r->data)[rank[k]] = times[k];
  }
}

/* ---- spectra ---- */

/* One transform of n points, parts `width` (1: real, 2: complex) at `step` points; the sums, as they are defined. */
static void transform(const float *x, int width, int64_t given, int64_t step, int64_t n, bool inverse, double *r, int64_t bins)
{
  for (int64_t k = 0; k < bins; k++) {
    double re = 0, im = 0;
    for (int64_t t = 0; t < THMin(n, given); t++) {
      const double angle = (inverse ? 2 : -2) * 3.14159265358979323846 * (double)((k * t) % n) / (double)n, cs = cos(angle), sn = sin(angle);
      const double a = x[t * step * width], b = width == 2 ? x[t * step * width + 1] : 0;
      re += a * cs - b * sn;
      im += a * sn + b * cs;
    }
    r[2 * k] = inverse ? re / (double)n : re;
    r[2 * k + 1] = inverse ? im / (double)n : im;
  }
}

static void op_dft(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  const bool inverse = THOnnx_int(c->node, "inverse", 0), one = THOnnx_int(c->node, "onesided", 0);
  const int64_t given = c->node->version < 20 ? THOnnx_int(c->node, "axis", 1) : THOnnx_in(c, 2) ? THOnnx_long(c->in[2], 0) : -2;
  const int axis = THOnnx_axis(given, x->ndim), width = (int)x->size[x->ndim - 1];
  THOnnx_check(axis < x->ndim - 1 && (width == 1 || width == 2), "real or complex numbers are expected");
  const int64_t all = one && inverse ? 2 * (x->size[axis] - 1) : x->size[axis];
  const int64_t n = THOnnx_in(c, 1) ? THOnnx_long(c->in[1], 0) : all, bins = one && !inverse ? n / 2 + 1 : n;
  THOnnx_check(n > 0 && n < 1 << 20, "%lld points", (long long)n);
  const bool back = one && inverse; /* the half that is left out mirrors the other */
  int64_t size[ONNX_DIMS];
  for (int d = 0; d < x->ndim; d++) size[d] = d == axis ? bins : x->size[d];
  size[x->ndim - 1] = back ? 1 : 2;
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, x->ndim, size);
  const int64_t inner = THOnnx_product(x->size + axis + 1, x->ndim - axis - 2), outer = THOnnx_product(x->size, axis), have = x->size[axis];
  ONNX_AUTO_MEM double *spectrum = THOnnx_scratch(2 * bins * (ptrdiff_t)sizeof(double));
  ONNX_AUTO_MEM float *full = THOnnx_scratch((2 * THMax(n, have) + 1) * (ptrdiff_t)sizeof(float));
  for (int64_t i = 0; i < outer * inner; i++) {
    const float *v = (float *)x->data + (i / inner * have * inner + i % inner) * width;
    if (back) {
      for (int64_t t = 0; t < n; t++) {
        const int64_t from = t < have ? t : n - t;
        full[2 * t] = from < have ? v[from * inner * width] : 0;
        full[2 * t + 1] = from < have && width == 2 ? (t < have ? 1 : -1) * v[from * inner * width + 1] : 0;
      }
      transform(full, 2, n, 1, n, true, spectrum, bins);
    } else {
      transform(v, width, have, inner, n, inverse, spectrum, bins);
    }
    float *to = (float *)r->data + (i / inner * bins * inner + i % inner) * size[x->ndim - 1];
    for (int64_t k = 0; k < bins; k++)
      for (int p = 0; p < size[x->ndim - 1]; p++) to[k * inner * size[x->ndim - 1] + p] = (float)spectrum[2 * k + p];
  }
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}

static void op_stft(OnnxCall *c)
{
  ONNX_AUTO x = THOnnx_newFloats(c->in[0]);
  ONNX_AUTO window = THOnnx_in(c, 2) ? THOnnx_newFloats(c->in[2]) : NULL;
  const int width = x->ndim == 3 ? (int)x->size[2] : 1;
  const int64_t step = THOnnx_long(c->in[1], 0), n = THOnnx_in(c, 3) ? THOnnx_long(c->in[3], 0) : window ? window->count : 0;
  THOnnx_check(x->ndim >= 2 && x->ndim <= 3 && (width == 1 || width == 2) && step > 0 && n > 0 && n <= x->size[1] && (!window || window->count == n), "frames do not fit");
  const int64_t frames = (x->size[1] - n) / step + 1, bins = THOnnx_int(c->node, "onesided", 1) ? n / 2 + 1 : n;
  ONNX_AUTO r = THOnnx_new(THONNX_FLOAT, 4, (int64_t[]){x->size[0], frames, bins, 2});
  ONNX_AUTO_MEM double *spectrum = THOnnx_scratch(2 * bins * (ptrdiff_t)sizeof(double));
  ONNX_AUTO_MEM float *part = THOnnx_scratch(n * width * (ptrdiff_t)sizeof(float));
  for (int64_t i = 0; i < x->size[0] * frames; i++) {
    const float *v = (float *)x->data + (i / frames * x->size[1] + i % frames * step) * width;
    for (int64_t k = 0; k < n * width; k++) part[k] = v[k] * (window ? ((float *)window->data)[k / width] : 1);
    transform(part, width, n, 1, n, false, spectrum, bins);
    for (int64_t k = 0; k < 2 * bins; k++) ((float *)r->data)[i * 2 * bins + k] = (float)spectrum[k];
  }
  THOnnx_give(c, 0, THOnnx_newCast(r, c->in[0]->type));
}

/* a0 - a1 cos(2 pi k / n) + a2 cos(4 pi k / n) */
static void window_of(OnnxCall *c, double a0, double a1, double a2)
{
  const int64_t n = THOnnx_long(c->in[0], 0);
  const THONNXType type = (THONNXType)THOnnx_int(c->node, "output_datatype", THONNX_FLOAT);
  const double period = (double)(THOnnx_int(c->node, "periodic", 1) ? n : n - 1);
  THOnnx_check(n >= 0, "size %lld", (long long)n);
  OnnxValue *r = THOnnx_make(c, 0, type, 1, &n);
  for (int64_t k = 0; k < n; k++) {
    const double t = 2 * 3.14159265358979323846 * (double)k / (period ? period : 1), v = a0 - a1 * cos(t) + a2 * cos(2 * t);
    THOnnx_convert(type, (char *)r->data + (size_t)k * THOnnx_width(type), THONNX_DOUBLE, &v, 1);
  }
}
static void op_hann(OnnxCall *c) { window_of(c, 0.5, 0.5, 0); }
static void op_hamming(OnnxCall *c) { window_of(c, 25.0 / 46, 21.0 / 46, 0); }
static void op_blackman(OnnxCall *c) { window_of(c, 0.42, 0.5, 0.08); }

/* ---- strings ---- */

static void op_stringConcat(OnnxCall *c)
{
  int64_t size[ONNX_DIMS];
  THOnnx_check(c->in[0]->type == THONNX_STRING && c->in[1]->type == THONNX_STRING, "strings are expected");
  const int ndim = THOnnx_broadcast(2, c->in, size);
  ONNX_AUTO x = THOnnx_newExpanded(c->in[0], ndim, size);
  ONNX_AUTO y = THOnnx_newExpanded(c->in[1], ndim, size);
  THOnnx_give(c, 0, THOnnx_newStrings(ndim, size));
  for (int64_t i = 0; i < x->count; i++) {
    const char *s = ((char **)x->data)[i], *t = ((char **)y->data)[i];
    ONNX_AUTO_MEM char *both = THOnnx_scratch((ptrdiff_t)strlen(s ? s : "") + (ptrdiff_t)strlen(t ? t : "") + 1);
    strcpy(both, s ? s : "");
    strcat(both, t ? t : "");
    THOnnx_setString(c->out[0], i, both);
  }
}

const OnnxOp THOnnx_sampleOps[] = {
  {"GridSample", op_gridSample, 16, 0, 2, 2, 0, NULL},
  {"AffineGrid", op_affineGrid, 20, 0, 2, 2, 0, NULL},
  {"NonMaxSuppression", op_nonMaxSuppression, 10, 0, 2, 5, 0, NULL},
  {"RoiAlign", op_roiAlign, 10, 0, 3, 3, 0, NULL},
  {"Col2Im", op_col2im, 18, 0, 3, 3, 0, NULL},
  {"CenterCropPad", op_centerCropPad, 18, 0, 2, 2, ONNX_MOVES, NULL},
  {"TensorScatter", op_tensorScatter, 24, 0, 2, 3, ONNX_MOVES, NULL},
  {"Unique", op_unique, 11, 0, 1, 1, ONNX_HALVES, NULL},
  {"DFT", op_dft, 17, 0, 1, 3, 0, NULL},
  {"STFT", op_stft, 17, 0, 2, 4, 0, NULL},
  {"HannWindow", op_hann, 17, 0, 1, 1, ONNX_HALVES, NULL},
  {"HammingWindow", op_hamming, 17, 0, 1, 1, ONNX_HALVES, NULL},
  {"BlackmanWindow", op_blackman, 17, 0, 1, 1, ONNX_HALVES, NULL},
  {"StringConcat", op_stringConcat, 20, 0, 2, 2, ONNX_MOVES, NULL},
  {NULL, NULL, 0, 0, 0, 0, 0, NULL},
};
