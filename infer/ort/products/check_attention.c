// Attention without the runtime, for tests and tools.
#include "check_attention.h"

static size_t common(size_t a, size_t b) { return b ? common(b, a % b) : a; }

// in_order runs the parts in the order that a number says, 0: the last one first. None may need another.
static void in_order(void *of, void (*run)(void *with, size_t part), size_t total, void *with) {
  size_t step = *(const size_t *)of ? *(const size_t *)of : total - 1;
  while (common(step, total) != 1) step++;
  for (size_t i = 1; i <= total; i++) run(with, i * step % total);
}

const char *check_attend(const struct attention *a, const struct attention_call *c, size_t order) {
  const char *wrong = attention_check(c);
  if (wrong) return wrong;
  return attention_run(a, c, in_order, &order) ? NULL : "no memory";
}
