#ifndef TH_RANDOM_FILL_H
#define TH_RANDOM_FILL_H
/* Internal: draws by the block. Each function yields the numbers that as many calls of its scalar
   sister in THRandom.h would (transcendental ones up to the last bits), and leaves the generator in
   the same state. n is at most TH_RANDOM_BLOCK, for which `out` has room. */
#include "THRandom.h"

enum { TH_RANDOM_BLOCK = 512 };

void THRandom_twist(unsigned long *state); /* the next 624 words */
void THRandom_words(THGenerator *gen, uint32_t *out, int64_t n);
void THRandom_uniformBlock(THGenerator *gen, double *out, int64_t n, double a, double b);
void THRandom_normalBlock(THGenerator *gen, double *out, int64_t n, double mean, double stdv);
void THRandom_logNormalBlock(THGenerator *gen, double *out, int64_t n, double mean, double stdv);
void THRandom_exponentialBlock(THGenerator *gen, double *out, int64_t n, double lambda);
void THRandom_cauchyBlock(THGenerator *gen, double *out, int64_t n, double median, double sigma);
/* range: 0 for 2^64; results are draw % range + first */
void THRandom_rangeBlock(THGenerator *gen, int64_t *out, int64_t n, uint64_t range, int64_t first);
void THRandom_geometricBlock(THGenerator *gen, int64_t *out, int64_t n, double p);
void THRandom_bernoulliBlock(THGenerator *gen, int64_t *out, int64_t n, const double *p);

#endif
