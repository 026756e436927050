/* Clusters of MISP galaxies, as they come from upstream: one file for each galaxy.
 *
 * A galaxy of actors gives entries and names; what a cluster calls synonyms are claims of the galaxy, and where the
 * cluster cites one report only, that report is named with them. A galaxy of techniques or software gives ttps. The ids
 * that a galaxy repeats from ATT&CK ("G0032") are kept as upstream ids; clusters without one have their UUID. Other
 * galaxies (countries, sectors, …) say nothing about actors and are refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document/document.h"
#include "reference/importing_internal.h"
#include "reference/misp.h"

enum { TYPE_BYTES = 128, NAME_BYTES = 512 };

typedef enum galaxy_kind { GALAXY_UNKNOWN, GALAXY_ACTORS, GALAXY_TECHNIQUES, GALAXY_MALWARE, GALAXY_TOOLS } galaxy_kind;

/* The types of galaxies that are not of actors and that we read, by a word in them. The first that fits counts. */
static const struct {
  const char *word;
  galaxy_kind kind;
} TYPES[] = {
    {"attack-pattern", GALAXY_TECHNIQUES}, {"malware", GALAXY_MALWARE},  {"malpedia", GALAXY_MALWARE},
    {"ransomware", GALAXY_MALWARE},        {"backdoor", GALAXY_MALWARE}, {"banker", GALAXY_MALWARE},
    {"stealer", GALAXY_MALWARE},           {"botnet", GALAXY_MALWARE},   {"rat", GALAXY_MALWARE},
    {"exploit-kit", GALAXY_TOOLS},         {"tool", GALAXY_TOOLS},
};

typedef struct galaxy {
  onus_reference_writer *writer;
  const onus_import_input *input;
  const onus_import_options *options;
  onus_import_summary *summary;
  char type[TYPE_BYTES], name[NAME_BYTES];
  galaxy_kind kind;
  uint32_t source;
  size_t n_values, n_done;
} galaxy;

/* --- first reading: what galaxy it is -------------------------------------------------------------------------- */

static void release(const galaxy *g, const onus_node *part) {
  if (g->input->spool != NULL)
    onus_spool_release(g->input->spool, part->at_bytes);
}

static onus_status take_head(void *context, const char *key, const onus_node *part, onus_error *error) {
  galaxy *g = context;
  (void)error;
  if (key == NULL)
    return ONUS_OK;
  release(g, part);
  g->n_values += strcmp(key, "values") == 0;
  if (part->kind == ONUS_NODE_STRING && strcmp(key, "type") == 0)
    snprintf(g->type, sizeof g->type, "%s", part->text);
  if (part->kind == ONUS_NODE_STRING && strcmp(key, "name") == 0)
    snprintf(g->name, sizeof g->name, "%s", part->text);
  return ONUS_OK;
}

/* Whether `word` stands in the type between dashes or digits: "rat", not "strategy". */
static bool has_word(const char *type, const char *word) {
  size_t length = strlen(word);
  for (const char *at = type; (at = strstr(at, word)) != NULL; at++) {
    bool begins = at == type || at[-1] == '-', ends = at[length] == '\0' || at[length] == '-';
    if (begins && ends)
      return true;
  }
  return false;
}

static onus_status read_head(galaxy *g, onus_error *error) {
  const onus_import_input *input = g->input;
  ONUS_TRY(onus_document_each_json(input->path, input->bytes, input->length_bytes, take_head, g, error));
  if (onus_misp_is_actor_galaxy(g->type, strlen(g->type)))
    g->kind = GALAXY_ACTORS;
  for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES && g->kind == GALAXY_UNKNOWN; i++)
    if (has_word(g->type, TYPES[i].word))
      g->kind = TYPES[i].kind;
  if (g->n_values == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, input->path, 1, 1,
                        "the galaxy has no clusters; they stand in a list under \"values\"");
  if (g->kind == GALAXY_UNKNOWN)
    return ONUS_FAIL_AT(
        error, ONUS_BAD_INPUT, input->path, 1, 1,
        "a galaxy of type \"%.60s\" says nothing about actors, techniques or software; import one that does", g->type);
  char id[TYPE_BYTES + 16], title[NAME_BYTES + 16];
  snprintf(id, sizeof id, "misp-galaxy/%s", g->type);
  snprintf(title, sizeof title, "MISP galaxy %s", g->name[0] != '\0' ? g->name : g->type);
  const char *given = g->options->source;
  return onus_import_source(g->writer, given != NULL ? given : id, given != NULL ? given : title, &g->source, error);
}

/* --- second reading: its clusters
 * ---------------------------------------------------------------------------------------- */

/* The name without the id that MITRE's galaxies put behind it: "APT1 - G0006". */
static void name_of(const char *cluster_value, const char *external_id, char *out) {
  snprintf(out, NAME_BYTES, "%s", cluster_value);
  size_t length = strlen(out), id_length = external_id != NULL ? strlen(external_id) : 0;
  if (id_length > 0 && length > id_length + 3 && strcmp(out + length - id_length, external_id) == 0 &&
      memcmp(out + length - id_length - 3, " - ", 3) == 0)
    out[length - id_length - 3] = '\0';
}

/* The report of a cluster that cites one only. */
static onus_status only_report(galaxy *g, const onus_node *meta, uint32_t *ret_report, onus_error *error) {
  const onus_node *references = onus_node_list(meta, "refs");
  *ret_report = ONUS_NO_NUMBER;
  if (references == NULL || references->n_children != 1 || references->first->kind != ONUS_NODE_STRING ||
      references->first->text[0] == '\0')
    return ONUS_OK;
  g->summary->n_reports++;
  return onus_import_report(g->writer, references->first->text, NULL, NULL, ret_report, error);
}

static onus_status take_actor(galaxy *g, const onus_node *meta, const char *id, const char *name, onus_error *error) {
  uint32_t entry, report;
  ONUS_TRY(onus_import_entry(g->writer, g->source, ONUS_ENTRY_ACTOR, id, name, &entry, error));
  g->summary->n_entries++;
  ONUS_TRY(only_report(g, meta, &report, error));
  const onus_node *synonyms = onus_node_list(meta, "synonyms");
  for (const onus_node *s = synonyms != NULL ? synonyms->first : NULL; s != NULL; s = s->next) {
    if (s->kind != ONUS_NODE_STRING || s->text[0] == '\0') {
      onus_import_refuse(g->summary, s->line, s->column, name, strlen(name), "a synonym is a text");
      continue;
    }
    ONUS_TRY(onus_import_claim(g->writer, entry, ONUS_CLAIM_ALIAS, s->text, report, ONUS_DAY_UNKNOWN, error));
    g->summary->n_claims++;
  }
  return ONUS_OK;
}

static onus_status take_cluster(galaxy *g, const onus_node *cluster, onus_error *error) {
  static const onus_ttp_kind TTPS[] = {
      [GALAXY_TECHNIQUES] = ONUS_TTP_TECHNIQUE, [GALAXY_MALWARE] = ONUS_TTP_MALWARE, [GALAXY_TOOLS] = ONUS_TTP_TOOL};
  const onus_node *meta = onus_node_get(cluster, "meta"), *revoked = onus_node_get(cluster, "revoked");
  const char *value = onus_node_text(cluster, "value"), *id = onus_node_text(meta, "external_id");
  if (value == NULL || (id == NULL && (id = onus_node_text(cluster, "uuid")) == NULL)) {
    onus_import_refuse(g->summary, cluster->line, cluster->column, value != NULL ? value : "a cluster",
                       value != NULL ? strlen(value) : strlen("a cluster"), "a cluster needs a value and a uuid");
    return ONUS_OK;
  }
  if (revoked != NULL && revoked->kind == ONUS_NODE_BOOLEAN && revoked->boolean) {
    onus_import_refuse(g->summary, cluster->line, cluster->column, value, strlen(value), "it was revoked");
    return ONUS_OK;
  }
  char name[NAME_BYTES];
  name_of(value, onus_node_text(meta, "external_id"), name);
  if (g->kind == GALAXY_ACTORS)
    return take_actor(g, meta, id, name, error);
  char parent[16];
  uint32_t ttp;
  g->summary->n_ttps++;
  return onus_import_ttp(g->writer, TTPS[g->kind], id, name,
                         g->kind == GALAXY_TECHNIQUES ? onus_importing_parent(id, parent) : NULL, &ttp, error);
}

static onus_status take_part(void *context, const char *key, const onus_node *part, onus_error *error) {
  galaxy *g = context;
  if (key == NULL || strcmp(key, "values") != 0)
    return ONUS_OK;
  const onus_import_options *options = g->options;
  release(g, part);
  if (options->progress != NULL && ++g->n_done % 256 == 0 &&
      !options->progress(options->progress_context, (double)g->n_done / (double)g->n_values))
    return ONUS_FAIL_AT(error, ONUS_CANCELLED, g->input->path, part->line, part->column, "stopped here");
  return take_cluster(g, part, error);
}

static onus_status import(onus_reference_writer *writer, const onus_import_input *input,
                          const onus_import_options *options, onus_import_summary *summary, onus_error *error) {
  galaxy g = {.writer = writer, .input = input, .options = options, .summary = summary};
  ONUS_TRY(read_head(&g, error));
  return onus_document_each_json(input->path, input->bytes, input->length_bytes, take_part, &g, error);
}

/* A map with clusters that says which galaxy it is; the head may stand behind the clusters. */
static bool recognise(const onus_import_input *input) {
  static const char *const MARKS[] = {"\"values\"", "\"authors\"", "\"category\""};
  size_t found = 0;
  for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++)
    found += onus_importing_has_mark(input, MARKS[i]);
  return found >= 2 && onus_importing_opens_with(input, "{");
}

const onus_import_format onus_import_galaxy = {"galaxy", "clusters of MISP galaxies", recognise, import};
