/* Sources, undercutters, and the scales that grades stand for. */
#include <ctype.h>
#include <string.h>

#include "case/reader_internal.h"

static void read_grades(onus_reader *reader, const onus_node *map, const char *grades, const char *what,
                        onus_number *scale) {
  onus_cursor cursor;
  if (!map || !onus_cursor_open(&cursor, reader, map, what))
    return;
  char keys[6][2];
  for (size_t i = 0; grades[i]; i++) {
    keys[i][0] = grades[i];
    keys[i][1] = '\0';
    const onus_node *value = onus_take(&cursor, keys[i]);
    if (value)
      (void)onus_read_number(reader, value, ONUS_NUMBER_PROBABILITY, &scale[i]);
  }
  onus_cursor_close(&cursor);
}

void onus_read_scales(onus_reader *reader, const onus_node *map) {
  static const onus_number RELIABILITY[6] = {{0.95, 0.95}, {0.85, 0.85}, {0.65, 0.65},
                                             {0.4, 0.4},   {0.15, 0.15}, {0.15, 0.85}};
  static const onus_number CREDIBILITY[5] = {{0.95, 0.95}, {0.85, 0.85}, {0.65, 0.65}, {0.4, 0.4}, {0.15, 0.15}};
  onus_case *c = reader->c;
  memcpy(c->reliability_scale, RELIABILITY, sizeof RELIABILITY);
  memcpy(c->credibility_scale, CREDIBILITY, sizeof CREDIBILITY);
  onus_cursor cursor;
  if (!map || !onus_cursor_open(&cursor, reader, map, "`scales`"))
    return;
  read_grades(reader, onus_take(&cursor, "reliability"), "ABCDEF", "the scale of reliability, A to F",
              c->reliability_scale);
  read_grades(reader, onus_take(&cursor, "credibility"), "12345", "the scale of credibility, 1 to 5",
              c->credibility_scale);
  onus_cursor_close(&cursor);
}

static const char *read_url(onus_reader *reader, const onus_node *node) {
  const char *url = onus_read_text(reader, node, "`url`");
  if (!url)
    return NULL;
  size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
  bool is_good = scheme > 0 && url[scheme] != '\0' && url[scheme] != '/';
  for (const char *at = url; *at; at++)
    is_good &= (unsigned char)*at > 0x20 && *at != 0x7F;
  if (!is_good)
    onus_complain(reader, node, "%s\nwrite an address that begins with https:// or http://, without spaces",
                  onus_describe(node).text);
  return url;
}

static void read_source(onus_reader *reader, const onus_node *node, size_t index) {
  onus_source *s = &reader->c->sources[index];
  s->id = s->name = "";
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, node, "a source"))
    return;
  s->id = onus_take_id(&cursor, ONUS_ID_SOURCE, index);
  s->name = onus_take_text(&cursor, "name", s->id);
  const onus_node *value = onus_take_required(&cursor, "reliability",
                                              "give an Admiralty letter A to F, a probability, or a range [low, high]");
  if (value)
    (void)onus_read_reliability(reader, value, &s->reliability, &s->grade);
  if ((value = onus_take(&cursor, "country")))
    (void)onus_read_country(reader, value, &s->country);
  s->url = read_url(reader, onus_take(&cursor, "url"));
  s->tlp = onus_read_tlp(reader, onus_take(&cursor, "tlp"));
  onus_cursor_close(&cursor);
}

void onus_read_sources(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  if (!onus_is_list(reader, list, "sources"))
    return;
  onus_ids_open(reader, ONUS_ID_SOURCE, c->source_ids, list);
  c->sources = ONUS_READER_ARRAY(reader, onus_source, list->n_children);
  if (!c->sources)
    return;
  c->n_sources = list->n_children;
  size_t index = 0;
  for (const onus_node *node = list->first; node; node = node->next)
    read_source(reader, node, index++);
}

static void read_undercutter(onus_reader *reader, const onus_node *node, size_t index) {
  onus_undercutter *u = &reader->c->undercutters[index];
  u->id = u->name = "";
  onus_cursor cursor;
  if (!onus_cursor_open(&cursor, reader, node, "an undercutter"))
    return;
  u->id = onus_take_id(&cursor, ONUS_ID_UNDERCUTTER, index);
  u->name = onus_take_text(&cursor, "name", u->id);
  const onus_node *value =
      onus_take_required(&cursor, "probability", "give the probability that it holds, or a range [low, high]");
  if (value)
    (void)onus_read_number(reader, value, ONUS_NUMBER_PROBABILITY, &u->probability);
  if ((value = onus_take(&cursor, "kind"))) {
    static const char REMEDY[] =
        "write `relays` if it says that infrastructure is shared, `tools` if it says that code "
        "is, or remove `kind`";
    const char *word = onus_read_word(reader, value, REMEDY);
    for (onus_sharing k = ONUS_SHARING_NONE + 1; word && k < ONUS_SHARINGS; k++)
      if (strcmp(word, onus_sharing_word(k)) == 0)
        u->sharing = k;
    if (word && u->sharing == ONUS_SHARING_NONE)
      onus_complain(reader, value, "%s is no kind of undercutter\n%s", onus_describe(value).text, REMEDY);
  }
  onus_cursor_close(&cursor);
}

void onus_read_undercutters(onus_reader *reader, const onus_node *list) {
  onus_case *c = reader->c;
  if (!list || !onus_is_list(reader, list, "undercutters"))
    return;
  onus_ids_open(reader, ONUS_ID_UNDERCUTTER, c->undercutter_ids, list);
  c->undercutters = ONUS_READER_ARRAY(reader, onus_undercutter, list->n_children);
  if (!c->undercutters)
    return;
  c->n_undercutters = list->n_children;
  size_t index = 0;
  for (const onus_node *node = list->first; node; node = node->next)
    read_undercutter(reader, node, index++);
}
