// Static shared memory, filled with junk for every block. Compilers offer no place that gathers the
// static variables of templates, so they are found by name: in the symbol table of the module,
// `_ZZ8functionE...` are the static variables of one function, and those of them that
// __shared__ declares stand beside a marker. A stripped module keeps its contents instead.
#include "simt_internal.h"
#include "include/simt_device.h"
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>

namespace
{
struct Variable {
  char *data;
  size_t size;
};
struct Function { // its shared variables
  std::vector<Variable> variables;
  unsigned long serial = 0; // of the block they were last filled for
};
typedef std::shared_ptr<Function> FunctionPtr; // several markers may share one

std::unordered_map<const void *, FunctionPtr> &by_marker =
    *new std::unordered_map<const void *, FunctionPtr>;
const char marker_name[] = "thc_simt_marker_";
} // namespace

// ---- the symbols of a module ----

typedef std::map<std::string, Variable> Symbols; // static variables of functions, by mangled name

static void add_symbols(const char *file, uintptr_t base, const ElfW(Shdr) & table,
                        const ElfW(Shdr) & names, Symbols *symbols)
{
  const ElfW(Sym) *s = reinterpret_cast<const ElfW(Sym) *>(file + table.sh_offset);
  for (size_t i = 0, n = table.sh_size / sizeof *s; i < n; i++) {
    const char *name = file + names.sh_offset + s[i].st_name;
    if (ELF64_ST_TYPE(s[i].st_info) != STT_OBJECT || !s[i].st_shndx || strncmp(name, "_ZZ", 3) != 0)
      continue;
    (*symbols)[std::string(name) + '@' + std::to_string(s[i].st_value)] = {
        reinterpret_cast<char *>(base + s[i].st_value), s[i].st_size};
  }
}

static Symbols read_symbols(const char *path, uintptr_t base)
{
  Symbols symbols;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0) return symbols;
  void *map = MAP_FAILED;
  if (fstat(fd, &info) == 0)
    map = mmap(nullptr, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (map == MAP_FAILED) return symbols;
  const char *file = static_cast<const char *>(map);
  const ElfW(Ehdr) *header = reinterpret_cast<const ElfW(Ehdr) *>(file);
  const ElfW(Shdr) *sections = reinterpret_cast<const ElfW(Shdr) *>(file + header->e_shoff);
  if (header->e_shoff)
    for (int i = 0; i < header->e_shnum; i++)
      if (sections[i].sh_type == SHT_SYMTAB)
        add_symbols(file, base, sections[i], sections[sections[i].sh_link], &symbols);
  munmap(map, (size_t)info.st_size);
  return symbols;
}

// ---- functions with shared variables ----

// "_ZZ8functionE" of "_ZZ8functionE17thc_simt_marker_3", "" of other names
static std::string function_of_marker(const std::string &name)
{
  size_t at = name.find(marker_name);
  if (at == std::string::npos) return "";
  while (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9') at--;
  return name.substr(0, at);
}

static void add_module(const char *path, uintptr_t base)
{
  Symbols symbols = read_symbols(path, base);
  std::map<std::string, FunctionPtr> functions;
  for (auto &symbol : symbols) {
    std::string prefix = function_of_marker(symbol.first);
    if (prefix.empty()) continue;
    FunctionPtr &function = functions[prefix];
    by_marker[symbol.second.data] = function = function ? function : std::make_shared<Function>();
  }
  for (auto &entry : functions)
    for (auto it = symbols.lower_bound(entry.first);
         it != symbols.end() && it->first.compare(0, entry.first.size(), entry.first) == 0; ++it)
      if (it->first.find(marker_name) == std::string::npos)
        entry.second->variables.push_back(it->second);
}

static int find_module(dl_phdr_info *info, size_t, void *marker)
{
  uintptr_t p = reinterpret_cast<uintptr_t>(marker);
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) &segment = info->dlpi_phdr[i];
    uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type != PT_LOAD || p < begin || p >= begin + segment.p_memsz) continue;
    bool main_program = !info->dlpi_name || !*info->dlpi_name;
    add_module(main_program ? "/proc/self/exe" : info->dlpi_name, info->dlpi_addr);
    return 1;
  }
  return 0;
}

static FunctionPtr find_function(const unsigned long *marker)
{
  auto it = by_marker.find(marker);
  if (it != by_marker.end()) return it->second;
  dl_iterate_phdr(find_module, const_cast<unsigned long *>(marker));
  FunctionPtr &function = by_marker[marker]; // a stripped module: none, and not searched again
  if (!function) function = std::make_shared<Function>();
  return function;
}

void thc_simt_new_shared(const unsigned long *marker)
{
  Function &function = *find_function(marker);
  if (function.serial == thc_simt_now.serial) return;
  function.serial = thc_simt_now.serial;
  for (const Variable &v : function.variables) simt_fill_junk(v.data, v.size);
}
