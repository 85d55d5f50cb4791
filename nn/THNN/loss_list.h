// clang-format off
/* Losses of one element, the same text on every device:
     LOSS(name, expression)            of x, the target y and the margin m
     LOSS_WEIGHTED(name, expression)   and of the weight w
   of the element type `real`; F(name) is the function of math.h for it. */
#ifndef LOSS
#error "define LOSS first"
#endif
#ifndef LOSS_WEIGHTED
#define LOSS_WEIGHTED LOSS
#endif

LOSS(mse, ((double)x - y) * ((double)x - y))
LOSS(absolute, F(fabs)(x - y))
LOSS(smoothl1, F(fabs)(x - y) < 1 ? (real)0.5 * (x - y) * (x - y) : F(fabs)(x - y) - (real)0.5)
LOSS(bce, -(F(log)(x + (real)1e-12) * y + F(log)(1 - x + (real)1e-12) * (1 - y)))
LOSS_WEIGHTED(bce_weighted, -w * (F(log)(x + (real)1e-12) * y + F(log)(1 - x + (real)1e-12) * (1 - y)))
LOSS(outside01, !(x >= 0 && x <= 1))
LOSS(margin, m - x * y > 0 ? m - x * y : 0)
LOSS(softmargin, (x * y < 0 ? -x * y : 0) + F(log1p)(F(exp)(-F(fabs)(x * y))))
LOSS(kldiv, y > 0 ? y * (F(log)(y) - x) : 0)
LOSS(l1, F(fabs)(x))

#undef LOSS
#undef LOSS_WEIGHTED
