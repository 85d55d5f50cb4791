/* Included once per type by test_conv.c. */
#ifndef TH_GENERIC_FILE
#define TH_GENERIC_FILE "generic/conv.c"
#else

/* The function of pointers that a way names, called. */
static void conv_(point)(const Way *w, real *r, real *t, real *k)
{
  const int64_t *i = w->in, *n = w->ker, *s = w->stride;
#define CALL(name)                                                                                 \
  (w->nd == 2 ? THTensor_(name##2Dptr)(r, 3, t, i[1], i[2], k, n[1], n[2], s[1], s[2])             \
              : THTensor_(name##3Dptr)(r, 3, t, i[0], i[1], i[2], k, n[0], n[1], n[2], s[0], s[1], s[2]))
  if (w->reverse && w->nd == 2) THTensor_(validXCorr2DRevptr)(r, 3, t, i[1], i[2], k, n[1], n[2], s[1], s[2]);
  else if (w->reverse)
    THTensor_(validXCorr3DRevptr)(r, 3, t, i[0], i[1], i[2], k, n[0], n[1], n[2], s[0], s[1], s[2]);
  else if (w->full && w->flip) CALL(fullConv);
  else if (w->full) CALL(fullXCorr);
  else if (w->flip) CALL(validConv);
  else CALL(validXCorr);
#undef CALL
}

static void conv_(name)(const Way *w, real *r, real *t, real *k)
{
  const int64_t *i = w->in, *n = w->ker, *s = w->stride;
  if (w->nd == 2) THTensor_(conv2d)(r, 3, t, i[1], i[2], k, n[1], n[2], s[1], s[2], VF(w), XC(w));
  else THTensor_(conv3d)(r, 3, t, i[0], i[1], i[2], k, n[0], n[1], n[2], s[0], s[1], s[2], VF(w), XC(w));
}

static void conv_(pointers)(const Way *w)
{
  real r[ROOM], s[ROOM], t[ROOM], k[ROOM];
  double want[ROOM];
  for (int i = 0; i < ROOM; i++) r[i] = s[i] = (real)(i % 2), want[i] = i % 2, t[i] = (real)t_at(i), k[i] = (real)k_at(i);
  add_naive(w, want, 0, 0, 3);
  conv_(point)(w, r, t, k);
  for (int i = 0; i < ROOM; i++) th_check((double)r[i] == want[i]);
  if (w->reverse) return;
  conv_(name)(w, s, t, k);
  for (int i = 0; i < ROOM; i++) th_check((double)s[i] == want[i]);
  for (int d = 0; d < 3; d++)
    ck_assert_int_eq(THTensor_(convsize)(w->in[d], w->ker[d], w->stride[d], VF(w)), out_size(w, d));
}

/* A tensor with these leading sizes before those of a volume, transposed in memory. */
static THTensor *conv_(new)(const Way *w, const int64_t *lead, int nlead, const int64_t *volume, int (*value)(int))
{
  THLongStorage *size = THLongStorage_newWithSize(nlead + w->nd);
  memcpy(size->data, lead, (size_t)nlead * sizeof *lead);
  memcpy(size->data + nlead, volume + 3 - w->nd, (size_t)w->nd * sizeof *volume);
  THTensor *x = THTensor_(newWithSize)(size, NULL);
  for (int64_t i = 0; i < THTensor_(nElement)(x); i++) THTensor_(data)(x)[i] = (real)value((int)i);
  THTensor *turned = THTensor_(newTranspose)(x, nlead, nlead + 1), *copy = THTensor_(newClone)(turned);
  THTensor_(transpose)(copy, NULL, nlead, nlead + 1); /* the same elements, columns first */
  THTensor_(free)(x);
  THTensor_(free)(turned);
  THLongStorage_free(size);
  return copy;
}

#define ARGS2 s[1], s[2]
#define ARGS3 s[0], s[1], s[2]
#define EITHER(name) \
  (w->nd == 2 ? THTensor_(conv2D##name)(r, 2, 3, t, k, ARGS2, VF(w), XC(w)) : THTensor_(conv3D##name)(r, 2, 3, t, k, ARGS3, VF(w), XC(w)))

static void conv_(call)(const Way *w, int pairing, THTensor *r, THTensor *t, THTensor *k)
{
  const int64_t *s = w->stride;
  THTensor *map = THTensor_(newWithSize2d)(3, 2);
  for (int i = 0; i < 6; i++) THTensor_(data)(map)[i] = (real)map_rows[i];
  switch (pairing) {
  case MUL: EITHER(mul); break;
  case CMUL: EITHER(cmul); break;
  case MV: EITHER(mv); break;
  case MM: THTensor_(conv2Dmm)(r, 2, 3, t, k, ARGS2, VF(w), XC(w)); break;
  case GER: EITHER(ger); break;
  case REVGER:
    if (w->nd == 2) THTensor_(conv2DRevger)(r, 2, 3, t, k, ARGS2);
    else THTensor_(conv3DRevger)(r, 2, 3, t, k, ARGS3);
    break;
  case REVGERM: THTensor_(conv2DRevgerm)(r, 2, 3, t, k, ARGS2); break;
  case MAP:
    if (w->nd == 2) THTensor_(conv2Dmap)(r, 2, 3, t, k, map, ARGS2, VF(w), XC(w));
    else THTensor_(conv3Dmap)(r, 2, 3, t, k, map, ARGS3, VF(w), XC(w));
    break;
  }
  THTensor_(free)(map);
}
#undef EITHER
#undef ARGS2
#undef ARGS3

/* r = 2 r + 3 (t * k), where r is 1 everywhere; then once more with an r of another size, which counts as 0. */
static void conv_(tensors)(const Way *w, int pairing)
{
  const Pairing *p = &pairings[pairing];
  int64_t out[] = {out_size(w, 0), out_size(w, 1), out_size(w, 2)};
  THTensor *t = conv_(new)(w, p->t, p->t_lead, w->in, t_at), *k = conv_(new)(w, p->k, p->k_lead, w->ker, k_at),
           *r = conv_(new)(w, p->r, p->r_lead, out, one_at);
  int64_t n = THTensor_(nElement)(r);
  ck_assert_int_le(n, ROOM);
  for (int again = 0; again < 2; again++) {
    double want[ROOM];
    for (int i = 0; i < n; i++) want[i] = again ? 0 : 2;
    add_pairing(w, pairing, want, 3);
    conv_(call)(w, pairing, r, t, k);
    ck_assert_int_eq(THTensor_(nElement)(r), n);
    for (int d = 0; d < p->r_lead; d++) ck_assert_int_eq(THTensor_(size)(r, d), p->r[d]);
    THTensor *flat = THTensor_(newContiguous)(r);
    for (int64_t i = 0; i < n; i++) th_check((double)THTensor_(data)(flat)[i] == want[i]);
    THTensor_(free)(flat);
    THTensor_(resize1d)(r, n + 1);
  }
  THTensor_(free)(t);
  THTensor_(free)(k);
  THTensor_(free)(r);
}

static void conv_(all)(void)
{
  for (int i = 0; i < WAYS; i++) {
    Way w = way(i);
    conv_(pointers)(&w);
    for (int p = 0; p < PAIRINGS; p++)
      if (is_offered(&w, p)) conv_(tensors)(&w, p);
  }
}

#endif
