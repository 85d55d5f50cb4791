#include "message.h"
#include <stdlib.h>
#include <string.h>

typedef enum Kind { NIL, BOOLEAN, NUMBER, STRING, TENSOR, STORAGE } Kind;

typedef struct Item {
  Kind kind;
  union {
    bool boolean;
    double number;
    size_t length; /* the bytes are behind the items, in order */
    THAnyTensor *tensor;
    THAnyStorage *storage;
  };
} Item;

struct Message {
  Message *next;
  int n;
  Item item[];
};

static Kind kind_of(lua_State *L, int idx)
{
  switch (lua_type(L, idx)) {
  case LUA_TNIL: return NIL;
  case LUA_TBOOLEAN: return BOOLEAN;
  case LUA_TNUMBER: return NUMBER;
  case LUA_TSTRING: return STRING;
  }
  if (bind_totensor(L, idx)) return TENSOR;
  if (bind_tostorage(L, idx)) return STORAGE;
  return luaL_error(L, "a %s does not travel between threads as it is", luaL_typename(L, idx));
}

static size_t bytes_of(lua_State *L, int idx) { return kind_of(L, idx) == STRING ? lua_objlen(L, idx) : 0; }

/* Copies a value; returns the place behind its bytes. */
static char *pack(lua_State *L, int idx, Item *item, char *bytes)
{
  item->kind = kind_of(L, idx);
  switch (item->kind) {
  case NIL: break;
  case BOOLEAN: item->boolean = lua_toboolean(L, idx); break;
  case NUMBER: item->number = lua_tonumber(L, idx); break;
  case STRING: memcpy(bytes, lua_tolstring(L, idx, &item->length), lua_objlen(L, idx)); return bytes + item->length;
  case TENSOR: THAnyTensor_retain(item->tensor = bind_totensor(L, idx)); break;
  case STORAGE: THAnyStorage_retain(item->storage = bind_tostorage(L, idx)); break;
  }
  return bytes;
}

Message *message_new(lua_State *L, int first)
{
  int n = lua_gettop(L) - first + 1;
  size_t size = sizeof(Message) + (size_t)n * sizeof(Item), strings = 0;
  for (int i = 0; i < n; i++) strings += bytes_of(L, first + i); /* all that raises comes before the first count */
  Message *m = malloc(size + strings);
  if (!m) luaL_error(L, "not enough memory for a message to a thread");
  m->next = NULL;
  m->n = n;
  char *bytes = (char *)m + size;
  for (int i = 0; i < n; i++) bytes = pack(L, first + i, &m->item[i], bytes);
  return m;
}

/* A box takes the count over: then the message does not hold it any more. */
static char *unpack(lua_State *L, Item *item, char *bytes)
{
  switch (item->kind) {
  case NIL: lua_pushnil(L); break;
  case BOOLEAN: lua_pushboolean(L, item->boolean); break;
  case NUMBER: lua_pushnumber(L, item->number); break;
  case STRING: lua_pushlstring(L, bytes, item->length); return bytes + item->length;
  case TENSOR: bind_pushtensor(L, item->tensor); break;
  case STORAGE: bind_pushstorage(L, item->storage); break;
  }
  item->kind = NIL;
  return bytes;
}

static void message_autofree(Message **m) { message_free(*m); }

int message_push(lua_State *L, Message *m)
{
  __attribute__((cleanup(message_autofree))) Message *held = m;
  luaL_checkstack(L, held->n, "values of a message");
  char *bytes = (char *)held + sizeof(Message) + (size_t)held->n * sizeof(Item);
  for (int i = 0; i < held->n; i++) bytes = unpack(L, &held->item[i], bytes);
  return held->n;
}

void message_free(Message *m)
{
  if (!m) return;
  for (int i = 0; i < m->n; i++) {
    if (m->item[i].kind == TENSOR) THAnyTensor_free(m->item[i].tensor);
    if (m->item[i].kind == STORAGE) THAnyStorage_free(m->item[i].storage);
  }
  free(m);
}

void queue_put(Queue *q, Message *m)
{
  if (q->last) q->last->next = m;
  else q->first = m;
  q->last = m;
  q->count++;
}

Message *queue_take(Queue *q)
{
  Message *m = q->first;
  if (!m) return NULL;
  q->first = m->next;
  if (!q->first) q->last = NULL;
  q->count--;
  return m;
}

void queue_clear(Queue *q)
{
  for (Message *m; (m = queue_take(q));) message_free(m);
}
