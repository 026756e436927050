/* YAML and JSON as one tree that knows where everything stands.
 *
 * Both readers give the same tree for the same data, so nothing above has to know which it was. The tree is plain data:
 * no anchors, aliases or tags (a file that has them is refused, with their place), no duplicate keys, one document,
 * nesting up to ONUS_DOCUMENT_DEPTH, at most ONUS_DOCUMENT_NODES nodes, files up to ONUS_DOCUMENT_BYTES.
 */
#ifndef ONUS_DOCUMENT_DOCUMENT_H
#define ONUS_DOCUMENT_DOCUMENT_H

#include "base/arena.h"
#include <stdbool.h>

#include "base/error.h"

#define ONUS_DOCUMENT_BYTES ((size_t)64 << 20)
#define ONUS_DOCUMENT_NODES ((size_t)3 << 19)
/* Of the tree of the largest file with the most values: 128 bytes a value, and all texts once. */
#define ONUS_DOCUMENT_TREE_BYTES ((size_t)320 << 20)
#define ONUS_DOCUMENT_DEPTH 64u

typedef enum onus_node_kind {
  ONUS_NODE_NULL,
  ONUS_NODE_BOOLEAN,
  ONUS_NODE_NUMBER,
  ONUS_NODE_STRING,
  ONUS_NODE_LIST,
  ONUS_NODE_MAP
} onus_node_kind;

typedef struct onus_node onus_node;

struct onus_node {
  onus_node_kind kind;
  unsigned line, column; /* where the value begins, from 1; columns count characters, not bytes */
  size_t at_bytes;       /* the same in bytes from 0; of JSON only */
  bool is_integer;       /* NUMBER: written without fraction or exponent */
  bool boolean;          /* BOOLEAN */
  double number;         /* NUMBER: finite */
  const char *text;      /* scalars: as written (strings: unescaped UTF-8 without NUL) */
  size_t text_bytes;
  const char *key; /* of a child of a MAP; NULL otherwise */
  unsigned key_line, key_column;
  const onus_node *first, *next; /* first child; next sibling, in the order of the file */
  size_t n_children;
};

/* "a number", "a list", …; static. */
const char *onus_node_kind_name(onus_node_kind kind);

/* The child of a MAP by key; NULL if there is none or `map` is not a MAP. */
const onus_node *onus_node_get(const onus_node *map, const char *key);

/* Whether two trees say the same: numbers by value, and maps of up to 64 keys in any
 * order. NULL is the same as NULL alone. */
bool onus_node_same(const onus_node *a, const onus_node *b);

/* The text of a STRING child that is not empty, the LIST child, of that key; NULL if there is none. */
const char *onus_node_text(const onus_node *map, const char *key);
const onus_node *onus_node_list(const onus_node *map, const char *key);

/* Parse `length_bytes` bytes; `path` is used in errors only. Nodes and texts lie in `arena`. ONUS_BAD_INPUT or
 * ONUS_LIMIT with line and column otherwise. Plain YAML scalars follow the YAML 1.2 core schema: `no` is a string. */
ONUS_MUST_CHECK onus_status onus_document_parse_yaml(const char *path, const char *bytes, size_t length_bytes,
                                                     onus_arena *arena, const onus_node **ret_root, onus_error *error);
ONUS_MUST_CHECK onus_status onus_document_parse_json(const char *path, const char *bytes, size_t length_bytes,
                                                     onus_arena *arena, const onus_node **ret_root, onus_error *error);

/* --- part by part, for files too large to be one tree ------------------------------------------------------------- */

#define ONUS_DOCUMENT_PART_BYTES ((size_t)64 << 20) /* of the tree of one part */

/* Takes one part, which is gone when the call returns. Anything but ONUS_OK ends the reading. */
typedef onus_status onus_document_part(void *context, const char *key, const onus_node *part, onus_error *error);

/* Reads a JSON text of any length in the order of the file. Of a map, each value is a part with its key, and a list is
 * split: each of its values is a part with the key of the list. Of a list, each value is a part without a key (NULL).
 * The limits of a document hold for each part. Parts before an error have been handed on by then. */
ONUS_MUST_CHECK onus_status onus_document_each_json(const char *path, const char *bytes, size_t length_bytes,
                                                    onus_document_part *take, void *context, onus_error *error);

/* Where a part begins: at_bytes, line and column of its node. */
typedef struct onus_document_place {
  size_t at_bytes;
  unsigned line, column;
} onus_document_place;

/* Hands parts of the same text on again, those that begin at `places`, without a key. */
ONUS_MUST_CHECK onus_status onus_document_again_json(const char *path, const char *bytes, size_t length_bytes,
                                                     const onus_document_place *places, size_t n_places,
                                                     onus_document_part *take, void *context, onus_error *error);

/* Reads the file `path`; its ending says which: .json, else .yaml or .yml (anything else is ONUS_BAD_ARGUMENT). */
ONUS_MUST_CHECK onus_status onus_document_read(const char *path, onus_arena *arena, const onus_node **ret_root,
                                               onus_error *error);

#endif
