#ifndef TH_RANDOM_FILL_H
#define TH_RANDOM_FILL_H
/* Internal: draws by the block. Each function yields the numbers that as many calls of its scalar
   sister in THRandom.h would (transcendental ones up to the last bits), and leaves the generator in
   the same state. n is at most TH_RANDOM_BLOCK, for which `out` has room. */
#include "THRandom.h"

enum { TH_RANDOM_BLOCK = 512 };

/* From a to b as u goes from 0 to 1, also where b - a overflows. */
static inline double THRandom_between(double a, double b, double u)
{
  double width = b - a;
  return width - width == 0 ? u * width + a : a * (1 - u) + b * u;
}

void THRandom_twist(unsigned long *state); /* the next 624 words */
void THRandom_words(THGenerator *gen, uint32_t *out, int64_t n);
/* limit: the number next to b, on a's side, that is to be the last one */
void THRandom_uniformBlock(THGenerator *gen, double *out, int64_t n, double a, double b,
                           double limit);
void THRandom_normalBlock(THGenerator *gen, double *out, int64_t n, double mean, double stdv);
void THRandom_logNormalBlock(THGenerator *gen, double *out, int64_t n, double mean, double stdv);
void THRandom_exponentialBlock(THGenerator *gen, double *out, int64_t n, double lambda);
void THRandom_cauchyBlock(THGenerator *gen, double *out, int64_t n, double median, double sigma);
/* one word modulo range, which is at most 2^32 */
void THRandom_wordBlock(THGenerator *gen, int64_t *out, int64_t n, uint64_t range);
/* THRandom_below, plus first */
void THRandom_rangeBlock(THGenerator *gen, int64_t *out, int64_t n, uint64_t range, int64_t first);
/* what is above most becomes most */
void THRandom_geometricBlock(THGenerator *gen, int64_t *out, int64_t n, double p, int64_t most);
void THRandom_bernoulliBlock(THGenerator *gen, int64_t *out, int64_t n, const double *p);

#endif
