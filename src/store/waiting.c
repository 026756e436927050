/* Records lie packed at the back of the memory (posting, length of the key, key), those of one bin in chunks: a bin has
 * the records of one table whose hashes begin with the same byte. In front is room for as many references of 16 bytes,
 * with the hash, which sorting writes bin by bin and then moves: all that it touches at a time fits a processor's
 * cache, and so does what is handed on. Hashes are spread evenly, so a radix sort from the highest byte down needs
 * about three passes for millions; it works in place, since the budget is for records. Only records whose keys have the
 * same hash, the same key as a rule, are compared. */
#include "store/waiting_internal.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

enum { RECORD_HEAD_BYTES = ONUS_POSTING_BYTES + 2, FEW = 40, LEVELS = 8, CHUNK_BYTES_MAX = 65536 };

/* In front of the records of a chunk. */
typedef struct chunk {
  uint64_t next;    /* offset of the bin's next chunk; 0: there is none */
  uint64_t n_bytes; /* of its records */
} chunk;

static const uint64_t offset_mask = (UINT64_C(1) << 56) - 1;

static onus_waiting_ref *refs_of(const onus_waiting *waiting) {
  return (onus_waiting_ref *)(void *)waiting->memory;
}

onus_status onus_waiting_open(onus_waiting *waiting, size_t length_bytes, onus_error *error) {
  length_bytes &= ~(size_t)15;
  length_bytes &= ~(size_t)15; /* chunks are aligned */
  uint8_t *memory = malloc(length_bytes);
  if (!memory)
    return ONUS_FAIL_NO_MEMORY(error);
  *waiting = (onus_waiting){.memory = memory, .length_bytes = length_bytes, .records_at = length_bytes};
  waiting->chunk_bytes = length_bytes / 4096 < CHUNK_BYTES_MAX ? length_bytes / 4096 & ~(size_t)15 : CHUNK_BYTES_MAX;
  return ONUS_OK;
}

void onus_waiting_free(onus_waiting *waiting) {
  free(waiting->memory);
  free(waiting->bins);
  *waiting = (onus_waiting){0};
}

void onus_waiting_clear(onus_waiting *waiting) {
  waiting->n_refs = 0;
  waiting->records_at = waiting->length_bytes;
  if (waiting->n_tables > 0)
    memset(waiting->bins, 0, waiting->n_tables * ONUS_WAITING_BINS * sizeof *waiting->bins);
}

void onus_waiting_release(onus_waiting *waiting) {
  size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
  uintptr_t begin = ((uintptr_t)waiting->memory + page_bytes - 1) / page_bytes * page_bytes,
            end = ((uintptr_t)waiting->memory + waiting->length_bytes) / page_bytes * page_bytes;
  onus_waiting_clear(waiting);
  if (begin < end) /* a failure costs memory, no more */
    (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}

onus_status onus_waiting_table(onus_waiting *waiting, unsigned table, onus_error *error) {
  if (table < waiting->n_tables)
    return ONUS_OK;
  size_t n_bins = ((size_t)table + 1) * ONUS_WAITING_BINS, n_old = waiting->n_tables * (size_t)ONUS_WAITING_BINS;
  onus_waiting_bin *grown = realloc(waiting->bins, n_bins * sizeof *grown);
  if (!grown)
    return ONUS_FAIL_NO_MEMORY(error);
  memset(grown + n_old, 0, (n_bins - n_old) * sizeof *grown);
  waiting->bins = grown;
  waiting->n_tables = table + 1;
  return ONUS_OK;
}

static chunk *chunk_at(const onus_waiting *waiting, uint64_t offset) {
  return (chunk *)(void *)(waiting->memory + offset);
}

/* A chunk with room for `need` bytes at the end of the bin. */
static bool add_chunk(onus_waiting *waiting, onus_waiting_bin *bin, size_t need) {
  size_t length = sizeof(chunk) + need, refs_end = (waiting->n_refs + 1) * sizeof(onus_waiting_ref);
  length = length < waiting->chunk_bytes ? waiting->chunk_bytes : (length + 15) & ~(size_t)15;
  if (refs_end + length > waiting->records_at)
    return false;
  waiting->records_at -= length;
  if (bin->first == 0)
    bin->first = waiting->records_at;
  else
    chunk_at(waiting, bin->last)->next = waiting->records_at;
  bin->last = waiting->records_at;
  bin->room_bytes = length - sizeof(chunk);
  *chunk_at(waiting, bin->last) = (chunk){0};
  return true;
}

bool onus_waiting_add(onus_waiting *waiting, unsigned table, const onus_store_record *record) {
  size_t key_bytes = record->key.length_bytes, need = (RECORD_HEAD_BYTES + key_bytes + 3) & ~(size_t)3;
  uint64_t hash = XXH3_64bits(key_bytes > 0 ? record->key.bytes : "", key_bytes);
  onus_waiting_bin *bin = &waiting->bins[(size_t)table * ONUS_WAITING_BINS + (hash >> 56)];
  if ((waiting->n_refs + 1) * sizeof(onus_waiting_ref) > waiting->records_at ||
      (need > bin->room_bytes && !add_chunk(waiting, bin, need)))
    return false;
  chunk *c = chunk_at(waiting, bin->last);
  uint8_t *at = (uint8_t *)(c + 1) + c->n_bytes;
  uint16_t short_bytes = (uint16_t)key_bytes;
  memcpy(at, &record->posting, ONUS_POSTING_BYTES);
  memcpy(at + ONUS_POSTING_BYTES, &short_bytes, sizeof short_bytes);
  if (key_bytes > 0)
    memcpy(at + RECORD_HEAD_BYTES, record->key.bytes, key_bytes);
  c->n_bytes += need;
  bin->room_bytes -= need;
  waiting->n_refs++;
  return true;
}

static const onus_store_posting *posting_of(const onus_waiting *waiting, onus_waiting_ref ref) {
  return (const onus_store_posting *)(const void *)(waiting->memory + (ref.place & offset_mask));
}

static onus_group group_of(const onus_waiting *waiting, onus_waiting_ref ref) {
  const uint8_t *record = waiting->memory + (ref.place & offset_mask);
  uint16_t key_bytes;
  memcpy(&key_bytes, record + ONUS_POSTING_BYTES, sizeof key_bytes);
  return (onus_group){.hash = ref.hash, .key = record + RECORD_HEAD_BYTES, .key_bytes = key_bytes};
}

/* --- sorting ------------------------------------------------------------------------------------------------------ */

static unsigned digit(onus_waiting_ref ref, unsigned level) {
  return (unsigned)(ref.hash >> (56 - 8 * level)) & 255;
}

static void sort_few(onus_waiting_ref *refs, size_t count) {
  for (size_t i = 1; i < count; i++) {
    onus_waiting_ref moved = refs[i];
    size_t at = i;
    for (; at > 0 && moved.hash < refs[at - 1].hash; at--)
      refs[at] = refs[at - 1];
    refs[at] = moved;
  }
}

/* Each level puts every reference into the stretch of its byte, by swapping in cycles. */
static void sort_by_hash(onus_waiting_ref *refs, size_t count, unsigned level) {
  if (count <= FEW) {
    sort_few(refs, count);
    return;
  }
  if (level == LEVELS)
    return;
  size_t next[256] = {0}, end[256], sum = 0;
  for (size_t i = 0; i < count; i++)
    next[digit(refs[i], level)]++;
  for (unsigned d = 0; d < 256; d++) {
    size_t n = next[d];
    next[d] = sum;
    sum += n;
    end[d] = sum;
  }
  for (unsigned d = 0; d < 256; d++) {
    while (next[d] < end[d]) {
      onus_waiting_ref ref = refs[next[d]];
      for (unsigned other; (other = digit(ref, level)) != d;) {
        onus_waiting_ref displaced = refs[next[other]];
        refs[next[other]++] = ref;
        ref = displaced;
      }
      refs[next[d]++] = ref;
    }
  }
  for (unsigned d = 0; d < 256; d++) {
    size_t begin = d == 0 ? 0 : end[d - 1];
    if (end[d] - begin > 1)
      sort_by_hash(refs + begin, end[d] - begin, level + 1);
  }
}

static int compare_records(const onus_waiting *waiting, onus_waiting_ref a, onus_waiting_ref b) {
  onus_group a_group = group_of(waiting, a), b_group = group_of(waiting, b);
  int order = onus_key_compare(a_group.key, a_group.key_bytes, b_group.key, b_group.key_bytes);
  return order != 0 ? order : onus_posting_compare(posting_of(waiting, a), posting_of(waiting, b));
}

/* Heapsort: in place and never slow, for a key that half of all records have too. */
static void sort_records(const onus_waiting *waiting, onus_waiting_ref *refs, size_t count) {
  for (size_t root = count / 2, end = count; end > 1;) {
    if (root > 0) {
      root--;
    } else {
      onus_waiting_ref top = refs[0];
      refs[0] = refs[--end];
      refs[end] = top;
    }
    onus_waiting_ref moved = refs[root];
    size_t at = root;
    for (size_t child; (child = 2 * at + 1) < end; at = child) {
      if (child + 1 < end && compare_records(waiting, refs[child], refs[child + 1]) < 0)
        child++;
      if (compare_records(waiting, moved, refs[child]) >= 0)
        break;
      refs[at] = refs[child];
    }
    refs[at] = moved;
  }
}

static size_t end_of_hash(const onus_waiting_ref *refs, size_t begin, size_t count) {
  size_t end = begin + 1;
  while (end < count && refs[end].hash == refs[begin].hash)
    end++;
  return end;
}

/* Writes references to the records of a bin; returns where they end. */
static onus_waiting_ref *refer(const onus_waiting *waiting, unsigned table, const onus_waiting_bin *bin,
                               onus_waiting_ref *at) {
  for (uint64_t offset = bin->first; offset != 0; offset = chunk_at(waiting, offset)->next) {
    uint64_t record_at = offset + sizeof(chunk), end = record_at + chunk_at(waiting, offset)->n_bytes;
    while (record_at < end) {
      const uint8_t *record = waiting->memory + record_at;
      uint16_t key_bytes;
      memcpy(&key_bytes, record + ONUS_POSTING_BYTES, sizeof key_bytes);
      *at++ = (onus_waiting_ref){XXH3_64bits(record + RECORD_HEAD_BYTES, key_bytes), (uint64_t)table << 56 | record_at};
      record_at += (RECORD_HEAD_BYTES + (size_t)key_bytes + 3) & ~(size_t)3;
    }
  }
  return at;
}

static void sort_bin(const onus_waiting *waiting, onus_waiting_ref *refs, size_t count) {
  sort_by_hash(refs, count, 1);
  for (size_t i = 0; i < count;) {
    size_t end = end_of_hash(refs, i, count);
    if (end - i > 1)
      sort_records(waiting, refs + i, end - i);
    i = end;
  }
}

void onus_waiting_sort(onus_waiting *waiting) {
  onus_waiting_ref *at = refs_of(waiting);
  for (size_t i = 0; i < waiting->n_tables * (size_t)ONUS_WAITING_BINS; i++) {
    onus_waiting_ref *end = refer(waiting, (unsigned)(i / ONUS_WAITING_BINS), &waiting->bins[i], at);
    sort_bin(waiting, at, (size_t)(end - at));
    at = end;
  }
}

/* --- handing on --------------------------------------------------------------------------------------------------- */

/* The first reference of a table `number` or more. */
static size_t begin_of_table(const onus_waiting *waiting, unsigned number) {
  const onus_waiting_ref *refs = refs_of(waiting);
  size_t low = 0, high = waiting->n_refs;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (refs[middle].place >> 56 < number)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool is_same_key(const onus_waiting *waiting, onus_waiting_ref a, onus_waiting_ref b) {
  if (a.hash != b.hash)
    return false;
  onus_group a_group = group_of(waiting, a), b_group = group_of(waiting, b);
  return onus_group_compare(&a_group, &b_group) == 0;
}

uint64_t onus_waiting_count_keys(const onus_waiting *waiting, unsigned table) {
  const onus_waiting_ref *refs = refs_of(waiting);
  uint64_t n_keys = 0;
  size_t begin = begin_of_table(waiting, table), end = begin_of_table(waiting, table + 1);
  for (size_t i = begin; i < end; i++)
    n_keys += i == begin || !is_same_key(waiting, refs[i - 1], refs[i]);
  return n_keys;
}

static bool is_repeated(const onus_waiting *waiting, const onus_waiting_ref *refs, size_t begin, size_t i) {
  return i > begin && onus_posting_compare(posting_of(waiting, refs[i - 1]), posting_of(waiting, refs[i])) == 0;
}

onus_status onus_waiting_hand_on(const onus_waiting *waiting, unsigned table, const onus_group_sink *sink,
                                 onus_error *error) {
  enum { AHEAD = 16 };
  const onus_waiting_ref *refs = refs_of(waiting);
  size_t end = begin_of_table(waiting, table + 1);
  for (size_t i = begin_of_table(waiting, table), next; i < end; i = next) {
    if (i + AHEAD < end)
      __builtin_prefetch(waiting->memory + (refs[i + AHEAD].place & offset_mask));
    onus_group group = group_of(waiting, refs[i]);
    group.n_postings = 1;
    for (next = i + 1; next < end && is_same_key(waiting, refs[i], refs[next]); next++)
      group.n_postings += !is_repeated(waiting, refs, i, next);
    ONUS_TRY(sink->group(sink->context, &group, error));
    for (size_t k = i; k < next; k++)
      if (!is_repeated(waiting, refs, i, k))
        ONUS_TRY(sink->postings(sink->context, posting_of(waiting, refs[k]), 1, error));
  }
  return ONUS_OK;
}
