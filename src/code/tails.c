/* Which jumps leave their function: a jump to where no function is known to begin, out of the stretch from this
 * function's start to the next one's. Unwind tables, where they are, know better where functions end. */
#include "code/discover_internal.h"

#include <stdlib.h>

static const onus_program_unwind *unwind_at(const onus_program *p, uint64_t address) {
  size_t low = 0, high = p->n_unwind;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (p->unwind[middle].address <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0)
    return NULL;
  const onus_program_unwind *u = &p->unwind[low - 1];
  return address - u->address < u->size_bytes ? u : NULL;
}

static int by_position(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static bool leaves(const onus_discovery *d, const onus_record *r, uint32_t low, uint32_t high) {
  const onus_program *p = d->program;
  const onus_program_unwind *from = p->n_unwind > 0 ? unwind_at(p, onus_address_of(d, r->from)) : NULL;
  const onus_program_unwind *to = p->n_unwind > 0 ? unwind_at(p, onus_address_of(d, r->to)) : NULL;
  if (to)
    return false; /* inside of what the tables know: another part, or code that functions share */
  if (from)
    return true;
  return r->to < low || r->to >= high;
}

/* From the last start up to `position` to the one behind it. */
static void region_of(const uint32_t *sorted, size_t count, uint32_t position, uint32_t *low, uint32_t *high) {
  size_t first = 0, last = count;
  while (first < last) {
    size_t middle = first + (last - first) / 2;
    if (sorted[middle] <= position)
      first = middle + 1;
    else
      last = middle;
  }
  *low = first > 0 ? sorted[first - 1] : *low;
  *high = first < count ? sorted[first] : *high;
}

size_t onus_find_tails(onus_discovery *d) {
  size_t n_starts = d->starts.count, n_found = 0;
  uint32_t *sorted = malloc((n_starts + 1) * sizeof *sorted);
  if (!sorted) {
    d->starts.status = ONUS_NO_MEMORY;
    return 0;
  }
  for (size_t i = 0; i < n_starts; i++)
    sorted[i] = ONUS_LIST(&d->starts, onus_start)[i].position;
  qsort(sorted, n_starts, sizeof *sorted, by_position);
  for (size_t i = 0; i < d->records.count; i++) {
    onus_record r = ONUS_LIST(&d->records, onus_record)[i];
    if (r.kind != ONUS_RECORD_JUMP || r.to == ONUS_NOWHERE || d->state[r.to] & ONUS_AT_FUNCTION)
      continue;
    uint32_t low = 0, high = d->n_positions;
    region_of(sorted, n_starts, r.from, &low, &high);
    if (leaves(d, &r, low, high)) {
      onus_add_start(d, r.to, ONUS_FUNCTION_TAIL);
      n_found++;
    }
  }
  free(sorted);
  return n_found;
}
