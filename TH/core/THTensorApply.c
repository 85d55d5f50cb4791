#include "THTensorApply.h"

static const int64_t no_offset;

/* Adds a dimension outside those that the walk has. */
static void add_dim(THWalk *w, int64_t size, int64_t stride, bool merge, bool count)
{
  int64_t *innermost = w->outer ? &w->outer_size[w->outer - 1] : &w->size;
  int64_t step = w->outer ? w->outer_stride[w->outer - 1] : w->stride;
  if (w->size == 1 && w->stride == 0) { /* nothing there yet */
    w->size = size;
    w->stride = stride;
    if (count) w->offset = &w->at;
  } else if (merge && stride == step * *innermost) {
    *innermost *= size;
  } else {
    w->outer_at[w->outer] = 0;
    w->outer_size[w->outer] = size;
    w->outer_stride[w->outer] = stride;
    if (count) w->offset = &w->outer_at[w->outer];
    w->outer++;
  }
}

void THWalk_begin(THWalk *w, const void *tensor, int skip, int keep)
{
  const THAnyTensor *t = tensor;
  w->bytes = THType_size((THType)t->type);
  w->data = THAnyTensor_data(t);
  w->left = t->nDimension > 0;
  w->at = w->outer = 0;
  w->size = 1;
  w->stride = 0;
  w->offset = (int64_t *)&no_offset;
  bool kept = false; /* the dimension inside is `keep` */
  for (int d = t->nDimension - 1; d >= 0; d--) {
    if (d == skip || t->size[d] == 1) continue;
    w->left *= t->size[d];
    add_dim(w, t->size[d], t->stride[d], !kept && d != keep, d == keep);
    kept = d == keep;
  }
}

void THWalk_step(THWalk *w, int64_t n)
{
  int64_t size = (int64_t)w->bytes;
  w->left -= n;
  w->at += n;
  w->data += n * w->stride * size;
  if (w->at < w->size || w->left <= 0) return;
  w->at = 0;
  w->data -= w->size * w->stride * size;
  for (int d = 0; d < w->outer; d++) {
    w->data += w->outer_stride[d] * size;
    if (++w->outer_at[d] < w->outer_size[d]) return;
    w->outer_at[d] = 0;
    w->data -= w->outer_size[d] * w->outer_stride[d] * size;
  }
}

void THWalk_checkSame(const void *a, const void *b)
{
  if (THAnyTensor_nElement(a) != THAnyTensor_nElement(b))
    THError("inconsistent tensor size, expected %s and %s to have the same number of elements",
            THAnyTensor_sizeDesc(a).str, THAnyTensor_sizeDesc(b).str);
}

void THWalk_checkLanes(const void *a, const void *b, int dim)
{
  const THAnyTensor *s = a, *t = b;
  bool same = s->nDimension == t->nDimension;
  for (int d = 0; same && d < s->nDimension; d++) same = d == dim || s->size[d] == t->size[d];
  if (!same)
    THError("inconsistent tensor size, expected %s and %s to agree apart from dimension %d",
            THAnyTensor_sizeDesc(s).str, THAnyTensor_sizeDesc(t).str, dim + TH_INDEX_BASE);
  if (s->nDimension && (dim < 0 || dim >= s->nDimension))
    THError("invalid dimension %d, expected between 1 and %d", dim + TH_INDEX_BASE, s->nDimension);
}
