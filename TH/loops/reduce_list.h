// clang-format off
/* Reductions: REDUCE_ALL or REDUCE_FLOAT(name, accumulator, start, map, combine, final).

   Every element x becomes `map`; accumulators a and b are joined by `combine`; the result is
   `final` of a, of n, the number of elements, and of the scalar s. The accumulator type is ACC
   (accreal) or real. Order of combination: fixed by shape alone, never by threads.
   REDUCE_INDEX is REDUCE_ALL for what is asked of positions alone, Longs.
   REDUCE_MATH(name, line, ...) is REDUCE_FLOAT with a map that calls the C library, and is that line of
   map_list.h. */
#ifndef REDUCE_ALL
#error "define REDUCE_ALL and REDUCE_FLOAT first"
#endif
#ifndef REDUCE_INDEX
#define REDUCE_INDEX REDUCE_ALL
#endif
#ifndef REDUCE_MATH
#define REDUCE_MATH(name, line, ...) REDUCE_FLOAT(name, __VA_ARGS__)
#endif
REDUCE_ALL(sum, ACC, 0, x, a + b, a)
REDUCE_ALL(prod, ACC, 1, x, a * b, a)
REDUCE_ALL(min, real, R_MAX, x, (b < a || b != b) ? b : a, a)
REDUCE_ALL(max, real, R_MIN, x, (b > a || b != b) ? b : a, a)
REDUCE_ALL(logicalall, real, 1, x != 0, a && b, a)
REDUCE_ALL(logicalany, real, 0, x != 0, a || b, a)
REDUCE_INDEX(outside, real, 0, x < TH_INDEX_BASE || x > s, b > a ? b : a, a)
REDUCE_FLOAT(mean, ACC, 0, x, a + b, a / n)
REDUCE_FLOAT(sqdev, ACC, 0, ((ACC)x - s) * ((ACC)x - s), a + b, a)
REDUCE_FLOAT(norm0, ACC, 0, x != 0, a + b, a)
REDUCE_FLOAT(norm1, ACC, 0, R_fabs(x), a + b, a)
REDUCE_FLOAT(norm2, ACC, 0, (ACC)x * x, a + b, sqrt(a))
REDUCE_MATH(normp, abspow, ACC, 0, R_pow(R_fabs(x), s), a + b, pow(a, 1.0 / s))
REDUCE_FLOAT(normmax, real, 0, R_fabs(x), (b > a || b != b) ? b : a, a)
REDUCE_FLOAT(normmin, real, INFINITY, R_fabs(x), (b < a || b != b) ? b : a, a)
#undef REDUCE_ALL
#undef REDUCE_FLOAT
#undef REDUCE_INDEX
#undef REDUCE_MATH
