#include "convgeometry.h"

void ConvGeometry_finish(ConvGeometry *g)
{
  g->inSize = g->outSize = 1;
  g->K = g->planes;
  for (int i = 0; i < 3; i++) {
    g->out[i] = ConvGeometry_output(g->in[i], g->k[i], g->d[i], g->pad[i], g->dil[i]);
    g->inSize *= g->in[i];
    g->outSize *= g->out[i];
    g->K *= g->k[i];
  }
}
