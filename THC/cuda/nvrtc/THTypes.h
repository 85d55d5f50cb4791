#pragma once
struct THHalf {
  unsigned short x;
};
typedef char THChar;
