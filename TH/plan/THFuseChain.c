/* Programs of pointwise operations: which steps go through registers together. A chain goes on as long as a step reads what the
   one before gave; a value leaves the registers only where somebody else reads it. */
#include "THFuseProgram.h"

static const THChainLoops *loops_of(const FuseStep *step)
{
  const THChainLoops *loops = THLoops_current()->chain;
  return step->type < TH_NTYPES && loops[step->type].strip ? &loops[step->type] : NULL;
}

static const THChainLine *line_of(const FuseStep *step)
{
  const THChainLoops *loops = loops_of(step);
  if (!loops || step->kernel.family != TH_KERNEL_MAP || step->kernel.table) return NULL;
  const THChainLine *line = &loops->line[step->kernel.op];
  return line->left && step->nin >= 1 && step->nin <= 2 ? line : NULL;
}

static bool reads(const FuseStep *step, int value)
{
  return step->in[0] == value || (step->nin == 2 && step->in[1] == value);
}

/* Whether step s may follow s - 1 in a chain. */
static bool goes_on(const THFuse *f, int s)
{
  const FuseStep *step = &f->step[s], *before = step - 1;
  return line_of(step) && step->type == before->type && reads(step, f->ninput + s - 1);
}

static void add_link(THFuse *f, THLinkFunction function, int step, int value)
{
  f->link = THFuse_grown(f->link, f->nlink, sizeof *f->link);
  f->link[f->nlink++] = (FuseLink){.function = function, .step = step, .value = value};
}

/* The line of step s, of which value `held` is in registers. */
static void add_line(THFuse *f, int s, int held)
{
  const FuseStep *step = &f->step[s];
  const THChainLine *line = line_of(step);
  const int x = step->in[0], y = step->in[1];
  if (step->nin == 1) add_link(f, line->left, s, TH_FUSE_NONE);
  else if (x == y) add_link(f, line->both, s, TH_FUSE_NONE);
  else if (x == held) add_link(f, line->left, s, y);
  else add_link(f, line->right, s, x);
}

/* Whether somebody outside the chain reads the value of step s: `end` is the first step behind it. */
static bool leaves(const THFuse *f, int s, int end)
{
  const FuseValue *v = &f->value[f->ninput + s];
  return s == end - 1 || v->operand >= 0 || v->last > s + 1;
}

static void add_chain(THFuse *f, FuseSegment *segment)
{
  const THChainLoops *loops = loops_of(&f->step[segment->first]);
  int held = f->step[segment->first].in[0];
  segment->link = f->nlink;
  add_link(f, loops->load, segment->first, held);
  for (int s = segment->first; s < segment->last; s++) {
    add_line(f, s, held);
    held = f->ninput + s;
    if (!leaves(f, s, segment->last)) continue;
    add_link(f, loops->store, s, held);
    f->link[f->nlink - 1].stores = true;
  }
  add_link(f, loops->end, segment->first, TH_FUSE_NONE);
  segment->links = f->nlink - segment->link;
}

/* The first step that is not in the chain of step s. Two steps are a chain only where they are all there is: among others, a
   chain of two takes longer than two loops as soon as its inputs come from memory. */
static int end_of_chain(const THFuse *f, int s)
{
  int end = s + 1;
  if (!line_of(&f->step[s])) return end;
  while (end < f->nstep && goes_on(f, end)) end++;
  return end - s > 2 || end - s == f->nstep ? end : s + 1;
}

void THFuse_cut(THFuse *f)
{
  for (int s = 0; s < f->nstep;) {
    FuseSegment segment = {.first = s, .last = end_of_chain(f, s)};
    if (segment.last > s + 1) add_chain(f, &segment);
    f->segment = THFuse_grown(f->segment, f->nsegment, sizeof segment);
    f->segment[f->nsegment++] = segment;
    s = segment.last;
  }
  f->past = f->nresult == 1 && f->nstore == 1 && f->store[0] == f->nvalue - 1 && f->nsegment && f->segment[f->nsegment - 1].links;
}
