/* Values, and tokens that are made of them. */
#include "code/slice_internal.h"

enum { DEPTH_MAX = 5 };

uint32_t onus_value_hash(const onus_value *value) {
  switch ((onus_value_kind)value->kind) {
  case ONUS_VALUE_CONSTANT:
    return onus_mix2(ONUS_OP_CONSTANT, onus_mix((uint64_t)value->addend));
  case ONUS_VALUE_GLOBAL:
    return ONUS_OP_GLOBAL;
  case ONUS_VALUE_LOCAL:
    return ONUS_OP_LOCAL;
  case ONUS_VALUE_RESULT:
    return onus_mix2(ONUS_OP_RESULT, onus_mix((uint64_t)value->addend));
  case ONUS_VALUE_TERM:
    return onus_mix2(value->full, onus_mix((uint64_t)value->addend));
  case ONUS_VALUE_ANY:
    break;
  }
  return value->addend == 0 ? ONUS_OP_ANY : onus_mix2(ONUS_OP_ANY, onus_mix((uint64_t)value->addend));
}

/* What a value is, without what it was made of. */
uint32_t onus_value_class(const onus_value *value) {
  if (value->kind == ONUS_VALUE_CONSTANT)
    return onus_mix2(ONUS_OP_CONSTANT, onus_mix((uint64_t)value->addend));
  return value->kind == ONUS_VALUE_GLOBAL  ? ONUS_OP_GLOBAL
         : value->kind == ONUS_VALUE_LOCAL ? ONUS_OP_LOCAL
                                           : ONUS_OP_ANY;
}

onus_value onus_value_term(uint32_t op, const onus_value *first, const onus_value *second, bool is_commutative) {
  uint8_t depth = (uint8_t)(1 + (first->depth > second->depth ? first->depth : second->depth));
  bool is_deep = depth > DEPTH_MAX;
  uint32_t a = is_deep ? onus_value_class(first) : onus_value_hash(first),
           b = is_deep ? onus_value_class(second) : onus_value_hash(second);
  if (is_commutative && a > b) {
    uint32_t swap = a;
    a = b;
    b = swap;
  }
  return (onus_value){.kind = ONUS_VALUE_TERM, .depth = is_deep ? 1 : depth, .full = onus_mix2(op, onus_mix2(a, b))};
}

onus_value onus_value_sum(const onus_value *first, const onus_value *second) {
  onus_value sum = *first;
  if (second->kind == ONUS_VALUE_CONSTANT) {
    sum.addend = onus_wrap_sum(sum.addend, second->addend);
    if (sum.kind == ONUS_VALUE_RESULT) { /* not the result any more */
      sum = onus_value_term(ONUS_OP_ADD, first, second, true);
    } else if (sum.kind == ONUS_VALUE_ANY && sum.depth == 0) {
      sum.depth = 1;
    }
    return sum;
  }
  if (first->kind == ONUS_VALUE_CONSTANT)
    return onus_value_sum(second, first);
  onus_value a = *first, b = *second;
  int64_t addend = 0;
  if (a.kind == ONUS_VALUE_TERM || a.kind == ONUS_VALUE_ANY) {
    addend = a.addend;
    a.addend = 0;
  }
  if (b.kind == ONUS_VALUE_TERM || b.kind == ONUS_VALUE_ANY) {
    addend = onus_wrap_sum(addend, b.addend);
    b.addend = 0;
  }
  sum = onus_value_term(ONUS_OP_ADD, &a, &b, true);
  sum.addend = addend;
  return sum;
}

/* --- tokens ------------------------------------------------------------------------------------------------------- */

void onus_walk_add_step(onus_walk *walk, uint32_t op, uint32_t first, uint32_t second, bool is_commutative) {
  if (is_commutative && first > second) {
    uint32_t swap = first;
    first = second;
    second = swap;
  }
  onus_token_bag_add(&walk->bag, ONUS_TOKEN_STEP, onus_mix2(op, onus_mix2(first, second)));
}

void onus_walk_add_slice(onus_walk *walk, uint32_t op, const onus_value *first, const onus_value *second,
                         bool is_commutative) {
  if (first->depth + second->depth < 1)
    return;
  uint32_t a = onus_value_hash(first), b = onus_value_hash(second);
  if (is_commutative && a > b) {
    uint32_t swap = a;
    a = b;
    b = swap;
  }
  onus_token_bag_add(&walk->bag, ONUS_TOKEN_SLICE, onus_mix2(op, onus_mix2(a, b)));
}

void onus_walk_add_constant(onus_walk *walk, int64_t value) {
  if (value >= -1 && value <= 1)
    return;
  if (value < INT32_MIN || value > UINT32_MAX) { /* two numbers where registers have 32 bits */
    onus_token_bag_add(&walk->bag, ONUS_TOKEN_CONSTANT, onus_mix2(ONUS_OP_CONSTANT, onus_mix((uint64_t)value)));
    onus_token_bag_add(&walk->bag, ONUS_TOKEN_CONSTANT, onus_mix2(ONUS_OP_CONSTANT, (uint32_t)((uint64_t)value >> 32)));
  }
  onus_token_bag_add(&walk->bag, ONUS_TOKEN_CONSTANT, onus_mix2(ONUS_OP_CONSTANT, (uint32_t)value));
}
