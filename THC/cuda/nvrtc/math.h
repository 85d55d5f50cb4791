#pragma once
#define NAN __int_as_float(0x7fffffff)
#define INFINITY __int_as_float(0x7f800000)
