/* Includes TH_LOOP_FILE once per arithmetic type, with
     real, accreal (ACC), CODE, R        its C type, accumulator, enum suffix, token of THMath.h
     R_MAX, R_MIN                        its bounds: the infinities of floating-point types
     TH_INTEGER or TH_FLOATING           which kind it is
     TH_IS_DOUBLE                        for Double
     T_(name)                            a static name of that type
   No include guard: it is the loop over types. */
#define T_(name) TH_CONCAT_4(loop_, name, _, R)
#define ACC accreal
#define real TH_ROW_REAL(TH_LOOP_ROW)
#define accreal TH_ROW_ACCREAL(TH_LOOP_ROW)
#define CODE TH_ROW_CODE(TH_LOOP_ROW)
#define R TH_ROW_TOKEN(TH_LOOP_ROW)

#define TH_INTEGER
#define R_MAX TH_ROW_LARGEST(TH_LOOP_ROW)
#define R_MIN ((real)-1 < 0 ? -R_MAX - 1 : 0)
#define TH_LOOP_ROW TH_TYPE_Byte
#include TH_LOOP_FILE
#undef TH_LOOP_ROW
#define TH_LOOP_ROW TH_TYPE_Char
#include TH_LOOP_FILE
#undef TH_LOOP_ROW
#define TH_LOOP_ROW TH_TYPE_Short
#include TH_LOOP_FILE
#undef TH_LOOP_ROW
#define TH_LOOP_ROW TH_TYPE_Int
#include TH_LOOP_FILE
#undef TH_LOOP_ROW
#define TH_LOOP_ROW TH_TYPE_Long
#include TH_LOOP_FILE
#undef TH_LOOP_ROW
#undef TH_INTEGER
#undef R_MAX
#undef R_MIN

#define TH_FLOATING
#define R_MAX INFINITY
#define R_MIN (-INFINITY)
#define TH_LOOP_ROW TH_TYPE_Float
#include TH_LOOP_FILE
#undef TH_LOOP_ROW
#define TH_LOOP_ROW TH_TYPE_Double
#define TH_IS_DOUBLE
#include TH_LOOP_FILE
#undef TH_IS_DOUBLE
#undef TH_LOOP_ROW
#undef TH_FLOATING
#undef R_MAX
#undef R_MIN

#undef real
#undef accreal
#undef CODE
#undef R
#undef ACC
#undef T_
