/* A function by its name and, for code that names a processor's own, by these: the loops that this processor has. */
#define TH_VECTOR_(name, ...)                                                                      \
  TH_API void THVector_(name)(__VA_ARGS__);                                                        \
  TH_API void THVector_(name##_DEFAULT)(__VA_ARGS__);                                              \
  TH_API void THVector_(name##_AVX)(__VA_ARGS__);                                                  \
  TH_API void THVector_(name##_AVX2)(__VA_ARGS__);
TH_VECTOR_(fill, real *x, const real c, const ptrdiff_t n)
/* z = x + c*y */
TH_VECTOR_(cadd, real *z, const real *x, const real *y, const real c, const ptrdiff_t n)
TH_VECTOR_(adds, real *y, const real *x, const real c, const ptrdiff_t n)
TH_VECTOR_(cmul, real *z, const real *x, const real *y, const ptrdiff_t n)
TH_VECTOR_(muls, real *y, const real *x, const real c, const ptrdiff_t n)
/* Integer divisors are not 0. */
TH_VECTOR_(cdiv, real *z, const real *x, const real *y, const ptrdiff_t n)
TH_VECTOR_(divs, real *y, const real *x, const real c, const ptrdiff_t n)
TH_VECTOR_(copy, real *y, const real *x, const ptrdiff_t n)
#undef TH_VECTOR_
/* Nothing to do: loops are chosen when the library is loaded. */
TH_API void THVector_(vectorDispatchInit)(void);
