void THVector_(fill)(real *x, const real c, const ptrdiff_t n)
{
  run(TH_MAP_fill, TH_CODE, &c, x, NULL, NULL, n);
}
void THVector_(cadd)(real *z, const real *x, const real *y, const real c, const ptrdiff_t n)
{
  run(TH_MAP_cadd, TH_CODE, &c, z, x, y, n);
}
void THVector_(adds)(real *y, const real *x, const real c, const ptrdiff_t n)
{
  run(TH_MAP_add, TH_CODE, &c, y, x, NULL, n);
}
void THVector_(cmul)(real *z, const real *x, const real *y, const ptrdiff_t n)
{
  run(TH_MAP_cmul, TH_CODE, NULL, z, x, y, n);
}
void THVector_(muls)(real *y, const real *x, const real c, const ptrdiff_t n)
{
  run(TH_MAP_mul, TH_CODE, &c, y, x, NULL, n);
}
void THVector_(cdiv)(real *z, const real *x, const real *y, const ptrdiff_t n)
{
  run(TH_MAP_cdiv, TH_CODE, NULL, z, x, y, n);
}
void THVector_(divs)(real *y, const real *x, const real c, const ptrdiff_t n)
{
  run(TH_MAP_div, TH_CODE, &c, y, x, NULL, n);
}
void THVector_(copy)(real *y, const real *x, const ptrdiff_t n)
{
  if (n > 0) memmove(y, x, (size_t)n * sizeof *x);
}
void THVector_(vectorDispatchInit)(void) {}

/* The other names. */
#define SAME_(name, other)                                                                         \
  extern __typeof__(THVector_(name)) THVector_(other)                                              \
    __attribute__((alias(TH_CONCAT_STRING_4(TH, Real, Vector_, name))));
#define SAME(name) SAME_(name, name##_DEFAULT) SAME_(name, name##_AVX) SAME_(name, name##_AVX2)
SAME(fill)
SAME(cadd)
SAME(adds)
SAME(cmul)
SAME(muls)
SAME(cdiv)
SAME(divs)
SAME(copy)
#undef SAME
#undef SAME_
