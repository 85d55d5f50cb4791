// clang-format off
/* The pointwise operations of nn, in the words of TH/loops/map_list.h. In the derivatives x is what the forward pass
   kept, the input or the output, and y the gradient of the result; z, when there is one, a weight. NaN stays NaN, and
   lets the gradient pass. */
#ifndef MAP_MATH
#define MAP_MATH MAP_FLOAT
#define MAP_SPLIT_MATH MAP_SPLIT
#endif
#ifndef MAP_UNLESS
#define MAP_UNLESS(name, nin, condition, plain, expr) MAP_MATH(name, nin, (condition) ? (plain) : (expr))
#endif

MAP_FLOAT(threshold, 1, x <= s ? t : x)
MAP_FLOAT(threshold_grad, 2, x <= s ? 0 : y)
MAP_FLOAT(hardtanh, 1, x < s ? s : x > t ? t : x)
MAP_FLOAT(hardtanh_grad, 2, x <= s || x >= t ? 0 : y)
MAP_FLOAT(hardshrink, 1, x > s || x < -s || x != x ? x : 0)
MAP_FLOAT(softshrink, 1, x > s ? x - s : x < -s ? x + s : x != x ? x : 0)
MAP_FLOAT(shrink_grad, 2, x > s || x < -s || x != x ? y : 0)
MAP_FLOAT(leaky, 1, x > 0 ? x : x * s)
MAP_FLOAT(leaky_grad, 2, x > 0 ? y : y * s)
MAP_FLOAT(prelu, 2, x > 0 ? x : x * y)
MAP_FLOAT(prelu_grad, 3, x > 0 ? y : y * z)
MAP_FLOAT(prelu_weight, 2, x > 0 ? 0 : x * y)
MAP_UNLESS(elu, 1, !(x <= 0), x, R_expm1(x) * s)
MAP_UNLESS(elu_grad, 2, !(x <= 0), y, y * s * R_exp(x))
MAP_FLOAT(elu_grad_inplace, 2, x <= 0 ? y * (x + s) : y) /* x: the output */
MAP_UNLESS(softplus, 1, x * s > t, x, R_softplus(x * s) / s)
MAP_UNLESS(softplus_grad, 2, x * s > t, y, y * -R_expm1(-x * s))
MAP_MATH(logsigmoid, 1, -R_softplus(-x))
MAP_FLOAT(logsigmoid_grad, 2, y * (x < 1 ? x / (1 + x) : 1 / (1 + 1 / x))) /* x: exp(-input) */
MAP_MATH(expneg, 1, R_exp(-x))
MAP_FLOAT(sigmoid_grad, 2, y * (1 - x) * x)
MAP_MATH(silu, 1, x * R_sigmoid(x))
MAP_MATH(silu_grad, 2, y * R_sigmoid(x) * (1 + x * R_sigmoid(-x)))
MAP_MATH(gelu, 1, x * (real)0.5 * (1 + R_erf_near(x * (real)0.70710678118654752440)))
MAP_MATH(gelu_grad, 2, y * R_gelu_slope(x))
/* s: 2 sqrt(2 / pi); (1 + tanh(u)) / 2 is the sigmoid of 2 u */
MAP_MATH(gelu_tanh, 1, x * R_sigmoid(s * x * (1 + (real)0.044715 * x * x)))
MAP_MATH(gelu_tanh_grad, 2, y * R_sigmoid(s * x * (1 + (real)0.044715 * x * x)) * (1 + x * s * (1 + (real)0.134145 * x * x) * R_sigmoid(-s * x * (1 + (real)0.044715 * x * x))))
MAP_FLOAT(tanh_grad, 2, y * (1 - x * x))
MAP_FLOAT(sqrt_grad, 2, x == 0 ? 0 : y / (2 * x))
MAP_FLOAT(square_grad, 2, 2 * x * y)
MAP_FLOAT(abs_grad, 2, x >= 0 ? y : -y)
MAP_FLOAT(glu_grad, 3, (1 - x) * x * y * z)
MAP_FLOAT(mse_grad, 2, s * (x - y))
MAP_FLOAT(absloss_grad, 2, x - y >= 0 ? s : -s)
MAP_FLOAT(smoothl1_grad, 2, x - y < -1 ? -s : x - y > 1 ? s : s * (x - y))
MAP_FLOAT(bce_grad, 2, -s * (y - x) / ((1 - x + (real)1e-12) * (x + (real)1e-12)))
MAP_FLOAT(bce_grad_w, 3, -s * z * (y - x) / ((1 - x + (real)1e-12) * (x + (real)1e-12)))
MAP_FLOAT(margin_grad, 2, x * y < s ? -t * y : 0)
MAP_MATH(softmargin_grad, 2, -s * y / (1 + R_exp(x * y)))
MAP_FLOAT(kldiv_grad, 2, y > 0 ? -s * y : 0)

#undef MAP_ALL
#undef MAP_INT
#undef MAP_FLOAT
#undef MAP_SPLIT
#undef MAP_MATH
#undef MAP_SPLIT_MATH
#undef MAP_UNLESS
