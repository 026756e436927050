#include "verify/tree.h"

#include <sodium.h>
#include <string.h>

static void hash_parts(unsigned char prefix, const void *first, size_t first_bytes, const void *second,
                       size_t second_bytes, onus_hash *ret_hash) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, &prefix, 1);
  crypto_hash_sha256_update(&state, first, first_bytes);
  crypto_hash_sha256_update(&state, second, second_bytes);
  crypto_hash_sha256_final(&state, ret_hash->bytes);
}

void onus_hash_leaf(const void *data, size_t length_bytes, onus_hash *ret_hash) {
  hash_parts(0x00, data, length_bytes, NULL, 0, ret_hash);
}

void onus_hash_node(const onus_hash *left, const onus_hash *right, onus_hash *ret_hash) {
  hash_parts(0x01, left->bytes, ONUS_HASH_BYTES, right->bytes, ONUS_HASH_BYTES, ret_hash);
}

bool onus_hash_same(const onus_hash *a, const onus_hash *b) {
  return sodium_memcmp(a->bytes, b->bytes, ONUS_HASH_BYTES) == 0;
}

void onus_hash_to_hex(const onus_hash *hash, char hex[ONUS_HASH_HEX_BYTES]) {
  sodium_bin2hex(hex, ONUS_HASH_HEX_BYTES, hash->bytes, ONUS_HASH_BYTES);
}

bool onus_hash_from_hex(const char *hex, size_t length, onus_hash *ret_hash) {
  static const char DIGITS[] = "0123456789abcdef";
  if (length != 2 * ONUS_HASH_BYTES)
    return false;
  for (size_t i = 0; i < ONUS_HASH_BYTES; i++) {
    const char *high = hex[2 * i] ? strchr(DIGITS, hex[2 * i]) : NULL;
    const char *low = hex[2 * i + 1] ? strchr(DIGITS, hex[2 * i + 1]) : NULL;
    if (!high || !low)
      return false;
    ret_hash->bytes[i] = (unsigned char)((high - DIGITS) << 4 | (low - DIGITS));
  }
  return true;
}

/* One subtree stands in the edge for each bit that is set in the size. */
static size_t count_subtrees(uint64_t size) {
  return (size_t)__builtin_popcountll(size);
}

bool onus_tree_edge_add(onus_tree_edge *edge, const onus_hash *leaf) {
  if (edge->size >= ONUS_TREE_SIZE_MAX)
    return false;
  size_t count = count_subtrees(edge->size);
  onus_hash joined = *leaf;
  for (uint64_t rest = edge->size; rest & 1; rest >>= 1)
    onus_hash_node(&edge->subtree[--count], &joined, &joined);
  edge->subtree[count] = joined;
  edge->size++;
  return true;
}

void onus_tree_edge_root(const onus_tree_edge *edge, onus_hash *ret_root) {
  size_t count = count_subtrees(edge->size);
  if (count == 0) {
    crypto_hash_sha256(ret_root->bytes, NULL, 0);
    return;
  }
  onus_hash root = edge->subtree[--count];
  while (count > 0)
    onus_hash_node(&edge->subtree[--count], &root, &root);
  *ret_root = root;
}

/* RFC 9162, 2.1.3.2. */
bool onus_tree_root_of_proof(const onus_hash *leaf, uint64_t index, uint64_t size, const onus_hash *proof,
                             size_t n_proof, onus_hash *ret_root) {
  if (index >= size)
    return false;
  uint64_t node = index, last = size - 1;
  onus_hash root = *leaf;
  for (size_t i = 0; i < n_proof; i++) {
    if (last == 0)
      return false;
    if ((node & 1) || node == last) {
      onus_hash_node(&proof[i], &root, &root);
      while (!(node & 1) && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      onus_hash_node(&root, &proof[i], &root);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0)
    return false;
  *ret_root = root;
  return true;
}
