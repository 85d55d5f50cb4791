#ifndef TH_TRY_H
#define TH_TRY_H
/* Errors caught, for C programs. */
#include "THGeneral.h"

/* Calls fn(arg). When it raises, the stack is unwound, with the cleanups on the way (TH_AUTO), and false returned; the
   message is then in `message`. The thread's own handlers are put back. Not for use inside a region. */
TH_API bool THTry(void (*fn)(void *arg), void *arg, char *message, size_t room);

#endif
