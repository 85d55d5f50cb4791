/* Included per element type by copy.c: the copies into the type from every type, or, with COPY_TABLE, its row of the
   table. */
#define COPY(From) TH_CONCAT_3(Real, _, From)
#define ENTRY(_, ...) ENTRY_(__VA_ARGS__)

#ifdef COPY_TABLE
#define ENTRY_(kind, From, from_t, acc_t, CODE, ...) [TH_##CODE] = COPY(From),
[TH_CODE] = {TH_EACH_TYPE(ENTRY, _)},
#else

/* An element of type From as one of this type: NUMBER of a number, BITS16 of a type of 16 bits, TRUTH of a Bool. */
#define TRUTH(From, x) NUMBER(From, (x) != 0)
#if defined(TH_REAL_IS_HALF) || defined(TH_REAL_IS_BFLOAT16)
#define STORE(x) TH_CONCAT_2(STORE_, Real)(x)
#define NUMBER(From, x) STORE(x)
#define BITS16(From, x) _Generic((x), real: (x), default: STORE(LOAD_##From(x))) /* its own as they are */
#elif defined(TH_REAL_IS_FLOATING)
#define NUMBER(From, x) (real)(x)
#define BITS16(From, x) (real)LOAD_##From(x)
#elif defined(TH_REAL_IS_BOOL)
#define NUMBER(From, x) (real)((x) != 0)
#define BITS16(From, x) (real)(LOAD_##From(x) != 0)
#else
#define NUMBER(From, x) (real)(x)
#define BITS16(From, x) (real)TH_wholePart(LOAD_##From(x))
#define WHOLE(From, x) (real)TH_wholePart(x)
#endif

#define FROM_INTEGER(From, from_t) DEFINE_COPY(COPY(From), real, From, from_t, NUMBER)
#ifdef TH_REAL_IS_LONG
#define FROM_FLOATING(From, from_t) DEFINE_COPY(COPY(From), real, From, from_t, WHOLE)
#elif defined(WHOLE)
#define FROM_FLOATING(From, from_t) DEFINE_TRUNCATION(COPY(From), real, From, from_t)
#else
#define FROM_FLOATING FROM_INTEGER
#endif
#define FROM_HALF(From, from_t) DEFINE_COPY(COPY(From), real, From, from_t, BITS16)
#define FROM_BOOL(From, from_t) DEFINE_COPY(COPY(From), real, From, from_t, TRUTH)

#define ENTRY_(kind, From, from_t, ...) FROM_##kind(From, from_t)
TH_EACH_TYPE(ENTRY, _)
#undef NUMBER
#undef BITS16
#undef TRUTH
#undef WHOLE
#undef STORE
#undef FROM_INTEGER
#undef FROM_FLOATING
#undef FROM_HALF
#undef FROM_BOOL
#endif

#undef COPY
#undef ENTRY
#undef ENTRY_
