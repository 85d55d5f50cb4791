#ifndef TH_CORES_H
#define TH_CORES_H
/* Processors that this process may keep busy: those of its affinity mask, but no more than its
   control group's quota of processor time pays for (rounded up). At least 1. */
int TH_countCores(void);
#endif
