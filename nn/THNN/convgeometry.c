#include "convgeometry.h"

void ConvGeometry_finish(ConvGeometry *g)
{
  g->inSize = g->outSize = 1;
  g->K = g->planes;
  for (int i = 0; i < 3; i++) {
    g->out[i] = ConvGeometry_output(g->in[i], g->k[i], g->d[i], g->pad[i], g->dil[i]);
    /* too many for any tensor: the result's resize will say so */
    if (!TH_mulSize(g->inSize, g->in[i], &g->inSize)) g->inSize = INT64_MAX;
    if (!TH_mulSize(g->outSize, g->out[i], &g->outSize)) g->outSize = INT64_MAX;
    g->K *= g->k[i];
  }
}
