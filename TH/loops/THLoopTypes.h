/* Includes TH_LOOP_FILE once per arithmetic type, with
     real, accreal (ACC), CODE, R        its C type, accumulator, enum suffix, token of THMath.h
     TH_INTEGER or TH_FLOATING           which kind it is
     T_(name)                            a static name of that type
   No include guard: it is the loop over types. */
#define T_(name) TH_CONCAT_4(loop_, name, _, R)
#define ACC accreal

#define TH_INTEGER
#define accreal int64_t
#define real unsigned char
#define CODE BYTE
#define R th_u8
#define R_MAX UCHAR_MAX
#define R_MIN 0
#include TH_LOOP_FILE
#undef real
#undef CODE
#undef R
#undef R_MAX
#undef R_MIN
#define real signed char
#define CODE CHAR
#define R th_s8
#define R_MAX SCHAR_MAX
#define R_MIN SCHAR_MIN
#include TH_LOOP_FILE
#undef real
#undef CODE
#undef R
#undef R_MAX
#undef R_MIN
#define real short
#define CODE SHORT
#define R th_s16
#define R_MAX SHRT_MAX
#define R_MIN SHRT_MIN
#include TH_LOOP_FILE
#undef real
#undef CODE
#undef R
#undef R_MAX
#undef R_MIN
#define real int
#define CODE INT
#define R th_s32
#define R_MAX INT_MAX
#define R_MIN INT_MIN
#include TH_LOOP_FILE
#undef real
#undef CODE
#undef R
#undef R_MAX
#undef R_MIN
#define real int64_t
#define CODE LONG
#define R th_s64
#define R_MAX INT64_MAX
#define R_MIN INT64_MIN
#include TH_LOOP_FILE
#undef real
#undef CODE
#undef R
#undef R_MAX
#undef R_MIN
#undef accreal
#undef TH_INTEGER

#define TH_FLOATING
#define accreal double
#define R_MAX INFINITY
#define R_MIN (-INFINITY)
#define real float
#define CODE FLOAT
#define R th_f32
#include TH_LOOP_FILE
#undef real
#undef CODE
#undef R
#define real double
#define CODE DOUBLE
#define R th_f64
#include TH_LOOP_FILE
#undef real
#undef CODE
#undef R
#undef R_MAX
#undef R_MIN
#undef accreal
#undef TH_FLOATING

#undef ACC
#undef T_
