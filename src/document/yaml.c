/* YAML by libyaml's events. What makes YAML dangerous or ambiguous is refused where it stands: anchors, aliases, tags,
 * several documents. An alias is never followed, so no file is larger inside than outside. */
#include <limits.h>
#include <string.h>
#include <yaml.h>

#include "document/quote.h"
#include "document/text_internal.h"
#include "document/tree_internal.h"

typedef struct onus_yaml_words {
  const char *theirs, *ours;
} onus_yaml_words;

/* libyaml's complaints in plain words: what was found; what would be right. */
static const onus_yaml_words WORDS[] = {
    {"could not find expected ':'",
     "this line is neither `key: value` nor a part of the text before it; write a colon after the key, or indent the "
     "line further than the key it belongs to"},
    {"mapping values are not allowed in this context",
     "a colon where no key can stand; put text that holds a colon in quotes, or mend the indentation"},
    {"mapping keys are not allowed in this context", "a key where none can stand; mend the indentation"},
    {"block sequence entries are not allowed in this context",
     "a list entry where none can stand; begin the list on a line of its own"},
    {"found character that cannot start any token",
     "a value cannot begin with this character; put it in quotes, and indent with spaces, not tabs"},
    {"found a tab character where an indentation space is expected", "a tab at the beginning of a line; use spaces"},
    {"found a tab character that violates indentation", "a tab at the beginning of a line; use spaces"},
    {"found unexpected ':'", "a colon inside an unquoted text; put the text in quotes"},
    {"found unexpected end of stream", "a quoted text without an end; close the quotes"},
    {"found unexpected document indicator", "a quoted text runs into the end of the document; close the quotes"},
    {"found unknown escape character",
     "an escape that YAML does not have; write \\\\ for a backslash, or use single quotes"},
    {"did not find expected hexdecimal number", "an escape without its hexadecimal digits; write \\xHH or \\uHHHH"},
    {"found invalid Unicode character escape code", "an escape of no Unicode character; write another one"},
    {"found an indentation indicator equal to 0", "an indentation of 0 after | or >; write 1 to 9, or nothing"},
    {"did not find expected comment or line break", "something after | or >; begin the text on the next line"},
    {"did not find expected key",
     "this line fits neither the map nor the list it stands in; give it the same indentation as its neighbours"},
    {"did not find expected '-' indicator",
     "this line is no entry of the list it stands in; begin it with `- `, or mend the indentation"},
    {"did not find expected node content", "a value is missing here; write one"},
    {"did not find expected <document start>", "something after the end of the document; remove it"},
    {"found incompatible YAML document", "a version of YAML that is not known; remove the %YAML line"},
    {"found unknown directive name", "a directive that is not known; remove the line that begins with %"},
    {"found undefined tag handle", "a tag; remove it, plain values need none"},
};

typedef struct reader {
  yaml_parser_t parser;
  onus_tree tree;
  bool has_document;
} reader;

static unsigned from_one(size_t from_zero) {
  return from_zero < UINT_MAX ? (unsigned)from_zero + 1 : UINT_MAX;
}

static onus_status fail_libyaml(reader *r) {
  const yaml_parser_t *parser = &r->parser;
  if (parser->error == YAML_MEMORY_ERROR)
    return ONUS_FAIL_NO_MEMORY(r->tree.error);
  const char *problem = parser->problem ? parser->problem : "";
  const char *context = parser->context ? parser->context : "";
  yaml_mark_t mark = parser->problem_mark;
  /* What is not closed is sought where it was opened. */
  if (strcmp(problem, "found unexpected end of stream") == 0 || strcmp(problem, "could not find expected ':'") == 0)
    mark = parser->context_mark;
  unsigned line = from_one(mark.line), column = from_one(mark.column);
  if (strstr(context, "scanning a tag") || strstr(context, "parsing a tag"))
    return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, line, column,
                        "a value begins with !; put it in quotes");
  if (strstr(context, "scanning an anchor") || strstr(context, "scanning an alias"))
    return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, line, column,
                        "a value begins with & or *; put it in quotes");
  bool in_brackets = strcmp(problem, "did not find expected ',' or ']'") == 0;
  if (in_brackets || strcmp(problem, "did not find expected ',' or '}'") == 0)
    return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, line, column,
                        "the %s that begins on line %u does not go on here; write a comma or close it with %s",
                        in_brackets ? "list in brackets" : "map in braces", from_one(parser->context_mark.line),
                        in_brackets ? "]" : "}");
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    if (strcmp(problem, WORDS[i].theirs) == 0)
      return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, line, column, "%s", WORDS[i].ours);
  return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, line, column, "not YAML (%s); mend this place",
                      *problem ? problem : "reader error");
}

static onus_status refuse(reader *r, const yaml_event_t *event, const char *text) {
  return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, from_one(event->start_mark.line),
                      from_one(event->start_mark.column), "%s", text);
}

static onus_status refuse_extras(reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
                                 const yaml_char_t *tag) {
  if (anchor)
    return refuse(r, event, "an anchor (&); write the value out wherever it is needed");
  if (tag && strcmp((const char *)tag, "!") != 0)
    return refuse(r, event, "a tag (!); remove it, plain values need none");
  return ONUS_OK;
}

static onus_status take_scalar(reader *r, const yaml_event_t *event) {
  ONUS_TRY(refuse_extras(r, event, event->data.scalar.anchor, event->data.scalar.tag));
  const char *bytes = (const char *)event->data.scalar.value;
  size_t length_bytes = event->data.scalar.length;
  unsigned line = from_one(event->start_mark.line), column = from_one(event->start_mark.column);
  if (onus_tree_wants_key(&r->tree))
    return onus_tree_key(&r->tree, bytes, length_bytes, line, column);
  onus_node *node;
  ONUS_TRY(onus_tree_add(&r->tree, ONUS_NODE_STRING, line, column, &node));
  ONUS_TRY(onus_tree_text(&r->tree, node, bytes, length_bytes));
  bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !event->data.scalar.tag;
  return is_plain ? onus_scalar_resolve(node, r->tree.error) : ONUS_OK;
}

static onus_status take_start(reader *r, const yaml_event_t *event, onus_node_kind kind) {
  bool is_list = kind == ONUS_NODE_LIST;
  ONUS_TRY(refuse_extras(r, event, is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor,
                         is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag));
  if (onus_tree_wants_key(&r->tree))
    return refuse(r, event, is_list ? "a list as a key; a key is a text" : "a map as a key; a key is a text");
  onus_node *node;
  return onus_tree_add(&r->tree, kind, from_one(event->start_mark.line), from_one(event->start_mark.column), &node);
}

static onus_status take_event(reader *r, const yaml_event_t *event) {
  switch (event->type) {
  case YAML_DOCUMENT_START_EVENT:
    if (r->has_document)
      return refuse(r, event, "a second document begins; keep one in a file");
    r->has_document = true;
    return ONUS_OK;
  case YAML_ALIAS_EVENT:
    return refuse(r, event, "an alias (*); write the value out, or put a text that begins with * in quotes");
  case YAML_SCALAR_EVENT:
    return take_scalar(r, event);
  case YAML_SEQUENCE_START_EVENT:
    return take_start(r, event, ONUS_NODE_LIST);
  case YAML_MAPPING_START_EVENT:
    return take_start(r, event, ONUS_NODE_MAP);
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT:
    onus_tree_close(&r->tree);
    return ONUS_OK;
  default:
    return ONUS_OK;
  }
}

static onus_status read_events(reader *r) {
  for (bool at_end = false; !at_end;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&r->parser, &event))
      return fail_libyaml(r);
    at_end = event.type == YAML_STREAM_END_EVENT;
    onus_status status = take_event(r, &event);
    yaml_event_delete(&event);
    ONUS_TRY(status);
  }
  if (!r->tree.root)
    return ONUS_FAIL_AT(r->tree.error, ONUS_BAD_INPUT, r->tree.path, 1, 1, "nothing stands in the file; write a map");
  return ONUS_OK;
}

onus_status onus_document_parse_yaml(const char *path, const char *bytes, size_t length_bytes, onus_arena *arena,
                                     const onus_node **ret_root, onus_error *error) {
  if (length_bytes > ONUS_DOCUMENT_BYTES)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, path, 0, 0, "has %zu bytes; at most %zu are accepted", length_bytes,
                        ONUS_DOCUMENT_BYTES);
  ONUS_TRY(onus_text_check(path, bytes, length_bytes, true, error));
  reader r = {.tree = onus_tree_new(path, arena, error)};
  if (!yaml_parser_initialize(&r.parser))
    return ONUS_FAIL_NO_MEMORY(error);
  size_t mark_bytes = onus_text_mark_bytes(bytes, length_bytes);
  yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes + mark_bytes, length_bytes - mark_bytes);
  onus_status status = read_events(&r);
  onus_tree_end(&r.tree);
  yaml_parser_delete(&r.parser);
  if (status == ONUS_OK)
    *ret_root = r.tree.root;
  return status;
}
