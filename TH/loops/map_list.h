// clang-format off
/* Pointwise operations: the one place where each is written down, for every element type and, with
   the same text, for every device.

     MAP_ALL(name, inputs, expression)      all arithmetic types
     MAP_INT, MAP_FLOAT                     integer types, Float and Double
     MAP_SPLIT(name, inputs, int, float)    one expression each
     MAP_MATH, MAP_SPLIT_MATH               MAP_FLOAT and MAP_SPLIT whose Float and Double expression
                                            calls a function of the C library that has a vector form
     MAP_UNLESS(name, inputs, condition, plain, expression)
                                            MAP_MATH of condition ? plain : expression; stretches of elements that
                                            are all plain do without the function
     MAP_POW(name, base, exponent)          MAP_MATH of one input, by way of cpow
     MAP_SHORT(name, inputs, limit, short, expression)
                                            MAP_MATH of expression; short is what Float takes for stretches in which |x| is
                                            below the limit throughout, of the same value
     MAP_SIXTEEN(name, inputs, function, expression)
                                            MAP_MATH of expression; where vectors are of 512 bits, function(vector) of Float

   x, y, z are the inputs, s and t the scalars, already of the element type `real`. R_name(...) is a
   function of loops/THMath.h for that type. */
#ifndef MAP_SPLIT
#error "define MAP_ALL, MAP_INT, MAP_FLOAT, MAP_SPLIT first"
#endif
#ifndef MAP_MATH
#define MAP_MATH MAP_FLOAT
#define MAP_SPLIT_MATH MAP_SPLIT
#endif
#ifndef MAP_POW
#define MAP_POW(name, base, exponent) MAP_MATH(name, 1, R_pow(base, exponent))
#endif
#ifndef MAP_SHORT
#define MAP_SHORT(name, nin, limit, short_expr, expr) MAP_MATH(name, nin, expr)
#endif
#ifndef MAP_SIXTEEN
#define MAP_SIXTEEN(name, nin, function, expr) MAP_MATH(name, nin, expr)
#endif

MAP_ALL(fill, 0, s)

/* with scalars */
MAP_ALL(add, 1, x + s)
MAP_ALL(sub, 1, x - s)
MAP_ALL(mul, 1, x * s)
MAP_SPLIT(div, 1, R_idiv(x, s), x / s)
MAP_SPLIT(fmod, 1, R_imod(x, s), R_fmod(x, s))
MAP_SPLIT(remainder, 1, R_iremainder(x, s), R_remainder(x, s))
MAP_SPLIT(lshift, 1, R_lshift(x, s), x * R_exp2(s))
MAP_SPLIT(rshift, 1, R_rshift(x, s), x * R_exp2(-s))
MAP_INT(bitand, 1, x & s)
MAP_INT(bitor, 1, x | s)
MAP_INT(bitxor, 1, x ^ s)
/* NaN wins, be it the element or the bound; asked of the element alone, for of a bound it would be worked out in every row */
MAP_ALL(clamp, 1, x != x ? x : !(x >= s) ? s : !(x <= t) ? t : x)
MAP_ALL(cmaxValue, 1, x >= s || x != x ? x : s)
MAP_ALL(cminValue, 1, x <= s || x != x ? x : s)

/* two and three tensors */
MAP_ALL(cadd, 2, x + s * y)
MAP_ALL(csub, 2, x - s * y)
MAP_ALL(cmul, 2, x * y)
MAP_SPLIT(cdiv, 2, R_idiv(x, y), x / y)
MAP_SPLIT_MATH(cpow, 2, R_ipow(x, y), R_pow(x, y))
MAP_SPLIT(cfmod, 2, R_imod(x, y), R_fmod(x, y))
MAP_SPLIT(cremainder, 2, R_iremainder(x, y), R_remainder(x, y))
MAP_SPLIT_MATH(clshift, 2, R_lshift(x, y), x * R_exp2(y))
MAP_SPLIT_MATH(crshift, 2, R_rshift(x, y), x * R_exp2(-y))
MAP_INT(cbitand, 2, x & y)
MAP_INT(cbitor, 2, x | y)
MAP_INT(cbitxor, 2, x ^ y)
MAP_ALL(cmax, 2, x > y || x != x ? x : y)
MAP_ALL(cmin, 2, x < y || x != x ? x : y)
MAP_ALL(addcmul, 3, x + s * y * z)
MAP_SPLIT(addcdiv, 3, x + R_idiv(s * y, z), x + s * y / z)
MAP_ALL(absdiff, 2, x > y ? x - y : y - x)
MAP_FLOAT(lerp, 2, s < (real)0.5 ? x + s * (y - x) : y - (1 - s) * (y - x)) /* exact at both ends */
MAP_MATH(atan2, 2, R_atan2(x, y))

/* one tensor */
MAP_ALL(neg, 1, -x)
MAP_ALL(sign, 1, (x > 0) - (x < 0))
MAP_SPLIT(abs, 1, x < 0 ? -x : x, R_fabs(x))
MAP_FLOAT(cinv, 1, 1 / x)
MAP_FLOAT(sqrt, 1, R_sqrt(x))
MAP_FLOAT(rsqrt, 1, 1 / R_sqrt(x))
MAP_ALL(square, 1, x * x)
MAP_ALL(cube, 1, x * x * x)
/* x^.5 and x^-.5; adding 0 makes -0 the zero that pow takes it for */
MAP_FLOAT(powhalf, 1, x == -INFINITY ? INFINITY : R_sqrt(x + 0))
MAP_FLOAT(powminushalf, 1, x == -INFINITY ? 0 : 1 / R_sqrt(x + 0))
MAP_POW(pow, x, s)
MAP_POW(tpow, s, x)
MAP_POW(abspow, R_fabs(x), s) /* norms */
MAP_SHORT(exp, 1, 87, exp_short(x), R_exp(x))
MAP_SIXTEEN(log, 1, log_sixteen, R_log(x))
MAP_MATH(log1p, 1, R_log1p(x))
MAP_MATH(sigmoid, 1, R_sigmoid(x))
MAP_MATH(tanh, 1, R_tanh(x))
MAP_MATH(erf, 1, R_erf(x))
MAP_MATH(sin, 1, R_sin(x))
MAP_MATH(cos, 1, R_cos(x))
MAP_MATH(tan, 1, R_tan(x))
MAP_MATH(asin, 1, R_asin(x))
MAP_MATH(acos, 1, R_acos(x))
MAP_MATH(atan, 1, R_atan(x))
MAP_MATH(sinh, 1, R_sinh(x))
MAP_MATH(cosh, 1, R_cosh(x))
MAP_FLOAT(lgamma, 1, R_lgamma(x))
MAP_FLOAT(floor, 1, R_floor(x))
MAP_FLOAT(ceil, 1, R_ceil(x))
MAP_FLOAT(round, 1, R_round(x))
MAP_FLOAT(trunc, 1, R_trunc(x))
MAP_FLOAT(frac, 1, x - R_trunc(x))

#undef MAP_ALL
#undef MAP_INT
#undef MAP_FLOAT
#undef MAP_SPLIT
#undef MAP_MATH
#undef MAP_SPLIT_MATH
#undef MAP_SHORT
#undef MAP_SIXTEEN
#undef MAP_POW
