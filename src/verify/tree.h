/* The Merkle tree of RFC 6962 over SHA-256: leaf SHA-256(0x00 ‖ data), node SHA-256(0x01 ‖ left ‖ right). */
#ifndef ONUS_VERIFY_TREE_H
#define ONUS_VERIFY_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ONUS_HASH_BYTES = 32, ONUS_HASH_HEX_BYTES = 65, ONUS_TREE_LEVELS = 48 };

/* Larger trees are refused. */
#define ONUS_TREE_SIZE_MAX ((uint64_t)1 << ONUS_TREE_LEVELS)

typedef struct onus_hash {
  unsigned char bytes[ONUS_HASH_BYTES];
} onus_hash;

void onus_hash_leaf(const void *data, size_t length_bytes, onus_hash *ret_hash);
void onus_hash_node(const onus_hash *left, const onus_hash *right, onus_hash *ret_hash);

/* Whether two hashes are the same, in constant time. */
bool onus_hash_same(const onus_hash *a, const onus_hash *b);

/* 64 digits 0–9 a–f, and back; `hex` of onus_hash_from_hex need not end behind them. */
void onus_hash_to_hex(const onus_hash *hash, char hex[ONUS_HASH_HEX_BYTES]);
bool onus_hash_from_hex(const char *hex, size_t length, onus_hash *ret_hash);

/* A tree that grows by one leaf after the other: the roots of its whole subtrees, largest first. Zeroed: empty. */
typedef struct onus_tree_edge {
  uint64_t size;
  onus_hash subtree[ONUS_TREE_LEVELS + 1];
} onus_tree_edge;

/* False when the tree is full. */
bool onus_tree_edge_add(onus_tree_edge *edge, const onus_hash *leaf);
/* The root; of an empty tree SHA-256 of nothing. */
void onus_tree_edge_root(const onus_tree_edge *edge, onus_hash *ret_root);

/* The root to which an inclusion proof leads from a leaf; false when the proof has another length than a tree of that
 * size asks for. */
bool onus_tree_root_of_proof(const onus_hash *leaf, uint64_t index, uint64_t size, const onus_hash *proof,
                             size_t n_proof, onus_hash *ret_root);

#endif
