// drive calls core, an inlined function of a number of rows that is known when it is compiled, for all rows.
#define drive(name, core, target)                                                                                                          \
  target static void name(const uint8_t *weights, size_t blocks, const int8_t *quants, const struct block_scale *scales, size_t rows,      \
                          float *out, size_t stride) {                                                                                     \
    while (rows) {                                                                                                                         \
      size_t n;                                                                                                                            \
      if (rows >= 8)                                                                                                                       \
        core(weights, blocks, quants, scales, n = 8, out, stride);                                                                         \
      else if (rows >= 4)                                                                                                                  \
        core(weights, blocks, quants, scales, n = 4, out, stride);                                                                         \
      else if (rows == 3)                                                                                                                  \
        core(weights, blocks, quants, scales, n = 3, out, stride);                                                                         \
      else if (rows == 2)                                                                                                                  \
        core(weights, blocks, quants, scales, n = 2, out, stride);                                                                         \
      else                                                                                                                                 \
        core(weights, blocks, quants, scales, n = 1, out, stride);                                                                         \
      rows -= n, quants += n * blocks * block, scales += n * blocks, out += n * stride;                                                    \
    }                                                                                                                                      \
  }
