// clang-format off
/* The pointwise operators of ONNX that TH has no line for, in the words of TH/loops/map_list.h. NaN stays NaN. */
#ifndef MAP_MATH
#define MAP_MATH MAP_FLOAT
#define MAP_SPLIT_MATH MAP_SPLIT
#endif

/* two inputs */
/* the sign is y's, also that of 0 */
MAP_FLOAT(mod, 2, R_fmod(x, y) == 0 ? (y < 0 ? -(real)0 : 0) : (R_fmod(x, y) < 0) != (y < 0) ? R_fmod(x, y) + y : R_fmod(x, y))
MAP_FLOAT(prelu, 2, x < 0 ? x * y : x)

/* one input */
MAP_INT(bitnot, 1, ~x)
MAP_FLOAT(clip, 1, (x < s ? s : x) > t ? t : x < s ? s : x)
MAP_MATH(asinh, 1, x < 0 ? -R_log(-x + R_sqrt(x * x + 1)) : R_log(x + R_sqrt(x * x + 1)))
MAP_MATH(acosh, 1, R_log(x + R_sqrt(x * x - 1)))
MAP_MATH(atanh, 1, (real)0.5 * (R_log1p(x) - R_log1p(-x)))
MAP_FLOAT(leaky, 1, x < 0 ? x * s : x)
MAP_MATH(elu, 1, x < 0 ? R_expm1(x) * s : x)
MAP_MATH(selu, 1, x > 0 ? x * t : t * s * R_expm1(x))
MAP_MATH(celu, 1, x > 0 ? x : s * R_expm1(x / s))
MAP_MATH(softplus, 1, R_softplus(x))
MAP_FLOAT(softsign, 1, x / (1 + R_fabs(x)))
MAP_FLOAT(hardsigmoid, 1, s * x + t < 0 ? 0 : s * x + t > 1 ? 1 : s * x + t)
MAP_FLOAT(hardswish, 1, x * (x < -3 ? 0 : x > 3 ? 1 : x / 6 + (real)0.5))
MAP_FLOAT(thresholded, 1, x > s ? x : 0)
MAP_FLOAT(shrink, 1, x < -t ? x + s : x > t ? x - s : 0)
MAP_MATH(mish, 1, x * R_tanh(R_softplus(x)))
MAP_MATH(swish, 1, x * R_sigmoid(s * x))
MAP_MATH(gelu, 1, x * (real)0.5 * (1 + R_erf_near(x * (real)0.70710678118654752440)))
MAP_MATH(gelu_tanh, 1, x * R_sigmoid((real)1.5957691216057307 * x * (1 + (real)0.044715 * x * x)))

#undef MAP_ALL
#undef MAP_INT
#undef MAP_FLOAT
#undef MAP_SPLIT
#undef MAP_MATH
#undef MAP_SPLIT_MATH
