// Source positions through elfutils' libdw, loaded when first needed: it is no dependency of a program that makes no mistakes.
#include <dlfcn.h>
#include <execinfo.h>
#include <unistd.h>

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

struct Library {
  void *session = nullptr;
  void *(*moduleAt)(void *, uintptr_t) = nullptr;
  void *(*lineAt)(void *, uintptr_t) = nullptr;
  const char *(*lineInformation)(void *, uintptr_t *, int *, int *, void *, void *) = nullptr;

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
        !find(lineAt, "dwfl_module_getsrc") || !find(lineInformation, "dwfl_lineinfo") ||
        !find(callbacks.findElf, "dwfl_linux_proc_find_elf") ||
        !find(callbacks.findDebugInformation, "dwfl_standard_find_debuginfo"))
      return;
    session = begin(&callbacks);
    if (!session || reportProcess(session, getpid()) != 0 || reportEnd(session, nullptr, nullptr) != 0) session = nullptr;
  }
};

}  // namespace

extern "C" int32_t ember_call_stack(void **addresses, int32_t capacity) { return backtrace(addresses, capacity); }

extern "C" bool ember_source_location(uintptr_t address, char *file, int32_t capacity, int32_t *line) {
  static std::mutex lock;  // libdw's sessions belong to one thread at a time
  std::lock_guard guard(lock);
  static Library library;
  if (!library.session) return false;
  uintptr_t call = address - 1;  // a return address points behind the call
  void *module = library.moduleAt(library.session, call);
  if (!module) return false;
  void *found = library.lineAt(module, call);
  if (!found) return false;
  int number = 0;
  const char *name = library.lineInformation(found, nullptr, &number, nullptr, nullptr, nullptr);
  if (!name || capacity < 1) return false;
  std::strncpy(file, name, size_t(capacity) - 1);
  file[capacity - 1] = 0;
  *line = number;
  return true;
}
