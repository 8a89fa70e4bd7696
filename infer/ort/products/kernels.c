#include "kernels.h"
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

// Bits of what cpuid tells: compilers differ in which features they know by name.
static int f16c(void) {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && c >> 29 & 1;
}

#ifdef has_avxvnni
static int avxvnni(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && a >> 4 & 1;
}
#endif

static int has(const struct kernels *k) {
  __builtin_cpu_init();
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && f16c(); // the system keeps these registers too
  if (k == &kernels_avx512)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
#ifdef has_avxvnni
  if (k == &kernels_avxvnni) return avx2 && avxvnni();
#endif
  return k == &kernels_portable || avx2;
}

static const struct kernels *const all[] = {
    &kernels_avx512,
#ifdef has_avxvnni
    &kernels_avxvnni,
#endif
    &kernels_avx2,
    &kernels_portable,
};
#else
static int has(const struct kernels *k) { return k == &kernels_portable; }

static const struct kernels *const all[] = {&kernels_portable};
#endif

size_t kernels_count(void) { return sizeof all / sizeof *all; }

const struct kernels *kernels_at(size_t i) { return has(all[i]) ? all[i] : NULL; }

const struct kernels *kernels_named(const char *name) {
  for (size_t i = 0; i < kernels_count(); i++)
    if ((!name || !strcmp(all[i]->name, name)) && has(all[i])) return all[i];
  return NULL;
}

const struct kernels *kernels_best(void) {
  const char *wanted = getenv("INKLING_KERNELS");
  const struct kernels *named = wanted ? kernels_named(wanted) : NULL;
  return named ? named : kernels_named(NULL);
}
