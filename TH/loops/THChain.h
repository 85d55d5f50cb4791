#ifndef TH_CHAIN_H
#define TH_CHAIN_H
/* Chains: lines of map_list.h over the same elements one after the other, which stay in registers meanwhile. A chain is an
   array of links: the first loads, the last ends; every one between is a line, about what is in registers and perhaps a
   tensor, or stores. */
#include "THGeneral.h"

typedef void (*THLinkFunction)(void); /* of an instruction set and a type; called by another link only */

typedef struct THLink {
  THLinkFunction function;
  char *data; /* the tensor's elements, contiguous */
  char number[16]; /* s and t */
} THLink;

/* Of one line: what is in registers is x, y or both. NULL: no such link. */
typedef struct THChainLine {
  THLinkFunction left, right, both;
} THChainLine;

typedef struct THChainLoops {
  int64_t strip; /* bytes that a link does at once; 0: no chains for the type */
  void (*run)(const THLink *first, int64_t begin, int64_t end); /* bytes of each tensor: whole strips */
  THLinkFunction load, store, stream, end; /* stream: past the cache, to an address of whole cache lines */
  const THChainLine *line; /* [THMapOp] */
} THChainLoops;

#endif
