#define TYPED2D(name)                                                                               \
  void THTensor_(conv2D##name)(TH_CONV2D_PARAMS_(t, k), const char *vf, const char *xc)            \
  {                                                                                                \
    THAnyTensor_conv2D##name(any(r_), number(beta), number(alpha), any(t), any(k), srow, scol, vf, \
                             xc);                                                                  \
  }
#define TYPED3D(name)                                                                               \
  void THTensor_(conv3D##name)(TH_CONV3D_PARAMS_(t, k), const char *vf, const char *xc)            \
  {                                                                                                \
    THAnyTensor_conv3D##name(any(r_), number(beta), number(alpha), any(t), any(k), sdepth, srow,   \
                             scol, vf, xc);                                                        \
  }
TYPED2D(mul)
TYPED2D(cmul)
TYPED2D(mv)
TYPED2D(mm)
TYPED2D(ger)
TYPED3D(mul)
TYPED3D(cmul)
TYPED3D(mv)
TYPED3D(ger)
#undef TYPED2D
#undef TYPED3D

void THTensor_(conv2DRevger)(TH_CONV2D_PARAMS_(t, k))
{
  THAnyTensor_conv2DRevger(any(r_), number(beta), number(alpha), any(t), any(k), srow, scol);
}
void THTensor_(conv2DRevgerm)(TH_CONV2D_PARAMS_(t, k))
{
  THAnyTensor_conv2DRevgerm(any(r_), number(beta), number(alpha), any(t), any(k), srow, scol);
}
void THTensor_(conv3DRevger)(TH_CONV3D_PARAMS_(t, k))
{
  THAnyTensor_conv3DRevger(any(r_), number(beta), number(alpha), any(t), any(k), sdepth, srow, scol);
}
void THTensor_(conv2Dmap)(THTensor *r_, real beta, real alpha, THTensor *t, THTensor *k,
                          THTensor *map, int64_t srow, int64_t scol, const char *vf, const char *xc)
{
  THAnyTensor_conv2Dmap(any(r_), number(beta), number(alpha), any(t), any(k), any(map), srow, scol,
                        vf, xc);
}
void THTensor_(conv3Dmap)(THTensor *r_, real beta, real alpha, THTensor *t, THTensor *k,
                          THTensor *map, int64_t sdepth, int64_t srow, int64_t scol, const char *vf,
                          const char *xc)
{
  THAnyTensor_conv3Dmap(any(r_), number(beta), number(alpha), any(t), any(k), any(map), sdepth,
                        srow, scol, vf, xc);
}

/* ---- pointers ---- */

static __attribute__((noinline)) void T_(add_pointers)(const Mode *mode, real *r, real alpha, const real *t,
                             const int64_t *in, const real *k, const int64_t *ker)
{
  Conv c = {.alpha = number(alpha)};
  memcpy(c.in, in, sizeof c.in);
  memcpy(c.ker, ker, sizeof c.ker);
  fill_way(&c, mode);
  T_(add_volume)(&c, t, k, r);
}

#define PTR(name, full, flip)                                                                      \
  void THTensor_(name##2Dptr)(TH_PTR2D_PARAMS_)                                       \
  {                                                                                                \
    Mode mode = {#name, 2, MUL, {1, sr, sc}, full, flip, false, 0, NULL};                                \
    T_(add_pointers)(&mode, r_, alpha, t_, VOLUME(1, ir, ic), k_, VOLUME(1, kr, kc));              \
  }                                                                                                \
  void THTensor_(name##3Dptr)(TH_PTR3D_PARAMS_)                                       \
  {                                                                                                \
    Mode mode = {#name, 3, MUL, {st, sr, sc}, full, flip, false, 0, NULL};                               \
    T_(add_pointers)(&mode, r_, alpha, t_, VOLUME(it, ir, ic), k_, VOLUME(kt, kr, kc));            \
  }
PTR(validXCorr, false, false)
PTR(validConv, false, true)
PTR(fullXCorr, true, false)
PTR(fullConv, true, true)
#undef PTR

void THTensor_(validXCorr2DRevptr)(TH_PTR2D_PARAMS_)
{
  Mode mode = {"validXCorr2DRevptr", 2, MUL, {1, sr, sc}, false, false, true, 0, NULL};
  T_(add_pointers)(&mode, r_, alpha, t_, VOLUME(1, ir, ic), k_, VOLUME(1, kr, kc));
}
void THTensor_(validXCorr3DRevptr)(TH_PTR3D_PARAMS_)
{
  Mode mode = {"validXCorr3DRevptr", 3, MUL, {st, sr, sc}, false, false, true, 0, NULL};
  T_(add_pointers)(&mode, r_, alpha, t_, VOLUME(it, ir, ic), k_, VOLUME(kt, kr, kc));
}
void THTensor_(conv2d)(TH_PTR2D_PARAMS_, const char *vf, const char *xc)
{
  Mode mode = mode_of("conv2d", 2, MUL, vf, xc, 11);
  mode.stride[1] = sr, mode.stride[2] = sc;
  T_(add_pointers)(&mode, r_, alpha, t_, VOLUME(1, ir, ic), k_, VOLUME(1, kr, kc));
}
void THTensor_(conv3d)(TH_PTR3D_PARAMS_, const char *vf, const char *xc)
{
  Mode mode = mode_of("conv3d", 3, MUL, vf, xc, 14);
  mode.stride[0] = st, mode.stride[1] = sr, mode.stride[2] = sc;
  T_(add_pointers)(&mode, r_, alpha, t_, VOLUME(it, ir, ic), k_, VOLUME(kt, kr, kc));
}
int64_t THTensor_(convsize)(int64_t x, int64_t k, int64_t s, const char *vf)
{
  Mode mode = mode_of("convsize", 2, MUL, vf, "X", 4);
  return mode.full ? (x - 1) * s + k : (x - k) / s + 1;
}
