// Source positions through elfutils' libdw, loaded when first needed: it is no dependency of a program that makes no mistakes.
#include <dlfcn.h>
#include <execinfo.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

#include "ember_debug.h"

namespace {

// The part of libdwfl's interface used here (elfutils/libdwfl.h); opaque types stay opaque.
struct DwflCallbacks {
  int (*findElf)(void *, void **, const char *, uintptr_t, char **, void *);
  int (*findDebugInformation)(void *, void **, const char *, uintptr_t, const char *, const char *, uint32_t, char **);
  int (*sectionAddress)(void *, void **, const char *, uintptr_t, const char *, uint32_t, const void *, uintptr_t *);
  char **debugInformationPath;
};

/// elfutils' Dwarf_Die and Dwarf_Attribute, of which only the size matters here.
struct Die {
  void *opaque[4];
};
struct Attribute {
  void *opaque[3];
};
constexpr int tagInlinedSubroutine = 0x1d, attributeCallFile = 0x58, attributeCallLine = 0x59;

struct Library {
  void *session = nullptr;
  Die *(*nextUnit)(void *, Die *, uintptr_t *) = nullptr;
  int (*contains)(Die *, uintptr_t) = nullptr;
  int (*scopesAt)(Die *, uintptr_t, Die **) = nullptr;
  int (*tagOf)(Die *) = nullptr;
  Attribute *(*attributeOf)(Die *, unsigned, Attribute *) = nullptr;
  int (*unsignedValue)(Attribute *, uint64_t *) = nullptr;
  int (*sourceFiles)(Die *, void **, size_t *) = nullptr;
  const char *(*sourceFile)(void *, size_t, void *, void *) = nullptr;
  void *(*moduleAt)(void *, uintptr_t) = nullptr;
  void *(*lineAt)(Die *, uintptr_t) = nullptr;
  const char *(*lineSource)(void *, void *, void *) = nullptr;
  int (*lineNumber)(void *, int *) = nullptr;

  Library() {
    void *handle = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return;
    auto find = [&](auto &function, const char *name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
      return function != nullptr;
    };
    void *(*begin)(const DwflCallbacks *);
    int (*reportProcess)(void *, pid_t);
    int (*reportEnd)(void *, void *, void *);
    static DwflCallbacks callbacks;
    if (!find(begin, "dwfl_begin") || !find(reportProcess, "dwfl_linux_proc_report") ||
        !find(reportEnd, "dwfl_report_end") || !find(moduleAt, "dwfl_addrmodule") ||
        !find(nextUnit, "dwfl_module_nextcu") || !find(contains, "dwarf_haspc") || !find(scopesAt, "dwarf_getscopes") || !find(tagOf, "dwarf_tag") ||
        !find(attributeOf, "dwarf_attr") || !find(unsignedValue, "dwarf_formudata") ||
        !find(sourceFiles, "dwarf_getsrcfiles") || !find(sourceFile, "dwarf_filesrc") ||
        !find(lineAt, "dwarf_getsrc_die") || !find(lineSource, "dwarf_linesrc") || !find(lineNumber, "dwarf_lineno") ||
        !find(callbacks.findElf, "dwfl_linux_proc_find_elf") ||
        !find(callbacks.findDebugInformation, "dwfl_standard_find_debuginfo"))
      return;
    session = begin(&callbacks);
    if (!session || reportProcess(session, getpid()) != 0 || reportEnd(session, nullptr, nullptr) != 0) session = nullptr;
  }
};

bool write(const char *name, int number, char *file, int32_t capacity, int32_t *line) {
  if (!name || capacity < 1) return false;
  std::strncpy(file, name, size_t(capacity) - 1);
  file[capacity - 1] = 0;
  *line = number;
  return true;
}

/// The compilation unit that `call` belongs to. Clang writes no table of addresses by default, so the units are asked in turn.
Die *unitOf(Library &library, void *module, uintptr_t call, uintptr_t *bias) {
  for (Die *unit = library.nextUnit(module, nullptr, bias); unit; unit = library.nextUnit(module, unit, bias))
    if (library.contains(unit, call - *bias) > 0) return unit;
  return nullptr;
}

/// The `depth`-th place, from 1 on, from which the code at `address` of `unit` was inlined.
bool inlinedFrom(Library &library, Die *unit, uintptr_t address, int32_t depth, char *file, int32_t capacity,
                 int32_t *line) {
  Die *scopes = nullptr;
  int count = library.scopesAt(unit, address, &scopes);
  bool found = false;
  for (int i = 0; i < count && !found; ++i) {
    if (library.tagOf(&scopes[i]) != tagInlinedSubroutine || --depth > 0) continue;
    Attribute attribute;
    uint64_t fileIndex = 0, number = 0;
    void *files = nullptr;
    size_t fileCount = 0;
    if (!library.attributeOf(&scopes[i], attributeCallFile, &attribute) ||
        library.unsignedValue(&attribute, &fileIndex) != 0 ||
        !library.attributeOf(&scopes[i], attributeCallLine, &attribute) ||
        library.unsignedValue(&attribute, &number) != 0 || library.sourceFiles(unit, &files, &fileCount) != 0 ||
        fileIndex >= fileCount)
      break;
    found = write(library.sourceFile(files, fileIndex, nullptr, nullptr), int(number), file, capacity, line);
  }
  std::free(scopes);
  return found;
}

}  // namespace

extern "C" int32_t ember_call_stack(void **addresses, int32_t capacity) { return backtrace(addresses, capacity); }

extern "C" bool ember_source_location(uintptr_t address, int32_t depth, char *file, int32_t capacity, int32_t *line) {
  static std::mutex lock;  // libdw's sessions belong to one thread at a time
  std::lock_guard guard(lock);
  static Library library;
  if (!library.session) return false;
  uintptr_t call = address - 1;  // a return address points behind the call
  void *module = library.moduleAt(library.session, call);
  if (!module) return false;
  uintptr_t bias = 0;
  Die *unit = unitOf(library, module, call, &bias);
  if (!unit) return false;
  if (depth > 0) return inlinedFrom(library, unit, call - bias, depth, file, capacity, line);
  void *found = library.lineAt(unit, call - bias);
  int number = 0;
  if (!found || library.lineNumber(found, &number) != 0) return false;
  return write(library.lineSource(found, nullptr, nullptr), number, file, capacity, line);
}
