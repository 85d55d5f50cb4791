/* Conway's game of life: the neighbours of all cells at once are the sum of eight views of one board.

     life [generations [height [width]]]                                                                  */
#include <stdio.h>
#include <stdlib.h>
#include <TH/TH.h>

/* The part of a board with a border that lies so far from its inside: it shares the board's memory. */
static THIntTensor *shifted(THIntTensor *board, int down, int right)
{
  TH_AUTO(THIntTensor) rows = THIntTensor_newNarrow(board, 0, 1 + down, board->size[0] - 2);
  return THIntTensor_newNarrow(rows, 1, 1 + right, board->size[1] - 2);
}

/* The border repeats what is on the other side: the board is a torus. Rows come first, then columns with the corners. */
static void wrap(THIntTensor *board)
{
  for (int dim = 0; dim < 2; dim++) {
    const int64_t n = board->size[dim];
    for (int side = 0; side < 2; side++) {
      TH_AUTO(THIntTensor) to = THIntTensor_newSelect(board, dim, side ? n - 1 : 0);
      TH_AUTO(THIntTensor) from = THIntTensor_newSelect(board, dim, side ? 1 : n - 2);
      THIntTensor_copy(to, from);
    }
  }
}

/* A cell with three neighbours lives, one with two goes on as it is: all others are dead. */
static void step(THIntTensor *board)
{
  TH_AUTO(THIntTensor) sum = THIntTensor_new();
  TH_AUTO(THIntTensor) two = THIntTensor_new();
  TH_AUTO(THIntTensor) cells = shifted(board, 0, 0);
  wrap(board);
  THIntTensor_resizeAs(sum, cells);
  THIntTensor_zero(sum);
  for (int down = -1; down <= 1; down++) {
    for (int right = -1; right <= 1; right++) {
      TH_AUTO(THIntTensor) neighbours = shifted(board, down, right);
      if (down || right) THIntTensor_cadd(sum, sum, 1, neighbours);
    }
  }
  THIntTensor_eqValueT(two, sum, 2);
  THIntTensor_cmul(cells, cells, two);
  THIntTensor_eqValueT(two, sum, 3);
  THIntTensor_cadd(cells, cells, 1, two);
}

static void show(THIntTensor *board)
{
  for (int64_t i = 1; i < board->size[0] - 1; i++) {
    for (int64_t j = 1; j < board->size[1] - 1; j++) putchar(THIntTensor_get2d(board, i, j) ? '#' : '.');
    putchar('\n');
  }
}

int main(int argc, char **argv)
{
  const int generations = argc > 1 ? atoi(argv[1]) : 20;
  const int height = argc > 2 ? atoi(argv[2]) : 12, width = argc > 3 ? atoi(argv[3]) : 32;
  const char *glider[] = {".#.", "..#", "###"};
  if (height < 3 || width < 3) {
    fputs("life: a board of at least 3 x 3 expected\n", stderr);
    return 1;
  }
  TH_AUTO(THIntTensor) board = THIntTensor_newWithSize2d(height + 2, width + 2);
  THIntTensor_zero(board);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) THIntTensor_set2d(board, i + 1, j + 1, glider[i][j] == '#');
  for (int i = 0; i < generations; i++) step(board);
  show(board);
  return 0;
}
