/* Whether this is a build with a sanitizer that keeps shadow memory: terabytes of addresses, so that a limit of memory
 * cannot be set. */
#ifndef ONUS_BASE_SHADOW_INTERNAL_H
#define ONUS_BASE_SHADOW_INTERNAL_H

#if defined(__SANITIZE_ADDRESS__)
#define ONUS_HAS_SHADOW_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ONUS_HAS_SHADOW_MEMORY 1
#endif
#endif
#ifndef ONUS_HAS_SHADOW_MEMORY
#define ONUS_HAS_SHADOW_MEMORY 0
#endif

#endif
