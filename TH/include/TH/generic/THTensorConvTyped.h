/* ---- tensors: r_ = beta r_ + alpha (t * k), as in THTensorConv.h ---- */
#define TH_CONV_(name)                                                                             \
  TH_API void THTensor_(conv2D##name)(TH_CONV2D_PARAMS_(t, k), const char *vf, const char *xc);    \
  TH_API void THTensor_(conv3D##name)(TH_CONV3D_PARAMS_(t, k), const char *vf, const char *xc);
TH_CONV_(mul)
TH_CONV_(cmul)
TH_CONV_(mv)
TH_CONV_(ger)
#undef TH_CONV_
TH_API void THTensor_(conv2Dmm)(TH_CONV2D_PARAMS_(t, k), const char *vf, const char *xc);
TH_API void THTensor_(conv2DRevger)(TH_CONV2D_PARAMS_(t, k));
TH_API void THTensor_(conv2DRevgerm)(TH_CONV2D_PARAMS_(t, k));
TH_API void THTensor_(conv3DRevger)(TH_CONV3D_PARAMS_(t, k));
TH_API void THTensor_(conv2Dmap)(THTensor *r_, real beta, real alpha, THTensor *t, THTensor *k,
                                 THTensor *map, int64_t srow, int64_t scol, const char *vf,
                                 const char *xc);
TH_API void THTensor_(conv3Dmap)(THTensor *r_, real beta, real alpha, THTensor *t, THTensor *k,
                                 THTensor *map, int64_t sdepth, int64_t srow, int64_t scol,
                                 const char *vf, const char *xc);

/* ---- one plane (ir x ic) or volume (it x ir x ic) and one kernel, contiguous, added into r_ ----
   r_ += alpha (t * k), at strides s. Nothing is checked. */
TH_API void THTensor_(validXCorr2Dptr)(TH_PTR2D_PARAMS_); /* (ir - kr) / sr + 1 rows */
TH_API void THTensor_(validConv2Dptr)(TH_PTR2D_PARAMS_);
TH_API void THTensor_(fullXCorr2Dptr)(TH_PTR2D_PARAMS_); /* (ir - 1) sr + kr rows */
TH_API void THTensor_(fullConv2Dptr)(TH_PTR2D_PARAMS_);
TH_API void THTensor_(validXCorr2DRevptr)(TH_PTR2D_PARAMS_); /* ir - (kr - 1) sr rows: the stride spreads k */
TH_API void THTensor_(validXCorr3Dptr)(TH_PTR3D_PARAMS_);
TH_API void THTensor_(validConv3Dptr)(TH_PTR3D_PARAMS_);
TH_API void THTensor_(fullXCorr3Dptr)(TH_PTR3D_PARAMS_);
TH_API void THTensor_(fullConv3Dptr)(TH_PTR3D_PARAMS_);
TH_API void THTensor_(validXCorr3DRevptr)(TH_PTR3D_PARAMS_);
/* The one of these that vf ("V", "F") and xc ("X", "C") name. */
TH_API void THTensor_(conv2d)(TH_PTR2D_PARAMS_, const char *vf, const char *xc);
TH_API void THTensor_(conv3d)(TH_PTR3D_PARAMS_, const char *vf, const char *xc);
/* Size of the result along a dimension of size x, with a kernel of size k at stride s. */
TH_API int64_t THTensor_(convsize)(int64_t x, int64_t k, int64_t s, const char *vf);
