TH_API real THTensor_(medianall)(THTensor *t); /* of an even count the lower middle */
/* 1 with the probability given by the element of p in the same place, else 0. */
TH_API void THTensor_(bernoulli_FloatTensor)(THTensor *self, THGenerator *generator,
                                             THFloatTensor *p);
TH_API void THTensor_(bernoulli_DoubleTensor)(THTensor *self, THGenerator *generator,
                                              THDoubleTensor *p);
TH_API void THTensor_(randperm)(THTensor *r_, THGenerator *generator, int64_t n); /* of 0..n-1 */

#if defined(TH_REAL_IS_SHORT) || defined(TH_REAL_IS_INT) || defined(TH_REAL_IS_LONG)
TH_API void THTensor_(neg)(THTensor *r_, THTensor *t);
#endif

#ifndef TH_REAL_IS_FLOATING
TH_API void THTensor_(tpow)(THTensor *r_, real base, THTensor *t); /* base to the power of each element, as cpow */
#endif

#ifdef TH_REAL_IS_FLOATING
TH_API void THTensor_(lgamma)(THTensor *r_, THTensor *t); /* log |gamma(t)| */
/* gesvd that leaves in ra_ what LAPACK left in A; ra_ may be a. */
TH_API void THTensor_(gesvd2)(THTensor *ru_, THTensor *rs_, THTensor *rv_, THTensor *ra_,
                              THTensor *a, const char *jobu);
/* THTensorLapack.h says what these do. */
TH_API void THTensor_(btrifact)(THTensor *ra_, THIntTensor *rpivots_, THIntTensor *rinfo_,
                                int pivot, THTensor *a);
TH_API void THTensor_(btrisolve)(THTensor *rb_, THTensor *b, THTensor *atf, THIntTensor *pivots);
TH_API void THTensor_(clearUpLoTriangle)(THTensor *a, const char *uplo);
TH_API void THTensor_(copyUpLoTriangle)(THTensor *a, const char *uplo);
/* Fills self, which keeps its size, with 0-based categories drawn from Walker's tables J and q. */
TH_API void THTensor_(multinomialAliasDraw)(THLongTensor *self, THGenerator *generator,
                                            THLongTensor *J, THTensor *q);
#endif
