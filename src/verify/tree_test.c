#include "verify/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The leaves and roots that certificate transparency's implementations test with. */
static void test_known_roots(void **state) {
  (void)state;
  static const struct {
    const char *data;
    size_t length;
  } LEAVES[] = {{"", 0},
                {"\x00", 1},
                {"\x10", 1},
                {"\x20\x21", 2},
                {"\x30\x31", 2},
                {"\x40\x41\x42\x43", 4},
                {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
                {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16}};
  static const char *const ROOTS[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  onus_tree_edge edge = {0};
  for (size_t size = 0;; size++) {
    onus_hash root, leaf;
    char hex[ONUS_HASH_HEX_BYTES];
    onus_tree_edge_root(&edge, &root);
    onus_hash_to_hex(&root, hex);
    assert_string_equal(hex, ROOTS[size]);
    if (size == 8)
      break;
    onus_hash_leaf(LEAVES[size].data, LEAVES[size].length, &leaf);
    assert_true(onus_tree_edge_add(&edge, &leaf));
  }
}

/* The definition of RFC 6962, recursive and slow; with the proof of one leaf. */
static onus_hash slow_root(const onus_hash *leaves, size_t count, size_t index, onus_hash *proof, size_t *n_proof) {
  if (count == 1)
    return leaves[0];
  size_t left = 1;
  while (left * 2 < count)
    left *= 2;
  size_t ignored = 0;
  onus_hash unused[64], root;
  bool in_left = index < left;
  onus_hash a = slow_root(leaves, left, in_left ? index : 0, in_left ? proof : unused, in_left ? n_proof : &ignored);
  onus_hash b = slow_root(leaves + left, count - left, in_left ? 0 : index - left, in_left ? unused : proof,
                          in_left ? &ignored : n_proof);
  proof[(*n_proof)++] = in_left ? b : a;
  onus_hash_node(&a, &b, &root);
  return root;
}

enum { LARGEST = 70 };

static void test_every_small_tree(void **state) {
  (void)state;
  onus_hash leaves[LARGEST];
  onus_tree_edge edge = {0};
  for (size_t size = 1; size <= LARGEST; size++) {
    onus_hash_leaf(&size, sizeof size, &leaves[size - 1]);
    assert_true(onus_tree_edge_add(&edge, &leaves[size - 1]));
    onus_hash fast;
    onus_tree_edge_root(&edge, &fast);
    for (size_t index = 0; index < size; index++) {
      onus_hash proof[64], root;
      size_t n = 0;
      onus_hash slow = slow_root(leaves, size, index, proof, &n);
      assert_true(onus_hash_same(&slow, &fast));
      assert_true(onus_tree_root_of_proof(&leaves[index], index, size, proof, n, &root));
      assert_true(onus_hash_same(&root, &fast));
      /* A step too many or too few, another place, another size, a bit turned. */
      assert_false(onus_tree_root_of_proof(&leaves[index], index, size, proof, n + 1, &root));
      if (n > 0)
        assert_false(onus_tree_root_of_proof(&leaves[index], index, size, proof, n - 1, &root));
      assert_false(onus_tree_root_of_proof(&leaves[index], size, size, proof, n, &root));
      if (size > 1) {
        bool leads = onus_tree_root_of_proof(&leaves[index], index ? index - 1 : 1, size, proof, n, &root);
        assert_false(leads && onus_hash_same(&root, &fast));
        proof[n - 1].bytes[index % 32] ^= 1;
        assert_true(onus_tree_root_of_proof(&leaves[index], index, size, proof, n, &root));
        assert_false(onus_hash_same(&root, &fast));
      }
    }
  }
}

static void test_hex(void **state) {
  (void)state;
  onus_hash hash, again;
  char hex[ONUS_HASH_HEX_BYTES];
  onus_hash_leaf("x", 1, &hash);
  onus_hash_to_hex(&hash, hex);
  assert_true(onus_hash_from_hex(hex, 64, &again));
  assert_true(onus_hash_same(&hash, &again));
  assert_false(onus_hash_from_hex(hex, 63, &again));
  hex[5] = 'A';
  assert_false(onus_hash_from_hex(hex, 64, &again));
  hex[5] = '\0';
  assert_false(onus_hash_from_hex(hex, 64, &again));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_roots), cmocka_unit_test(test_every_small_tree),
                                     cmocka_unit_test(test_hex)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
