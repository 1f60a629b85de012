/* What lies between the matrix products of a decoder layer, one pass over memory each, in training and where tokens are
   written one after the other. `compiled.py` builds and calls it.

   Shapes: S positions, N sequences, E hidden size, I inner size, H query heads, G key/value heads, r = H / G, D head size, K keys.
   Query-like values lie as [G, S, r, D], so that any run of positions is one matrix for each key head, without a copy.
   T is bf16 or fp32; everything is computed in fp32. Matrices are contiguous unless a stride is given. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t i64;

#ifdef BF16
typedef uint16_t T;
static inline float get(T v) {
    uint32_t bits = (uint32_t)v << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}
static inline T put(float f) { /* to the nearest, ties to even */
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return (T)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
#else
typedef float T;
static inline float get(T v) { return v; }
static inline T put(float f) { return f; }
#endif

/* e^x within 2 units in the last place (Cephes' polynomial); what would be subnormal is 2^-126 or so. */
static inline float expo(float x) {
    x = x > 88.0f ? 88.0f : x;
    x = x < -87.0f ? -87.0f : x;
    float n = rintf(x * 1.44269504088896341f);
    float r = fmaf(n, 2.12194440e-4f, fmaf(n, -0.693359375f, x)); /* in this order: ln 2 in two parts */
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float scale;
    memcpy(&scale, &bits, 4);
    return p * scale;
}

/* Integers in the order of the numbers, so that the largest of many is found without asking for not-a-number, which
   comes out as the largest. */
static inline int32_t ranked_float(float f) {
    int32_t bits;
    memcpy(&bits, &f, 4);
    return bits ^ ((bits >> 31) & 0x7fffffff);
}
static inline int32_t ranked(T v) { return ranked_float(get(v)); }
static inline float unranked(int32_t bits) {
    bits ^= (bits >> 31) & 0x7fffffff;
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

/* Root-mean-square normalisation, and 1 / rms of each position. */
void rms_norm(const T *x, const T *weight, T *out, float *inverse, i64 S, i64 E, float eps) {
#pragma omp parallel for schedule(static)
    for (i64 s = 0; s < S; s++) {
        const T *a = x + s * E;
        T *o = out + s * E;
        float sum = 0;
        for (i64 e = 0; e < E; e++) sum += get(a[e]) * get(a[e]);
        float inv = 1.0f / sqrtf(sum / (float)E + eps);
        inverse[s] = inv;
        for (i64 e = 0; e < E; e++) o[e] = put(get(a[e]) * inv * get(weight[e]));
    }
}

/* Its way back, with the gradient that went past it added. */
void rms_norm_back(const T *gradient, const T *x, const T *weight, const float *inverse, const T *past, T *out, i64 S,
                   i64 E) {
#pragma omp parallel for schedule(static)
    for (i64 s = 0; s < S; s++) {
        const T *g = gradient + s * E, *a = x + s * E, *p = past + s * E;
        T *o = out + s * E;
        float sum = 0, inv = inverse[s];
        for (i64 e = 0; e < E; e++) sum += get(g[e]) * get(weight[e]) * get(a[e]);
        float slope = sum * inv * inv / (float)E;
        for (i64 e = 0; e < E; e++) o[e] = put((get(g[e]) * get(weight[e]) - get(a[e]) * slope) * inv + get(p[e]));
    }
}

/* silu(gate) * up, [S, I], of [S, 2I]. */
void gated(const T *gate_up, T *out, i64 S, i64 I) {
#pragma omp parallel for schedule(static)
    for (i64 s = 0; s < S; s++) {
        const T *gate = gate_up + s * 2 * I, *up = gate + I;
        T *o = out + s * I;
        for (i64 i = 0; i < I; i++) {
            float z = get(gate[i]);
            o[i] = put(z / (1.0f + expo(-z)) * get(up[i]));
        }
    }
}

void gated_back(const T *gradient, const T *gate_up, T *out, i64 S, i64 I) {
#pragma omp parallel for schedule(static)
    for (i64 s = 0; s < S; s++) {
        const T *g = gradient + s * I, *gate = gate_up + s * 2 * I, *up = gate + I;
        T *d_gate = out + s * 2 * I, *d_up = d_gate + I;
        for (i64 i = 0; i < I; i++) {
            float z = get(gate[i]), d = get(g[i]), share = 1.0f / (1.0f + expo(-z));
            d_up[i] = put(d * z * share);
            d_gate[i] = put(d * get(up[i]) * share * (1.0f + z * (1.0f - share)));
        }
    }
}

/* One head rotated, the first half against the second. */
static inline void rotate(const T *head, const T *cos, const T *sin, T *out, i64 half) {
    const T *a = head, *b = head + half;
    for (i64 d = 0; d < half; d++) {
        out[d] = put(get(a[d]) * get(cos[d]) - get(b[d]) * get(sin[d]));
        out[d + half] = put(get(b[d]) * get(cos[d]) + get(a[d]) * get(sin[d]));
    }
}

/* Queries and keys rotated, all three laid out for attention. */
void lay_out(const T *qkv, const T *cos, const T *sin, i64 stride, T *query, T *key, T *value, i64 S, i64 G, i64 r,
             i64 D) {
    i64 half = D / 2, width = (r + 2) * G * D;
#pragma omp parallel for schedule(static)
    for (i64 s = 0; s < S; s++) {
        const T *row = qkv + s * width, *c = cos + s * stride, *n = sin + s * stride;
        for (i64 h = 0; h < (r + 1) * G; h++) {
            T *o = h < r * G ? query + ((h / r * S + s) * r + h % r) * D : key + ((h - r * G) * S + s) * D;
            rotate(row + h * D, c, n, o, half);
        }
        for (i64 g = 0; g < G; g++) memcpy(value + (g * S + s) * D, row + ((r + 1) * G + g) * D, (size_t)D * sizeof(T));
    }
}

/* The gradients of the three, rotated back and laid out as the product gave the values. */
void lay_back(const float *d_query, const float *d_key, const float *d_value, const T *cos, const T *sin, i64 stride,
              T *out, i64 S, i64 G, i64 r, i64 D) {
    i64 half = D / 2, width = (r + 2) * G * D;
#pragma omp parallel for schedule(static)
    for (i64 s = 0; s < S; s++) {
        const T *c = cos + s * stride, *n = sin + s * stride;
        T *row = out + s * width;
        for (i64 h = 0; h < (r + 1) * G; h++) {
            const float *a = h < r * G ? d_query + ((h / r * S + s) * r + h % r) * D : d_key + ((h - r * G) * S + s) * D;
            const float *b = a + half;
            T *o = row + h * D;
            for (i64 d = 0; d < half; d++) {
                o[d] = put(a[d] * get(c[d]) + b[d] * get(n[d]));
                o[d + half] = put(b[d] * get(c[d]) - a[d] * get(n[d]));
            }
        }
        for (i64 g = 0; g < G; g++) {
            const float *a = d_value + (g * S + s) * D;
            T *o = row + ((r + 1) * G + g) * D;
            for (i64 d = 0; d < D; d++) o[d] = put(a[d]);
        }
    }
}

/* How many of a tile's keys its row `i` sees: of the last `rows / r` keys, one more with each position. */
static inline i64 sight(i64 i, i64 rows, i64 K, i64 r, int causal) { return causal ? K - rows / r + i / r + 1 : K; }

/* Scores of a tile, [G, rows, K], become attention weights in place; their log-sum-exp goes to `total`. */
void weigh(T *scores, float *total, i64 total_stride, i64 G, i64 rows, i64 K, i64 r, float scale, int causal) {
#pragma omp parallel
    {
        float *wide = malloc((size_t)K * sizeof(float));
#pragma omp for schedule(static)
        for (i64 n = 0; n < G * rows; n++) {
            T *row = scores + n * K;
            i64 seen = sight(n % rows, rows, K, r, causal);
            int32_t highest = INT32_MIN;
            for (i64 k = 0; k < seen; k++) highest = ranked(row[k]) > highest ? ranked(row[k]) : highest;
            float most = unranked(highest) * scale, sum = 0; /* the scale is positive */
            for (i64 k = 0; k < seen; k++) {
                wide[k] = expo(get(row[k]) * scale - most);
                sum += wide[k];
            }
            float inv = 1.0f / sum;
            for (i64 k = 0; k < seen; k++) row[k] = put(wide[k] * inv);
            if (seen < K) memset(row + seen, 0, (size_t)(K - seen) * sizeof(T));
            total[n / rows * total_stride + n % rows] = most + logf(sum);
        }
        free(wide);
    }
}

/* The same weights relative to a log-sum-exp that is known: of all that a query sees. */
void weigh_again(T *scores, const float *joined, i64 joined_stride, i64 G, i64 rows, i64 K, i64 r, float scale,
                 int causal) {
#pragma omp parallel for schedule(static)
    for (i64 n = 0; n < G * rows; n++) {
        T *row = scores + n * K;
        i64 seen = sight(n % rows, rows, K, r, causal);
        float known = joined[n / rows * joined_stride + n % rows];
        for (i64 k = 0; k < seen; k++) row[k] = put(expo(get(row[k]) * scale - known));
        if (seen < K) memset(row + seen, 0, (size_t)(K - seen) * sizeof(T));
    }
}

/* One tile's result, [G, rows, D], into the output, [S, H * D] at its first position, as a mean weighted by how much
   attention each drew; `first`: there is nothing to join it to. */
void join(const T *part, const float *total, T *out, float *joined, i64 joined_stride, i64 G, i64 rows, i64 r, i64 D,
          int first) {
#pragma omp parallel for schedule(static)
    for (i64 n = 0; n < G * rows; n++) {
        i64 g = n / rows, i = n % rows;
        const T *a = part + n * D;
        T *o = out + ((i / r) * G * r + g * r + i % r) * D;
        float *j = joined + g * joined_stride + i;
        if (first) {
            memcpy(o, a, (size_t)D * sizeof(T));
            *j = total[n];
            continue;
        }
        float apart = total[n] - *j, share = 1.0f / (1.0f + expf(-apart));
        for (i64 d = 0; d < D; d++) o[d] = put(get(o[d]) + share * (get(a[d]) - get(o[d])));
        *j += apart > 0 ? apart + log1pf(expf(-apart)) : log1pf(expf(apart));
    }
}

/* Gradients of the output, [S, H * D], laid out for attention, and what each query's scores lose by being shares. */
void turn(const T *gradient, const T *out, T *wanted, float *slope, i64 S, i64 G, i64 r, i64 D) {
#pragma omp parallel for schedule(static)
    for (i64 s = 0; s < S; s++) {
        for (i64 h = 0; h < G * r; h++) {
            const T *a = gradient + (s * G * r + h) * D, *b = out + (s * G * r + h) * D;
            i64 place = (h / r * S + s) * r + h % r;
            float sum = 0;
            for (i64 d = 0; d < D; d++) sum += get(a[d]) * get(b[d]);
            slope[place] = sum;
            memcpy(wanted + place * D, a, (size_t)D * sizeof(T));
        }
    }
}

/* Gradients of a tile's weights, [G, rows, K], become those of its scores in place. `kept` holds its weights relative to
   `total` (NULL: to what is joined); relative to what is joined they go to `weights`. */
void scores_back(T *gradient, const T *kept, T *weights, const float *total, i64 total_stride, const float *joined,
                 const float *slope, i64 joined_stride, i64 G, i64 rows, i64 K, float scale) {
#pragma omp parallel for schedule(static)
    for (i64 n = 0; n < G * rows; n++) {
        T *d = gradient + n * K, *w = weights + n * K;
        const T *a = kept + n * K;
        i64 place = n / rows * joined_stride + n % rows;
        float share = total ? expf(total[n / rows * total_stride + n % rows] - joined[place]) : 1.0f;
        float less = slope[place];
        for (i64 k = 0; k < K; k++) {
            float weight = get(a[k]) * share;
            w[k] = put(weight);
            d[k] = put((get(d[k]) - less) * weight * scale);
        }
    }
}

/* `sums` [G, size] of `stride`, plus or set to `part` [G, size]. */
void add(float *sums, i64 stride, const T *part, i64 G, i64 size, int set) {
#pragma omp parallel for collapse(2) schedule(static)
    for (i64 g = 0; g < G; g++)
        for (i64 at = 0; at < size; at += 1024) {
            float *a = sums + g * stride + at;
            const T *b = part + g * size + at;
            i64 n = size - at < 1024 ? size - at : 1024;
            if (set)
                for (i64 i = 0; i < n; i++) a[i] = get(b[i]);
            else
                for (i64 i = 0; i < n; i++) a[i] += get(b[i]);
        }
}

/* Logits of a block, [R, C], become exponentials relative to the highest so far, in place; `factor` is what earlier sums
   are to be multiplied by. */
void head_block(T *logits, float *top, float *total, float *factor, i64 R, i64 C) {
#pragma omp parallel for schedule(static)
    for (i64 n = 0; n < R; n++) {
        T *row = logits + n * C;
        int32_t highest = INT32_MIN;
        for (i64 c = 0; c < C; c++) highest = ranked(row[c]) > highest ? ranked(row[c]) : highest;
        float most = fmaxf(unranked(highest), top[n]), sum = 0;
        for (i64 c = 0; c < C; c++) {
            float e = expo(get(row[c]) - most);
            sum += e;
            row[c] = put(e);
        }
        factor[n] = expf(top[n] - most);
        total[n] = total[n] * factor[n] + sum;
        top[n] = most;
    }
}

/* One more token of each sequence: queries and keys rotated, queries as [G, N, r, D], keys and values into column `place`
   of their rooms, [N, G, C, D]. */
void step_lay_out(const T *qkv, const T *cos, const T *sin, i64 stride, T *query, T *keys, T *values, i64 place, i64 C,
                  i64 N, i64 G, i64 r, i64 D) {
    i64 half = D / 2, width = (r + 2) * G * D;
#pragma omp parallel for schedule(static)
    for (i64 n = 0; n < N; n++) {
        const T *row = qkv + n * width, *c = cos + n * stride, *s = sin + n * stride;
        for (i64 h = 0; h < r * G; h++) rotate(row + h * D, c, s, query + ((h / r * N + n) * r + h % r) * D, half);
        for (i64 g = 0; g < G; g++) {
            i64 at = ((n * G + g) * C + place) * D;
            rotate(row + (r * G + g) * D, c, s, keys + at, half);
            memcpy(values + at, row + ((r + 1) * G + g) * D, (size_t)D * sizeof(T));
        }
    }
}

/* Attention of that token, its query [G, N, r, D] (`query_stride` from one key head to the next), over columns `first` to
   `end` of the rooms, but for those where `hidden`, [N, end - first] (NULL: none), and over P positions before them. Of
   those come the scores, [G, N, r, P], which become their shares in place; what their values add is left to `step_join`.
   `out`: [N, H * D]. */
void step_attend(const T *query, i64 query_stride, T *before, i64 P, const T *keys, const T *values, i64 first, i64 end,
                 i64 C, const uint8_t *hidden, T *out, i64 N, i64 G, i64 r, i64 D, float scale) {
    i64 own = end - first, size = P + own;
#pragma omp parallel
    {
        float *score = malloc((size_t)(size + D) * sizeof(float)), *sums = score + size;
#pragma omp for schedule(static)
        for (i64 i = 0; i < N * G * r; i++) {
            i64 n = i / (G * r), g = i / r % G, j = i % r, room = ((n * G + g) * C + first) * D;
            const T *q = query + g * query_stride + (n * r + j) * D, *k = keys + room, *v = values + room;
            const uint8_t *skip = hidden ? hidden + n * own : NULL;
            T *past = P ? before + ((g * N + n) * r + j) * P : NULL;
            for (i64 p = 0; p < P; p++) score[p] = get(past[p]);
            for (i64 p = 0; p < own; p++) {
                float sum = 0;
                for (i64 d = 0; d < D; d++) sum += get(q[d]) * get(k[p * D + d]);
                score[P + p] = skip && skip[p] ? -INFINITY : sum;
            }
            int32_t highest = INT32_MIN;
            for (i64 p = 0; p < size; p++) highest = ranked_float(score[p]) > highest ? ranked_float(score[p]) : highest;
            float most = unranked(highest) * scale, total = 0; /* the scale is positive */
            for (i64 p = 0; p < size; p++) {
                score[p] = score[p] == -INFINITY ? 0.0f : expo(score[p] * scale - most);
                total += score[p];
            }
            float inv = 1.0f / total;
            for (i64 p = 0; p < P; p++) past[p] = put(score[p] * inv);
            memset(sums, 0, (size_t)D * sizeof(float));
            for (i64 p = 0; p < own; p++) {
                float share = score[P + p];
                if (share == 0.0f) continue; /* what is hidden may hold anything */
                for (i64 d = 0; d < D; d++) sums[d] += share * get(v[p * D + d]);
            }
            T *o = out + ((n * G + g) * r + j) * D;
            for (i64 d = 0; d < D; d++) o[d] = put(sums[d] * inv);
        }
        free(score);
    }
}

/* `part`, [G, N, r, D], added to `out`, [N, H * D]. */
void step_join(const T *part, T *out, i64 N, i64 G, i64 r, i64 D) {
#pragma omp parallel for schedule(static)
    for (i64 i = 0; i < N * G; i++) {
        i64 n = i / G, g = i % G;
        const T *a = part + (g * N + n) * r * D;
        T *o = out + (n * G + g) * r * D;
        for (i64 d = 0; d < r * D; d++) o[d] = put(get(o[d]) + get(a[d]));
    }
}
