#ifndef TORCH_BIND_H
#define TORCH_BIND_H
/* What every binding of TH to Lua uses: boxes (userdata that own one C object), argument
   signatures, and the way from a TH error to a Lua error. libtorch.so has it; the C modules of other
   packages link with that (th_add_package). */
#include "THAnyTensor.h"
#include "THRandom.h"
#ifdef __cplusplus
extern "C" {
#endif
#include <lua.h>
#include <lauxlib.h>

#ifdef TORCH_BIND_INSIDE /* of libtorch, which reaches its own without a detour */
#pragma GCC visibility push(protected)
#else
#pragma GCC visibility push(default)
#endif

/* ---- boxes ----
   A userdata holding a pointer to the object, at the place where Torch7 has it, and to the class.
   Make the box first, then the object: an error in between leaks nothing. */
typedef struct BindClass {
  const char *name;
  void (*free)(void *object);
  int key; /* registry[key] is the metatable, in each Lua state its own */
} BindClass;

/* Our keys in a registry: numbers, for speed, that luaL_ref (which counts up from 1) never gives. */
enum {
  BIND_KEY_STATE = -0x746f7263,
  BIND_KEY_TENSOR,
  BIND_KEY_STORAGE = BIND_KEY_TENSOR + TH_NALLTYPES,
  BIND_KEY_GENERATOR = BIND_KEY_STORAGE + TH_NALLTYPES,
  BIND_KEY_FILE,
  BIND_KEY_RECORDED = BIND_KEY_FILE + 8, /* + THType: metatable of recorded tensors; +TH_NALLTYPES: the recorder (record.c) */
};

/* What a box of a tensor says of gradients. ORDER RECORDED (lua/autograd/core.lua) */
enum { BIND_RECORDED = 1, BIND_VIEW = 2, BIND_LEAF = 4, BIND_ELEMENT = 8 /* what would be a number, were it not recorded */ };

typedef struct BindBox {
  void *object;
  const BindClass *klass;
  unsigned char recorded; /* 0, or the tensor has a node, its environment */
  uint64_t seen : 56;     /* of a view: the version of its memory when it got its node */
} BindBox;

extern const BindClass bind_tensors[TH_NALLTYPES], bind_storages[TH_NALLTYPES], bind_generator;
/* The table on top becomes the metatable of the class, with `gc` as its __gc, and as its __box, for luaT_pushudata,
   a closure of `box`: (light userdata of an object) -> userdata; upvalue 1 is light userdata of the class. */
void bind_setmetatable(lua_State *L, const BindClass *klass, lua_CFunction gc, lua_CFunction box);
bool bind_hasclass(lua_State *L, const BindClass *klass);

/* Pushes an empty box of the class; the caller fills box->object. The first box of a class may run Lua code that defines it. */
BindBox *bind_box(lua_State *L, const BindClass *klass);
/* The box at idx when its class lies in [first, first + n), else NULL. */
static inline BindBox *bind_testbox(lua_State *L, int idx, const BindClass *first, int n)
{
  if (lua_type(L, idx) != LUA_TUSERDATA || lua_objlen(L, idx) != sizeof(BindBox)) return NULL;
  BindBox *box = (BindBox *)lua_touserdata(L, idx);
  return box->klass >= first && box->klass < first + n && box->object ? box : NULL;
}
/* Takes over the caller's count. */
void bind_pushtensor(lua_State *L, THAnyTensor *tensor);
void bind_pushstorage(lua_State *L, THAnyStorage *storage); /* NULL: nil */
/* A new empty tensor; also the moment when the collector is told of the memory used. */
THAnyTensor *bind_newtensor(lua_State *L, THType type);
static inline THAnyTensor *bind_totensor(lua_State *L, int idx) /* NULL if it is none */
{
  BindBox *box = bind_testbox(L, idx, bind_tensors, TH_NALLTYPES);
  return box ? (THAnyTensor *)box->object : NULL;
}
static inline THAnyStorage *bind_tostorage(lua_State *L, int idx)
{
  BindBox *box = bind_testbox(L, idx, bind_storages, TH_NALLTYPES);
  return box ? (THAnyStorage *)box->object : NULL;
}
/* The tensor at idx of that type, or an error that names the argument and what was given. */
THAnyTensor *bind_checktensor(lua_State *L, int idx, THType type);
THAnyTensor *bind_checkanytensor(lua_State *L, int idx);
void bind_pushdefaultgenerator(lua_State *L); /* pushes torch._gen */
THGenerator *bind_generator_or_default(lua_State *L, int idx); /* idx 0: torch._gen */

/* ---- calls ---- */

/* Argument kinds, five bits each, first argument lowest. ORDER KINDS (kit/gen/signature.lua) */
enum {
  BIND_NONE = 0,
  BIND_NUMBER,
  BIND_T, /* tensor of the type that the call is dispatched on */
  BIND_BOOLEAN,
  BIND_STRING,
  BIND_TABLE,
  BIND_GENERATOR,
  BIND_SIZES,  /* LongStorage */
  BIND_TENSOR, /* + THType: tensor of that element type, another than T's, on the same side */
  BIND_NIL = BIND_TENSOR + TH_DEVICE,
  BIND_OTHER, /* a tensor on the other side, too */
  /* in descriptions only */
  BIND_DIMS,      /* numbers, or one LongStorage, to the end */
  BIND_REST,      /* anything, to the end */
  BIND_ANYTENSOR, /* of any type */
  BIND_MASK,      /* a ByteTensor or a BoolTensor */
  BIND_STORAGE,   /* of any type */
  BIND_FUNCTION,
  BIND_ANY
};
enum { BIND_MAXARGS = 12 };

/* Forms of a call, for the error that says which argument is wrong (mismatch.c). */
typedef struct BindArg {
  const char *name, *expected; /* what it may be, in words */
  unsigned char kind;
  bool optional;
} BindArg;

typedef struct BindForm {
  const char *usage;
  const BindArg *args; /* up to one without a name */
} BindForm;

typedef struct BindInfo {
  const char *name;
  unsigned types; /* bit per THType that has the operation, those on the GPU included */
  const BindForm *functions, *methods; /* up to one without a usage */
} BindInfo;

typedef struct BindCall {
  const BindInfo *info;
  int nargs;
  bool method;
  unsigned char recorded; /* what the boxes of all tensors say, together */
  int copy;               /* where a copy of the first result is, of before the call; or 0 */
  THType type;        /* dispatch */
  unsigned tried;     /* types already tried */
  THAnyTensor *tensor[BIND_MAXARGS]; /* argument i + 1 when it is a tensor, else NULL */
  uint64_t signature; /* all ones when there are too many arguments */
} BindCall;

/* Reads the arguments, picks the dispatch type: that of the first tensor, else of a table's first
   element, else a trailing type name (which is removed), else the default type. */
void bind_begin(lua_State *L, BindCall *call, const BindInfo *info, bool method);
/* Tries the type of the next tensor argument; false when there is none. */
bool bind_retry(lua_State *L, BindCall *call);
/* Raises: which argument of the nearest form is wrong, and every form. Returns only while torch.fuse records, the number of
   results. */
int bind_mismatch(lua_State *L, const BindCall *call);
/* The tensor at idx of a call that wants it of one type. */
static inline THAnyTensor *bind_fixed(lua_State *L, const BindCall *call, int idx, THType type)
{
  THAnyTensor *t = call->tensor[idx - 1];
  if (t->type != type) bind_mismatch(L, call);
  return t;
}
/* Whether t may be the mask of a tensor of the type. */
static inline bool bind_ismask(const THAnyTensor *t, THType type)
{
  return t->type == THType_beside(TH_BYTE, type) || t->type == THType_beside(TH_BOOL, type);
}
/* The mask at idx. */
static inline THAnyTensor *bind_mask(lua_State *L, const BindCall *call, int idx)
{
  THAnyTensor *t = call->tensor[idx - 1];
  if (!bind_ismask(t, call->type)) bind_mismatch(L, call);
  return t;
}
/* ---- recording (record.c) ----
   Operations on tensors that somebody wants gradients by leave a node. One test of call.recorded is all that others pay.

   How a form is recorded. Slots are its arguments without constants, from 1; `at` has the stack index of each, 0 where it
   is left out. Strings of slots, up to the 0. */
enum { BIND_ONLY_SIZES = 64 };
typedef struct BindRule {
  short id;            /* its function in torchdata/gradients.lua; 0: results have no derivative; -1: nobody wrote one */
  bool view;           /* the result is a view of the input */
  unsigned char fit;   /* inputs whose sizes may differ from the result's, and are kept where they do: bit k of the k-th */
  const char *inputs;  /* tensors that have derivatives */
  const char *saved;   /* what the derivative needs; + BIND_ONLY_SIZES: of which the sizes */
  const char *needs;   /* by which inputs each of these is needed: bit k of the k-th */
  const char *results; /* those with derivatives; of a number that is returned the last slot */
  const char *package; /* whose <package>data/gradients.lua has the function; NULL: torch's */
} BindRule;
/* Before the call: refuses to overwrite a leaf, and copies what the derivative needs and the call overwrites. */
void bind_before(lua_State *L, BindCall *call, const BindRule *rule, const short *at);
/* After it, with the results on top: makes the node. Returns the number of results. */
int bind_record(lua_State *L, const BindCall *call, const BindRule *rule, const short *at, int nresults);
/* Instead of pushing the number that a call returns: a tensor of one element that has a node. */
int bind_record_number(lua_State *L, const BindCall *call, const BindRule *rule, const short *at, THScalar value);
/* The same of a function written by hand, which has made the view on top of the tensor at idx, and of which `grad` in the
   table says the rule. */
void bind_record_view(lua_State *L, const BindRule *rule, int idx, const short *at);
/* What the elements of a table of tensors say. */
unsigned char bind_listrecorded(lua_State *L, int idx);
/* Calls the recorder's function of that name with the n values on top; false: nothing was ever recorded. */
bool bind_hook(lua_State *L, const char *name, int n, int *results);
/* For functions written by hand: whether one of the first two arguments is recorded, and recording is on; then the recorder's
   function of that name was called with all arguments, and *results values are on top. */
bool bind_detour(lua_State *L, const char *name, int *results);
/* The same for a call that no form takes, or of which one argument is a BIND_ELEMENT where a form may have a number or a tensor: a
   recorded number, a tensor of one element, stands for a number. */
bool bind_recorded_number(lua_State *L, const BindCall *call, int *results);
static inline unsigned char bind_isrecorded(lua_State *L, int idx)
{
  const BindBox *box = bind_testbox(L, idx, bind_tensors, TH_NALLTYPES);
  return box ? box->recorded : 0;
}
/* What has no rule, a kernel, was given the recorded tensor at idx: an error while operations are recorded. */
void bind_refuse_recorded(lua_State *L, int idx);
int bind_openrecord(lua_State *L); /* adds the functions of record.c to the table on top */

/* bind_mismatch of a function written by hand, whose arguments are the whole stack. */
int bind_refuse(lua_State *L, const BindInfo *info, bool method);
/* Pushes what a value is, in words: its class and sizes. */
void bind_describe(lua_State *L, int idx);

/* ---- errors ----
   One rule: NAME: argument #N (NAME OF IT): MESSAGE, after the user's file and line. Arguments are counted as the
   call is written: x of x:add(y) is self and has no number, y is the first.

   The running call. `args` has one word for every argument of the C function, in order: the name of the Lua argument
   that it comes from, - for none. So it tells, of a C argument, number and name of the Lua argument: the k-th name that
   differs from those before it is argument k. "- x d" of narrow: C's first is the result, its third the second of Lua. */
typedef struct BindFrame {
  const char *name, *args;
  bool method;
} BindFrame;
void bind_run(lua_State *L, const BindFrame *frame);
#define bind_enter(L, name, args, method)                                                          \
  do {                                                                                             \
    static const BindFrame frame_ = {name, args, method};                                          \
    bind_run(L, &frame_);                                                                          \
  } while (0)
/* lua_call of a function that may itself run bindings; the running call is ours again afterwards. */
void bind_call(lua_State *L, int arguments, int results);
/* Raise an error about the argument at idx of the running call, counted with self; 0: about none. */
int bind_argerror(lua_State *L, int idx, const char *msg);
/* The same: EXPECTED expected, got what is there. */
int bind_typeerror(lua_State *L, int idx, const char *expected);
/* The same: the call has an argument at idx, and no function that it takes one there. */
int bind_toomany(lua_State *L, int idx);
/* Pushes "file:line: " of the innermost function that is not the library's own. */
void bind_where(lua_State *L);
/* The same, and behind it the module or optimizer whose Lua code called the operation, if one did: "user.lua:3: nn.Reshape: ".
   Returns the operation's name, which is to follow, or NULL when that is a kernel of nn that a module called. */
const char *bind_caller(lua_State *L, const char *operation);
#define bind_argcheck(L, condition, idx, msg) ((void)((condition) || bind_argerror(L, (idx), (msg))))
double bind_number(lua_State *L, int idx);
/* Integers of the FFI of 64 bits, 3LL and 3ULL, count as numbers. Whether one is at idx that fits in *v. */
enum { BIND_LUA_CDATA = 10 }; /* their lua_type */
bool bind_tolong(lua_State *L, int idx, int64_t *v);
/* The same where Lua's numbers have it exactly; that number takes its place on the stack. */
bool bind_plainnumber(lua_State *L, int idx);
/* Whether a number or such an integer is at idx; *v is exactly that. */
bool bind_toscalar(lua_State *L, int idx, THScalar *v);
/* A string; its length unless that is NULL. */
const char *bind_string(lua_State *L, int idx, size_t *length);

/* Sizes from idx on: one LongStorage, or numbers to the end. Raises on anything else. */
typedef struct BindSizes {
  int n;
  const int64_t *size;
  int64_t own[BIND_MAXARGS];
} BindSizes;
void bind_sizes(lua_State *L, int idx, int last, BindSizes *sizes);
/* An integral number; NaN, infinities and out-of-range values raise. */
int64_t bind_integer(lua_State *L, int idx);
/* A 1-based dimension, made 0-based. */
int bind_dimension(lua_State *L, int idx);
/* Tensors of a table, all of one type; borrowed, valid while the table is on the stack. The array is
   a userdata pushed on the stack. */
THAnyTensor **bind_tensorlist(lua_State *L, int idx, THType type, int *n);
void bind_pushscalar(lua_State *L, THType type, THScalar value);
/* First character of the string at idx, upper case, must be one of `options`. */
const char *bind_option(lua_State *L, int idx, const char *options);

/* ---- the Lua state ----
   What belongs to one Lua state. What belongs to a thread is thread-local (bind.c), and nothing
   belongs to the process: states live side by side, in any threads. */
typedef struct BindState {
  THType default_type;
  bool paced;        /* whether new tensors drive the collector */
  int64_t allowance; /* bytes until a cycle of the collector should have ended */
  int64_t cycle;     /* bytes since the last one ended */
  bool recording;    /* whether operations on recorded tensors leave nodes; true only once lua/autograd is loaded */
  bool anomaly;      /* whether nodes are told the line of their making */
  double sequence;   /* of the last node */
  bool large;        /* something large was recorded */
  int files;         /* open ones, and how many make the collector run */
  int most_files;
} BindState;
BindState *bind_state(lua_State *L);
/* For the C half of another package, when it is loaded: raises unless torch is. */
void bind_need(lua_State *L, const char *package);

/* Registration of generated tables: {name, function form, method form}. bind_openops makes a set of operations of them, at
   `field` of the table on top; nextop and putops of libtorch read it. */
typedef struct BindOp {
  const BindInfo *info;
  lua_CFunction function, method;
} BindOp;

int bind_open(lua_State *L); /* adds the functions of bind.c to the table on top */
void bind_openops(lua_State *L, const BindOp *ops, const char *field);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
