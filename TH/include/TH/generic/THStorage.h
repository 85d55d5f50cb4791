/* The functions of THFloatStorage and its sisters; included once per element type.

   new* return one count, which the caller gives back with free. Positions are 0-based, sizes are in
   elements. Errors go to THError and THArgCheck: negative sizes, sizes beyond memory, positions out
   of range. */

TH_API real *THStorage_(data)(const THStorage *self); /* borrowed; NULL when size is 0 */
TH_API ptrdiff_t THStorage_(size)(const THStorage *self);
TH_API size_t THStorage_(elementSize)(void);
TH_API void THStorage_(set)(THStorage *self, ptrdiff_t index, real value);
TH_API real THStorage_(get)(const THStorage *self, ptrdiff_t index);

/* Contents of new elements are undefined. */
TH_API THStorage *THStorage_(new)(void);
TH_API THStorage *THStorage_(newWithSize)(ptrdiff_t size);
TH_API THStorage *THStorage_(newWithSize1)(real v0);
TH_API THStorage *THStorage_(newWithSize2)(real v0, real v1);
TH_API THStorage *THStorage_(newWithSize3)(real v0, real v1, real v2);
TH_API THStorage *THStorage_(newWithSize4)(real v0, real v1, real v2, real v3);
/* A file mapped into memory; flags are TH_ALLOCATOR_MAPPED_*; size 0: all of it. Not resizable. */
TH_API THStorage *THStorage_(newWithMapping)(const char *filename, ptrdiff_t size, int flags);
/* Takes over a block of malloc or THAlloc: it is freed with the storage. To keep the block, clear
   TH_STORAGE_FREEMEM and TH_STORAGE_RESIZABLE. */
TH_API THStorage *THStorage_(newWithData)(real *data, ptrdiff_t size);
TH_API THStorage *THStorage_(newWithAllocator)(ptrdiff_t size, THAllocator *allocator,
                                               void *allocatorContext);
/* The same as newWithData, the block being the allocator's. */
TH_API THStorage *THStorage_(newWithDataAndAllocator)(real *data, ptrdiff_t size,
                                                      THAllocator *allocator,
                                                      void *allocatorContext);
TH_API void THStorage_(setFlag)(THStorage *self, const char flag); /* TH_STORAGE_* */
TH_API void THStorage_(clearFlag)(THStorage *self, const char flag);
TH_API void THStorage_(retain)(THStorage *self);
TH_API void THStorage_(free)(THStorage *self); /* NULL is ignored */
static inline void TH_CONCAT_2(THStorage, _autofree)(THStorage **self) { THStorage_(free)(*self); }
TH_API void THStorage_(swap)(THStorage *a, THStorage *b); /* contents, not counts */
/* Keeps the common prefix. */
TH_API void THStorage_(resize)(THStorage *self, ptrdiff_t size);
TH_API void THStorage_(fill)(THStorage *self, real value);

/* self->size elements from an array */
TH_API void THStorage_(rawCopy)(THStorage *self, real *src);
/* Equal sizes; other types are converted as C converts them. */
TH_API void THStorage_(copy)(THStorage *self, THStorage *src);
TH_API void THStorage_(copyByte)(THStorage *self, struct THByteStorage *src);
TH_API void THStorage_(copyChar)(THStorage *self, struct THCharStorage *src);
TH_API void THStorage_(copyShort)(THStorage *self, struct THShortStorage *src);
TH_API void THStorage_(copyInt)(THStorage *self, struct THIntStorage *src);
TH_API void THStorage_(copyLong)(THStorage *self, struct THLongStorage *src);
TH_API void THStorage_(copyFloat)(THStorage *self, struct THFloatStorage *src);
TH_API void THStorage_(copyDouble)(THStorage *self, struct THDoubleStorage *src);
TH_API void THStorage_(copyHalf)(THStorage *self, struct THHalfStorage *src);
TH_API void THStorage_(copyBFloat16)(THStorage *self, struct THBFloat16Storage *src);
TH_API void THStorage_(copyBool)(THStorage *self, struct THBoolStorage *src);
