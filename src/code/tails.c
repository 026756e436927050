/* Which jumps leave their function.
 *
 * A jump stays when it ends between the start of its function and the next start, or when no start lies between its two
 * ends. (Compilers move what seldom runs out of the way; that part lies elsewhere and jumps back.) Unwind tables, where
 * they are, know better where functions end. What leaves by that rule goes to a function that only jumps lead to,
 * unless the code there belongs to somebody already, or reads like the middle of a function. */
#include "code/discover_internal.h"

void onus_region_of(const onus_discovery *d, uint32_t position, uint32_t *ret_low, uint32_t *ret_high) {
  size_t first, last;
  onus_pages_look_up(&d->sorted_pages, position, &first, &last);
  while (first < last) {
    size_t middle = first + (last - first) / 2;
    if (d->sorted[middle] <= position)
      first = middle + 1;
    else
      last = middle;
  }
  *ret_low = first > 0 ? d->sorted[first - 1] : 0;
  *ret_high = first < d->n_sorted ? d->sorted[first] : d->n_positions;
}

bool onus_jump_is_near(const onus_discovery *d, uint32_t from, uint32_t to) {
  if (onus_unwind_of(d, to))
    return true; /* inside of what the tables know: another part, or code that functions share */
  uint32_t low = 0, high = 0;
  onus_region_of(d, to, &low, &high);
  return from >= low && from < high && !onus_unwind_of(d, from);
}

bool onus_jump_stays(const onus_discovery *d, uint32_t from, uint32_t to, uint32_t start) {
  if (onus_jump_is_near(d, from, to))
    return true;
  uint32_t low = 0, high = 0;
  onus_region_of(d, to, &low, &high);
  return low == start && !onus_unwind_of(d, from);
}

size_t onus_find_tails(onus_discovery *d) {
  size_t n_found = 0;
  for (size_t i = 0; i < d->records.count; i++) {
    onus_record *r = &ONUS_LIST(&d->records, onus_record)[i];
    if (r->kind != ONUS_RECORD_JUMP || r->to == ONUS_NOWHERE || d->state[r->to] & ONUS_AT_FUNCTION ||
        !(d->state[r->from] & ONUS_AT_OWNED) || onus_jump_is_near(d, r->from, r->to))
      continue;
    uint32_t owner = onus_owner_of(d, r->from);
    if (owner == ONUS_NOWHERE || onus_jump_stays(d, r->from, r->to, ONUS_LIST(&d->starts, onus_start)[owner].position))
      continue;
    if (d->state[r->to] & ONUS_AT_OWNED || onus_likeness_at(d, r->to) == ONUS_LIKE_PART) {
      r->kind = ONUS_RECORD_JUMP_PART;
      continue;
    }
    onus_add_start(d, r->to, ONUS_FUNCTION_TAIL);
    n_found++;
  }
  return n_found;
}
