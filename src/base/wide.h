/* Functions whose loops fill the vectors of AVX2 or SSE2; the loader picks what the machine has. */
#ifndef ONUS_BASE_WIDE_H
#define ONUS_BASE_WIDE_H

/* What picks runs before the thread sanitizer is there, and would call it. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ONUS_WIDE
#endif
#endif

#if !defined(ONUS_WIDE) && defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__) &&              \
    !defined(__SANITIZE_THREAD__)
#define ONUS_WIDE __attribute__((target_clones("avx2", "default")))
#elif !defined(ONUS_WIDE)
#define ONUS_WIDE
#endif

#endif
