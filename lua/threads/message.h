#ifndef THREADS_MESSAGE_H
#define THREADS_MESSAGE_H
/* Lua values on their way from one state to another: nil, booleans, numbers, strings (copied), tensors and storages
   (the objects themselves: a message holds a count of each). */
#include "bind.h"

typedef struct Message Message;
/* The values from `first` to the top of the stack; raises on values of other kinds. */
Message *message_new(lua_State *L, int first);
/* Pushes the values and frees the message, also when memory is short; returns how many there are. */
int message_push(lua_State *L, Message *m);
void message_free(Message *m); /* NULL is ignored */

/* A queue, first in first out; whoever uses it has locked it. */
typedef struct Queue {
  Message *first, *last;
  int count;
} Queue;
void queue_put(Queue *q, Message *m);
Message *queue_take(Queue *q); /* NULL when it is empty */
void queue_clear(Queue *q);

#endif
