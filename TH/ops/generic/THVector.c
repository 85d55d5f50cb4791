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
