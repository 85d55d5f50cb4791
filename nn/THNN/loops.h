#ifndef THNN_LOOPS_H
#define THNN_LOOPS_H
/* nn's own pointwise operations (nn_map_list.h): NN_LINE(threshold_grad), beside TH_MAP_LINE(exp). */
#define TH_LOOP_NAME nn
#define TH_LOOP_LIST "nn_map_list.h"
#include "loops/package.h"

#define NN_LINE(name) nn_line(nn_map_##name)

#endif
