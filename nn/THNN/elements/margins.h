/* Multi-class margins, a row of scores each; x, the targets from 1, and what follows. A class out of range makes the loss
   NaN and has no gradient (the CPU raises before). */

/* x, targets, weights or NULL; losses, as doubles */
ELEMENT_FN void T_(multimargin)(const THNN_Margin *m, int64_t i, void *const *at)
{
  const element *x = (const element *)at[0] + i * m->classes, *w = (const element *)at[2];
  int64_t t = ((const int64_t *)at[1])[i] - TH_INDEX_BASE;
  double sum = 0;
  bool there = t >= 0 && t < m->classes;
  for (int64_t d = 0; d < m->classes && there; d++) {
    double z = m->margin - (double)LOAD(x + t) + (double)LOAD(x + d);
    if (d != t && z > 0) sum += (m->p == 1 ? z : z * z) * (w ? (double)LOAD(w + t) : 1);
  }
  ((double *)at[3])[i] = there ? sum / (double)m->classes : (double)NAN;
}

/* x, targets, weights or NULL; gradient of x */
ELEMENT_FN void T_(multimargin_grad)(const THNN_Margin *m, int64_t i, void *const *at)
{
  const element *x = (const element *)at[0] + i * m->classes, *w = (const element *)at[2];
  element *g = (element *)at[3] + i * m->classes;
  int64_t t = ((const int64_t *)at[1])[i] - TH_INDEX_BASE;
  bool there = t >= 0 && t < m->classes;
  double own = 0, scale = m->scale * (there && w ? (double)LOAD(w + t) : 1);
  for (int64_t d = 0; d < m->classes; d++) {
    double z = there ? m->margin - (double)LOAD(x + t) + (double)LOAD(x + d) : 0, h = 0;
    if (d == t) continue;
    if (z > 0) h = m->p == 1 ? scale : 2 * scale * z;
    own -= h;
    STORE(g + d, h);
  }
  if (there) STORE(g + t, own);
}

/* The k-th class of a list, from 0; -1: the list has ended, or the class is out of range. */
ELEMENT_FN int64_t T_(listed)(const THNN_Margin *m, const int64_t *target, int64_t k)
{
  return k < m->classes && target[k] > 0 && target[k] <= m->classes ? target[k] - TH_INDEX_BASE : -1;
}

/* x, targets: a list of classes, ended by 0; marks, 0 yet, that get 1 at each of them; losses, as doubles */
ELEMENT_FN void T_(multilabel)(const THNN_Margin *m, int64_t i, void *const *at)
{
  const element *x = (const element *)at[0] + i * m->classes;
  const int64_t *target = (const int64_t *)at[1] + i * m->classes;
  element *mark = (element *)at[2] + i * m->classes;
  double sum = 0;
  for (int64_t k = 0; k < m->classes; k++)
    if (target[k] < 0 || target[k] > m->classes) sum = (double)NAN;
  for (int64_t k = 0, t; (t = T_(listed)(m, target, k)) >= 0; k++) STORE(mark + t, 1);
  for (int64_t k = 0, t; (t = T_(listed)(m, target, k)) >= 0; k++)
    for (int64_t d = 0; d < m->classes; d++) {
      double z = 1 - (double)LOAD(x + t) + (double)LOAD(x + d);
      if (LOAD(mark + d) == 0 && z > 0) sum += z;
    }
  ((double *)at[3])[i] = sum / (double)m->classes;
}

/* x, targets, marks; gradient of x, 0 yet */
ELEMENT_FN void T_(multilabel_grad)(const THNN_Margin *m, int64_t i, void *const *at)
{
  const element *x = (const element *)at[0] + i * m->classes, *mark = (const element *)at[2] + i * m->classes;
  const int64_t *target = (const int64_t *)at[1] + i * m->classes;
  element *g = (element *)at[3] + i * m->classes;
  for (int64_t k = 0, t; (t = T_(listed)(m, target, k)) >= 0; k++)
    for (int64_t d = 0; d < m->classes; d++)
      if (LOAD(mark + d) == 0 && 1 - (double)LOAD(x + t) + (double)LOAD(x + d) > 0) {
        STORE(g + t, LOAD(g + t) - (real)m->scale);
        STORE(g + d, LOAD(g + d) + (real)m->scale);
      }
}
