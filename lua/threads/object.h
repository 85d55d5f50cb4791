#ifndef THREADS_OBJECT_H
#define THREADS_OBJECT_H
/* What threads share by number: mutexes, conditions, counters, queues. Each is one C object that every Lua state of the
   process can ask for, and that lives as long as a userdata of it. */
#include "message.h"
#include "threads.h"
#include <pthread.h>

typedef enum Sort { MUTEX, CONDITION, COUNTER, QUEUE, SORTS } Sort;

typedef struct Mutex {
  pthread_mutex_t lock;
  const char *owner; /* an address of the thread that has locked it */
} Mutex;

/* Of jobs for whoever takes them. */
typedef struct JobQueue {
  pthread_mutex_t lock;
  pthread_cond_t more, room;
  Queue jobs;
  int size;
  char *by; /* name of the module that serializes */
} JobQueue;

typedef struct Object {
  struct Object *next;
  long id;
  int count; /* userdata */
  Sort sort;
  union {
    Mutex mutex;
    pthread_cond_t condition;
    int64_t counter;
    JobQueue queue;
  };
} Object;

/* How each sort begins, from zeros, and ends. */
void mutex_begin(Object *o);
void mutex_end(Object *o);
void condition_begin(Object *o);
void condition_end(Object *o);
void queue_begin(Object *o);
void queue_end(Object *o);

/* Pushes a userdata of a new object, or of that whose number is at idx (0: none is given); raises when there is none. */
Object *object_make(lua_State *L, Sort sort, int idx);
/* The object at idx, or an error. */
Object *object_check(lua_State *L, int idx, Sort sort);
/* A class with these methods, id, free and __gc; its metatable is left on the stack. */
void object_class(lua_State *L, Sort sort, const luaL_Reg *methods);

#endif
