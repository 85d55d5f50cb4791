// clang-format off
/* Lines of map_list.h that whole vectors go through in registers, one after the other (chain.c): the same arithmetic for
   vectors V, with SELECT for ?:, and | for ||. test/lua/test_fuse.lua holds the results to be the same.

     CHAIN(name, inputs, expression)   of x, y and the numbers s, t; Float and Double
     CHAIN_EACH(name, expression)      of one element x, which the compiler makes vectors of; Float: functions of Double are the C
                                       library's, which are not worth it */
CHAIN(add, 1, x + s)
CHAIN(sub, 1, x - s)
CHAIN(mul, 1, x * s)
CHAIN(div, 1, x / s)
CHAIN(clamp, 1, SELECT((x < s) | (s != s), s, SELECT((x > t) | (t != t), t, x)))
CHAIN(cmaxValue, 1, SELECT((x < s) | (s != s), s, x))
CHAIN(cminValue, 1, SELECT((x > s) | (s != s), s, x))
CHAIN(cadd, 2, x + s * y)
CHAIN(csub, 2, x - s * y)
CHAIN(cmul, 2, x * y)
CHAIN(cdiv, 2, x / y)
CHAIN(cmax, 2, SELECT((x > y) | (x != x), x, y))
CHAIN(cmin, 2, SELECT((x < y) | (x != x), x, y))
CHAIN(absdiff, 2, SELECT(x > y, x - y, y - x))
CHAIN(neg, 1, -x)
CHAIN(abs, 1, MAGNITUDE(x))
CHAIN(cinv, 1, 1 / x)
CHAIN(square, 1, x * x)
CHAIN(cube, 1, x * x * x)
CHAIN_EACH(exp, exp_th_f32(x))
CHAIN_EACH(tanh, tanh_th_f32(x))
CHAIN_EACH(sigmoid, sigmoid_th_f32(x))
#undef CHAIN
#undef CHAIN_EACH
