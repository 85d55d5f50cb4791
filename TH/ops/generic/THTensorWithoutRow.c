real THTensor_(medianall)(THTensor *t)
{
  THScalar median = THAnyTensor_medianall(any(t));
#ifdef TH_REAL_IS_FLOATING
  return (real)median.d;
#else
  return (real)median.i;
#endif
}
void THTensor_(bernoulli_FloatTensor)(THTensor *self, THGenerator *generator, THFloatTensor *p)
{
  THAnyTensor_bernoulliTensor(any(self), generator, any(p));
}
void THTensor_(bernoulli_DoubleTensor)(THTensor *self, THGenerator *generator, THDoubleTensor *p)
{
  THAnyTensor_bernoulliTensor(any(self), generator, any(p));
}
void THTensor_(randperm)(THTensor *r_, THGenerator *generator, int64_t n)
{
  THAnyTensor_randperm(any(r_), generator, n);
}

#if defined(TH_REAL_IS_SHORT) || defined(TH_REAL_IS_INT) || defined(TH_REAL_IS_LONG)
void THTensor_(neg)(THTensor *r_, THTensor *t) { THAnyTensor_neg(any(r_), any(t)); }
#endif

#ifndef TH_REAL_IS_FLOATING
void THTensor_(tpow)(THTensor *r_, real base, THTensor *t)
{
  int64_t size = 1;
  TH_AUTO(THAnyTensor) one = THAnyTensor_newWithSizeNd(TH_CODE, 1, &size, NULL);
  THAnyTensor_fill(one, THScalar_fromInt(base));
  THTensor_(resizeAs)(r_, t);
  if (t->nDimension) THAnyTensor_cpow(any(r_), one, any(t));
}
#endif

#ifdef TH_REAL_IS_FLOATING
void THTensor_(lgamma)(THTensor *r_, THTensor *t)
{
  THAnyTensor *in = any(t);
  THScalar none = THScalar_fromInt(0);
  THMath_map("lgamma", TH_MAP_lgamma, any(r_), none, none, 1, &in, 0x2);
}
void THTensor_(gesvd2)(THTensor *ru_, THTensor *rs_, THTensor *rv_, THTensor *ra_, THTensor *a,
                       const char *jobu)
{
  THAnyTensor_gesvd2(any(ru_), any(rs_), any(rv_), any(ra_), any(a), jobu);
}
void THTensor_(btrifact)(THTensor *ra_, THIntTensor *rpivots_, THIntTensor *rinfo_, int pivot,
                         THTensor *a)
{
  THAnyTensor_btrifact(any(ra_), any(rpivots_), any(rinfo_), pivot, any(a));
}
void THTensor_(btrisolve)(THTensor *rb_, THTensor *b, THTensor *atf, THIntTensor *pivots)
{
  THAnyTensor_btrisolve(any(rb_), any(b), any(atf), any(pivots));
}
void THTensor_(clearUpLoTriangle)(THTensor *a, const char *uplo)
{
  THAnyTensor_clearUpLoTriangle(any(a), uplo);
}
void THTensor_(copyUpLoTriangle)(THTensor *a, const char *uplo)
{
  THAnyTensor_copyUpLoTriangle(any(a), uplo);
}
void THTensor_(multinomialAliasDraw)(THLongTensor *self, THGenerator *generator, THLongTensor *J,
                                     THTensor *q)
{
  THAnyTensor_multinomialAliasDraw(any(self), generator, any(J), any(q));
}
#endif
