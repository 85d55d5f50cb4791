/* Programs of torch.fuse as kernels: their text, from the lists that all kernels come from, and their launches. What compiles
   the text is NVRTC (cuda/THCFuseNvrtc.cpp); the simulator has no compiler but the one that a test gives it (THCFuseSimt.cpp). */
#include <map>
#include <mutex>
#include <string>
#include "plan/THFuseProgram.h"
#include "THCFuse.cuh"
#include "THCFuse.h"
#include "THCKernels.h"
#include "THCPlan.cuh"
#include "THCState.h"

static_assert((int)THC_FUSED_OPERANDS == (int)TH_PLAN_OPS, "a plan's operands are a kernel's");

namespace {

// ---- the lists' text ----

// What kernels know an element type by: as stored, as computed with, as in THMathNames.h.
struct Element {
  const char *stored, *real, *token;
};

Element element_of(THType type)
{
  switch (THType_element(type)) {
  case TH_BYTE: return {"unsigned char", "unsigned char", "th_u8"};
  case TH_CHAR: return {"THChar", "THChar", "th_s8"};
  case TH_SHORT: return {"short", "short", "th_s16"};
  case TH_INT: return {"int", "int", "th_s32"};
  case TH_LONG: return {"int64_t", "int64_t", "th_s64"};
  case TH_FLOAT: return {"float", "float", "th_f32"};
  case TH_DOUBLE: return {"double", "double", "th_f64"};
  default: return {"THHalf", "float", "th_f32"};
  }
}

const char *const integer_lines[] = {
#define MAP_ALL(name, nin, expr) #expr,
#define MAP_INT MAP_ALL
#define MAP_FLOAT(name, nin, expr) nullptr,
#define MAP_SPLIT(name, nin, int_expr, float_expr) #int_expr,
#include "loops/map_list.h"
};
const char *const floating_lines[] = {
#define MAP_ALL(name, nin, expr) #expr,
#define MAP_INT(name, nin, expr) nullptr,
#define MAP_FLOAT MAP_ALL
#define MAP_SPLIT(name, nin, int_expr, float_expr) #float_expr,
#define MAP_POW(name, base, exponent) "R_pow(" #base ", " #exponent ")",
#define MAP_SHORT(name, nin, limit, short_expr, expr) #expr,
#include "loops/map_list.h"
};
const char *const comparisons[] = {
#define COMPARE(name, nin, expr) #expr,
#include "loops/compare_list.h"
};

// A power is the line that its exponent has (THMath_powerLine), which comes with the call.
std::string power_line()
{
  std::string text = "s == 1 ? x * s";
  const struct {
    const char *exponent;
    THMapOp line;
  } special[] = {{"2", TH_MAP_square}, {"3", TH_MAP_cube}, {"(real)0.5", TH_MAP_powhalf}, {"(real)-0.5", TH_MAP_powminushalf}, {"-1", TH_MAP_cinv}};
  for (const auto &e : special) text += std::string(" : s == ") + e.exponent + " ? (real)(" + floating_lines[e.line] + ")";
  return text + " : " + floating_lines[TH_MAP_pow];
}

// Empty: the type does not have it.
std::string line_of(const FuseStep &step)
{
  if (step.kernel.family == TH_KERNEL_COMPARE) return comparisons[step.kernel.op];
  if (step.kernel.table) return "";
  const bool floating = THType_isFloating(step.type) != 0;
  if (floating && step.kernel.op == TH_MAP_pow) return power_line();
  const char *text = (floating ? floating_lines : integer_lines)[step.kernel.op];
  return text ? text : "";
}

// ---- a program's text ----

bool has_numbers(const FuseStep &step) { return step.number[0] >= 0 || step.number[1] >= 0; }

// The function of a step, for one element.
std::string function_of(const FuseStep &step, int s)
{
  const std::string line = line_of(step), result = step.kernel.family == TH_KERNEL_COMPARE ? "bool" : "real";
  const Element element = element_of(step.type);
  return std::string("\n// ") + step.name + "\n#define R " + element.token + "\n#define real " + element.real +
         "\nstatic __device__ " + result + " step_" + std::to_string(s) +
         "(const real x, const real y, const real z, const real s, const real t)\n{\n"
         "  return (void)x, (void)y, (void)z, (void)s, (void)t, (" + result + ")(" + line + ");\n}\n#undef R\n#undef real\n";
}

std::string value(int v) { return "v" + std::to_string(v); }
std::string element(int v) { return value(v) + ".at[j]"; }

std::string number(const FuseStep &step, int which, int place)
{
  if (step.number[which] < 0) return "0";
  return std::string("THC_fusedNumber<") + element_of(step.type).stored + ">(f, " + std::to_string(place) + ", " +
         std::to_string(which) + ")";
}

// What step s gives; place: of its numbers.
std::string call_of(const THFuse *f, int s, int place)
{
  const FuseStep &step = f->step[s];
  const std::string to = element_of(f->value[f->ninput + s].type).stored;
  if (step.kernel.family == TH_KERNEL_COPY)
    return "THC_convert<" + to + ", " + element_of(step.type).stored + ">(" + element(step.in[0]) + ")";
  std::string text = "THCStore<" + to + ">::from(step_" + std::to_string(s) + "(";
  for (int k = 0; k < 3; k++) text += (k < step.nin ? "THC_load(" + element(step.in[k]) + ")" : "0") + ", ";
  return text + number(step, 0, place) + ", " + number(step, 1, place) + "))";
}

// The value that operand k holds.
int value_at(const THFuse *f, int k)
{
  if (k < f->nstore) return f->store[k];
  for (int v = 0; v < f->nvalue; v++)
    if (f->value[v].operand == k) return v;
  return -1;
}

std::string steps_of(const THFuse *f)
{
  std::string text = "    THC_UNROLL\n    for (int j = 0; j < V; j++) {\n";
  for (int s = 0, place = 0; s < f->nstep; s++) {
    text += "      " + element(f->ninput + s) + " = " + call_of(f, s, place) + ";\n";
    place += has_numbers(f->step[s]);
  }
  return text + "    }\n";
}

int pack_of(const THFuse *f)
{
  size_t widest = 1;
  for (int k = 0; k < f->noperand; k++) widest = THMax(widest, THType_size(f->value[value_at(f, k)].type));
  return (int)(16 / widest);
}

std::string program_of(const THFuse *f)
{
  std::string text = "\nstruct Program {\n  static constexpr int operands = " + std::to_string(f->noperand) + ", pack = " +
                     std::to_string(pack_of(f)) + ";\n  template <int V> static __device__ void run(const THCFused &f, char *const *at)\n  {\n";
  for (int v = 0; v < f->nvalue; v++) text += std::string("    THCPack<") + element_of(f->value[v].type).stored + ", V> " + value(v) + ";\n";
  for (int k = f->nresult; k < f->noperand; k++) {
    const std::string at = std::to_string(k);
    text += "    THC_fusedLoad(" + value(value_at(f, k)) + ", f, " + at + ", at);\n";
  }
  text += steps_of(f);
  for (int k = 0; k < f->nresult; k++) text += "    THC_fusedStore(" + value(value_at(f, k)) + ", at[" + std::to_string(k) + "]);\n";
  return text + "  }\n};\n";
}

// Empty: a kernel cannot do all of it.
std::string text_of(const THFuse *f)
{
  std::string text = "#include \"THCFuse.cuh\"\n";
  int numbers = 0;
  for (int s = 0; s < f->nstep; s++) {
    numbers += has_numbers(f->step[s]);
    if (f->step[s].kernel.family == TH_KERNEL_COPY) continue;
    if (line_of(f->step[s]).empty()) return "";
    text += function_of(f->step[s], s);
  }
  if (numbers > THC_FUSED_NUMBERS) return "";
  text += program_of(f);
  for (const char *name : {"Packs", "Strided"})
    text += std::string("extern \"C\" __global__ void __launch_bounds__(THC_BLOCK) fused") + name + "(THCFused f) { THC_fused" + name + "<Program>(f); }\n";
  return text;
}

// ---- kernels by text, for the life of the process ----

struct Compiled {
  const std::string *text;
  int pack;
  std::map<int, void *> kernel; // by target
};
std::mutex mutex;

Compiled *compiled_of(const THFuse *f)
{
  static auto *known = new std::map<std::string, Compiled>();
  auto *found = (Compiled *)__atomic_load_n(&f->compiled, __ATOMIC_ACQUIRE);
  if (found) return found;
  const std::string text = text_of(f);
  std::lock_guard<std::mutex> lock(mutex);
  auto entry = known->emplace(text, Compiled{nullptr, text.empty() ? 1 : pack_of(f), {}}).first;
  entry->second.text = &entry->first;
  __atomic_store_n(&const_cast<THFuse *>(f)->compiled, (void *)&entry->second, __ATOMIC_RELEASE);
  return &entry->second;
}

// NULL: none. While a graph is recorded nothing is compiled, as loading a kernel is no work of a stream.
void *kernel_of(Compiled *compiled)
{
  const int target = THC_fusedTarget();
  if (target < 0 || compiled->text->empty()) return nullptr;
  std::lock_guard<std::mutex> lock(mutex);
  auto found = compiled->kernel.find(target);
  if (found != compiled->kernel.end()) return found->second;
  if (THC_graphStream()) return nullptr;
  return compiled->kernel[target] = THC_fusedCompile(compiled->text->c_str());
}

// ---- launches ----

// Whether all operands are runs of packs, or one element.
bool in_packs(const THPlan *plan, int pack)
{
  if (plan->ndim != 1) return false;
  for (int k = 0; k < plan->nop; k++) {
    const int64_t stride = plan->stride[0][k];
    if (stride == 0) continue;
    if (stride != plan->width[k] || (uintptr_t)plan->base[k] % (uintptr_t)(plan->width[k] * pack)) return false;
  }
  return true;
}

void set_piece(THCFused *f, const THPlan *plan)
{
  f->numel = (uint32_t)plan->numel;
  f->ndim = plan->ndim;
  for (int k = 0; k < plan->nop; k++) f->base[k] = plan->base[k];
  for (int d = 0; d < plan->ndim; d++) {
    f->size[d] = THCDivider((uint32_t)plan->size[d]);
    for (int k = 0; k < plan->nop; k++) f->stride[d][k] = plan->stride[d][k];
  }
}

void set_numbers(THCFused *f, const THFuse *program, const THScalar *number)
{
  int place = 0;
  for (int s = 0; s < program->nstep; s++) {
    const FuseStep *step = &program->step[s];
    if (!has_numbers(*step)) continue;
    const THType type = THType_element(step->type);
    for (int k = 0; k < 2; k++) THScalar_store(type, f->number[place] + (size_t)k * THType_size(type), THFuseStep_number(step, k, number));
    place++;
  }
}

} // namespace

bool THC_fused(const THFuse *program, const THPlan *plan, const THScalar *number)
{
  Compiled *compiled = compiled_of(program);
  void *kernel = kernel_of(compiled);
  if (!kernel) return false;
  THCFused f = {};
  set_numbers(&f, program, number);
  THCPlan_pieces("fuse", plan, [&](const THPlan *piece) {
    set_piece(&f, piece);
    const bool packs = in_packs(piece, compiled->pack);
    THC_fusedLaunch(kernel, packs, THC_grid(packs ? (piece->numel + compiled->pack - 1) / compiled->pack : piece->numel), THC_stream(), &f);
  });
  return true;
}
