// clang-format off
/* Comparisons, into Byte or into the element type: COMPARE(name, inputs, expression). */
#ifndef COMPARE
#error "define COMPARE first"
#endif
COMPARE(ltValue, 1, x < s)
COMPARE(leValue, 1, x <= s)
COMPARE(gtValue, 1, x > s)
COMPARE(geValue, 1, x >= s)
COMPARE(eqValue, 1, x == s)
COMPARE(neValue, 1, x != s)
COMPARE(ltTensor, 2, x < y)
COMPARE(leTensor, 2, x <= y)
COMPARE(gtTensor, 2, x > y)
COMPARE(geTensor, 2, x >= y)
COMPARE(eqTensor, 2, x == y)
COMPARE(neTensor, 2, x != y)
#undef COMPARE
