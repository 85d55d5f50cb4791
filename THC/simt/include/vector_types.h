#ifndef THC_SIMT_VECTOR_TYPES_H
#define THC_SIMT_VECTOR_TYPES_H
/* CUDA's short vectors, with its alignments, their make_ functions, and dim3. */

#define THC_SIMT_VECTOR2(Name, type, alignment)                                                    \
  struct alignas(alignment) Name##2 { type x, y; };                                                \
  inline Name##2 make_##Name##2(type x, type y) { return {x, y}; }
#define THC_SIMT_VECTOR3(Name, type)                                                               \
  struct Name##3 { type x, y, z; };                                                                \
  inline Name##3 make_##Name##3(type x, type y, type z) { return {x, y, z}; }
#define THC_SIMT_VECTOR4(Name, type, alignment)                                                    \
  struct alignas(alignment) Name##4 { type x, y, z, w; };                                          \
  inline Name##4 make_##Name##4(type x, type y, type z, type w) { return {x, y, z, w}; }
#define THC_SIMT_VECTORS(Name, type, size)                                                         \
  THC_SIMT_VECTOR2(Name, type, 2 * size)                                                           \
  THC_SIMT_VECTOR3(Name, type)                                                                     \
  THC_SIMT_VECTOR4(Name, type, 4 * size)

THC_SIMT_VECTORS(char, signed char, 1)
THC_SIMT_VECTORS(uchar, unsigned char, 1)
THC_SIMT_VECTORS(short, short, 2)
THC_SIMT_VECTORS(ushort, unsigned short, 2)
THC_SIMT_VECTORS(int, int, 4)
THC_SIMT_VECTORS(uint, unsigned, 4)
THC_SIMT_VECTORS(float, float, 4)
/* four of eight bytes have two alignments in CUDA, under other names */
THC_SIMT_VECTOR2(double, double, 16)
THC_SIMT_VECTOR3(double, double)
THC_SIMT_VECTOR2(longlong, long long, 16)
THC_SIMT_VECTOR3(longlong, long long)
THC_SIMT_VECTOR2(ulonglong, unsigned long long, 16)
THC_SIMT_VECTOR3(ulonglong, unsigned long long)

#undef THC_SIMT_VECTOR2
#undef THC_SIMT_VECTOR3
#undef THC_SIMT_VECTOR4
#undef THC_SIMT_VECTORS

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  operator uint3() const { return {x, y, z}; }
};

#endif
