#ifndef TH_CK_H
#define TH_CK_H
/* Check, with assertions that cost nothing while they hold: Check's own write the place of each one to a file, and the
   suites have millions. What a test says when it fails is the same. */
#include <check.h>

#undef ck_assert
#undef ck_assert_msg
#define ck_assert(expr) ck_assert_msg(expr, "Assertion '%s' failed", #expr)
#define ck_assert_msg(expr, ...) ((expr) ? (void)0 : ck_abort_msg(__VA_ARGS__))

#endif
