/* Kernels of which a thread, or on the CPU a turn of a loop, computes one element (or the few that belong together): what
   the GPU runs beside the CPU's loops. ELEMENT(name, Arguments): T_(name)(const Arguments *a, int64_t i, void *const *at) of
   the header named here, where `at` are the arrays. SUM(name, Arguments): T_(name)(a, segment, i, at) is the i-th term of a
   segment's sum. They are compiled by nvcc and, where the CPU's loop is made of them, by the C compiler, so they are C that
   C++ takes, too. */
#ifndef ELEMENT
#define ELEMENT(name, Arguments)
#endif
#ifndef SUM
#define SUM(name, Arguments)
#endif
/* recurrent.h */
ELEMENT(lstm, THNN_Cell)
ELEMENT(lstm_grad, THNN_Cell)
ELEMENT(gru, THNN_Cell)
ELEMENT(gru_grad, THNN_Cell)
/* sequence.h */
ELEMENT(lstm_step, THNN_Step)
ELEMENT(lstm_step_grad, THNN_Step)
ELEMENT(gru_step_reset, THNN_Step)
ELEMENT(gru_step, THNN_Step)
ELEMENT(gru_step_grad, THNN_Step)
ELEMENT(gru_step_reset_grad, THNN_Step)
/* resample.h */
ELEMENT(resample, THNN_Resample)
ELEMENT(resample_grad, THNN_Resample)
ELEMENT(scale_shift, THNN_Channels)
/* windows.h */
ELEMENT(window_max, THNN_Windows)
ELEMENT(window_max_grad, THNN_Windows)
ELEMENT(unpool_position, THNN_Window)
ELEMENT(feature_norm, THNN_FeatureNorm)
ELEMENT(feature_norm_grad, THNN_FeatureNorm)
ELEMENT(temporal_max, THNN_Frames)
ELEMENT(temporal_max_grad, THNN_Frames)
/* gridsample.h */
ELEMENT(grid_sample, THNN_Grid)
ELEMENT(grid_place_grad, THNN_Grid)
ELEMENT(grid_corner, THNN_Grid)
ELEMENT(grid_share, THNN_Grid)
/* margins.h */
ELEMENT(multimargin, THNN_Margin)
ELEMENT(multimargin_grad, THNN_Margin)
ELEMENT(multilabel, THNN_Margin)
ELEMENT(multilabel_grad, THNN_Margin)
/* mapconv.h */
ELEMENT(map_correlate, THNN_Map)
ELEMENT(map_spread, THNN_Map)
SUM(map_kernel, THNN_Map)
ELEMENT(local_forward, THNN_Local)
ELEMENT(local_backward, THNN_Local)
ELEMENT(local_grad, THNN_Local)
/* rows.h */
ELEMENT(lookup_key, THNN_Lookup)
ELEMENT(lookup_grad, THNN_Lookup)
ELEMENT(lookup_renorm, THNN_Lookup)
ELEMENT(sparse_coordinates, THNN_Sparse)
ELEMENT(sparse_key, THNN_Sparse)
ELEMENT(sparse_sum, THNN_Sparse)
ELEMENT(sparse_zero, THNN_Sparse)
ELEMENT(sparse_update, THNN_Sparse)
/* indexlinear.h */
ELEMENT(index_normalize, THNN_Features)
ELEMENT(index_add, THNN_Features)
ELEMENT(index_grad, THNN_Features)
ELEMENT(index_bias, THNN_Features)
ELEMENT(index_update, THNN_Features)
/* unfold.h */
ELEMENT(unfold_image, THNN_Window)
ELEMENT(fold_image, THNN_Window)
#undef ELEMENT
#undef SUM
