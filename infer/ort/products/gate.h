#ifndef INKLING_GATE_H
#define INKLING_GATE_H

// What e to the x is made of: x is whole·ln 2 + r, and e to the r a polynomial, to 2 units in the last place.
static const float log2_e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
enum { exponential_count = 8 };
static const float exponential_terms[exponential_count] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                                                           1.6666665459e-1f, 5.0000001201e-1f, 1,                1};

#endif
