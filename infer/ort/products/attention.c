#include "attention.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *attention_check(const struct attention_call *c) {
  size_t fresh = 0;
  for (size_t r = 0; r < c->rows; r++) {
    int64_t past = (int64_t)c->last[r] + 1 - c->fresh[r];
    if (c->fresh[r] < 0 || (size_t)c->fresh[r] > c->tokens) return "RowAttention: a row has fewer than no new tokens, or more than there are";
    if (c->fresh[r] && (past < 0 || (uint64_t)c->last[r] >= c->capacity || (uint64_t)c->last[r] >= c->positions))
      return "RowAttention: a row is longer than its cache, or than the embedding";
    fresh += (size_t)c->fresh[r];
  }
  return fresh == c->tokens ? NULL : "RowAttention: the rows' new tokens are not as many as there are";
}

// task is what one part does: some tokens of a row, for one head of the cache.
struct task {
  size_t row, head;
  size_t first;    // token of the row's first new one
  size_t from, to; // of the row's new tokens
  int append;      // their keys and values first
};

struct run {
  const struct attention *a;
  const struct attention_call *c;
  struct task *tasks, *appends;
  size_t count, append_count;
  int failed; // set by any part that has no memory
};

static void turn(const struct attention *a, const struct attention_call *c, size_t position, const float *x, float by, float *out) {
  size_t half = a->width / 2;
  const float *cosines = c->cosines + position * half, *sines = c->sines + position * half;
  for (size_t i = 0; i < half; i++) {
    size_t one = a->interleaved ? 2 * i : i, other = a->interleaved ? 2 * i + 1 : i + half;
    float cosine = cosines[i] * by, sine = sines[i] * by;
    out[one] = x[one] * cosine - x[other] * sine;
    out[other] = x[other] * cosine + x[one] * sine;
  }
}

static size_t past_of(const struct attention_call *c, size_t row) { return (size_t)(c->last[row] + 1 - c->fresh[row]); }

static size_t cached(const struct run *r, const struct task *t) { return (t->row * r->a->kv_heads + t->head) * r->c->capacity * r->a->width; }

static void append(const struct run *r, const struct task *t) {
  const struct attention *a = r->a;
  size_t width = a->width, all = (a->heads + 2 * a->kv_heads) * width, past = past_of(r->c, t->row);
  for (size_t i = t->from; i < t->to; i++) {
    const float *key = r->c->qkv + (t->first + i) * all + (a->heads + t->head) * width;
    size_t at = cached(r, t) + (past + i) * width;
    turn(a, r->c, past + i, key, 1, r->c->keys + at);
    memcpy(r->c->values + at, key + a->kv_heads * width, width * sizeof *key);
  }
}

static void append_part(void *with, size_t part) {
  const struct run *r = with;
  append(r, &r->appends[part]);
}

static void attend_part(void *with, size_t part) {
  struct run *r = with;
  const struct attention *a = r->a;
  const struct task *t = &r->tasks[part];
  if (t->append) append(r, t);
  size_t width = a->width, group = a->heads / a->kv_heads, past = past_of(r->c, t->row), longest = past + t->to;
  size_t all = (a->heads + 2 * a->kv_heads) * width, count = (t->to - t->from) * group, stride = (longest + 15) / 16 * 16;
  float *memory = malloc((2 * count * width + count * stride) * sizeof *memory);
  if (!memory) {
    __atomic_store_n(&r->failed, 1, __ATOMIC_RELAXED);
    return;
  }
  size_t lengths[most_queries], n = 0;
  float by = 1 / sqrtf((float)width);
  for (size_t i = t->from; i < t->to; i++)
    for (size_t g = 0; g < group; g++, n++) {
      turn(a, r->c, past + i, r->c->qkv + (t->first + i) * all + (t->head * group + g) * width, by, memory + n * width);
      lengths[n] = past + i + 1;
    }
  float *out = memory + count * width;
  struct heard h = {memory, lengths, count, longest, r->c->keys + cached(r, t), r->c->values + cached(r, t), width, out + count * width, out};
  a->kernels->attend(&h);
  for (size_t i = t->from; i < t->to; i++, out += group * width)
    memcpy(r->c->out + ((t->first + i) * a->heads + t->head * group) * width, out, group * width * sizeof *out);
  free(memory);
}

// tokens_at_once is how many tokens of a row one part attends for.
static size_t tokens_at_once(const struct attention *a, size_t longest) {
  size_t group = a->heads / a->kv_heads, n = scores_bytes / sizeof(float) / (group * longest + 1);
  n = n > most_block ? most_block : n;
  n = n * group > most_queries ? most_queries / group : n;
  return n ? n : 1;
}

// plan makes the tasks; it only counts them where there is no room for them yet.
static void plan(struct run *r) {
  size_t first = 0;
  r->count = r->append_count = 0;
  for (size_t row = 0; row < r->c->rows; row++) {
    size_t fresh = (size_t)r->c->fresh[row];
    if (!fresh) continue;
    size_t n = tokens_at_once(r->a, past_of(r->c, row) + fresh);
    int together = fresh <= n;
    for (size_t from = 0; from < fresh; from += n)
      for (size_t head = 0; head < r->a->kv_heads; head++) {
        struct task t = {row, head, first, from, from + n < fresh ? from + n : fresh, together};
        if (r->tasks) r->tasks[r->count] = t;
        r->count++;
        if (!together && r->appends) r->appends[r->append_count] = t;
        r->append_count += !together;
      }
    first += fresh;
  }
}

int attention_run(const struct attention *a, const struct attention_call *c, parallel *in, void *of) {
  struct run r = {.a = a, .c = c};
  plan(&r);
  if (!r.count) return 1;
  struct task *tasks = malloc((r.count + r.append_count) * sizeof *tasks);
  if (!tasks) return 0;
  r.tasks = tasks, r.appends = tasks + r.count;
  plan(&r);
  if (r.append_count) in(of, append_part, r.append_count, &r);
  in(of, attend_part, r.count, &r);
  free(tasks);
  return !r.failed;
}
