#include "server/openapi.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/router.h"

/* Kinds of bodies and answers that are no schema of the document itself. */
typedef struct kind {
  const char *name, *type;
  const char *schema; /* a file beside the document; NULL: none */
} kind;

static const kind KINDS[] = {
    {"page", "text/html", NULL},
    {"asset", "*/*", NULL},
    {"metrics", "text/plain", NULL},
    {"text", "text/plain", NULL},
    {"file", "application/octet-stream", NULL},
    {"form", "multipart/form-data", NULL},
    {"events", "text/event-stream", NULL},
    {"Assessment", "application/json", "assessment.schema.json"},
    {"Matrix", "application/json", "matrix.schema.json"},
    {"Verification", "application/json", "custody.schema.json"},
    {"Ranking", "application/json", "ranking.schema.json"},
    {"Match", "application/json", "match.schema.json"},
    {"Lineage", "application/json", "lineage.schema.json"},
};

static const char *const PARAMETERS[][2] = {
    {"position", "A position of the case; the caller's own is the default, else the first."},
    {"as_of", "Only what was known at the end of that day."},
    {"about", "The hypothesis or proposition that the verdict is about."},
    {"seed", "Seed of the sample."},
    {"brief", "1: without what takes long."},
    {"version", "A version of the case; the newest is the default."},
    {"leave_out", "Reports (URLs or names) to do without, with commas between them."},
    {"opened", "1: what was opened to the caller's position goes along."},
    {"id", "The name of the new case."},
    {"name", "The name that a file had, or the name of an actor."},
    {"path", "The path of a file of the case."},
    {"subject", "What the attributions of a bundle are about."},
    {"engine", "infrastructure or techniques."},
    {"incident", "The id of an incident, where the file holds several."},
    {"before", "Only rows before that number."},
    {"limit", "At most so many rows, 200 by default."},
    {"check", "1: whether the chain of hashes holds."},
};

static const char *role_text(onus_role role) {
  static const char *const TEXTS[] = {"anyone", "user", "administrator", "reader", "party", "owner"};
  return TEXTS[role];
}

static const char *describe(const char *parameter, size_t length) {
  for (size_t i = 0; i < sizeof PARAMETERS / sizeof *PARAMETERS; i++)
    if (strncmp(PARAMETERS[i][0], parameter, length) == 0 && PARAMETERS[i][0][length] == '\0')
      return PARAMETERS[i][1];
  return "";
}

static json_t *content(const char *name) {
  const char *type = "application/json", *own = strncmp(name, "json:", 5) == 0 ? name + 5 : name;
  char reference[96];
  json_t *schema = NULL;
  snprintf(reference, sizeof reference, "#/components/schemas/%s", own);
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
    if (strcmp(KINDS[i].name, name) == 0) {
      type = KINDS[i].type;
      schema = KINDS[i].schema != NULL ? json_pack("{s:s}", "$ref", KINDS[i].schema) : json_object();
    }
  return json_pack("{s:{s:o}}", type, "schema", schema != NULL ? schema : json_pack("{s:s}", "$ref", reference));
}

static json_t *answer(const char *description, json_t *body) {
  json_t *json = json_pack("{s:s}", "description", description);
  if (body != NULL)
    json_object_set_new(json, "content", body);
  return json;
}

static void add_refusal(json_t *answers, const char *status, const char *description) {
  json_object_set_new(answers, status, answer(description, content("Error")));
}

static json_t *answers_of(const onus_route *route) {
  char status[8];
  json_t *answers = json_object();
  snprintf(status, sizeof status, "%u", route->success);
  json_object_set_new(answers, status, answer("It was done.", route->answer != NULL ? content(route->answer) : NULL));
  if (strcmp(route->method, "PUT") == 0 && route->answer != NULL)
    json_object_set_new(answers, "200", answer("Nothing changed.", content(route->answer)));
  if (route->flags & ONUS_ROUTE_CACHED)
    json_object_set_new(answers, "304", answer("The caller has it.", NULL));
  add_refusal(answers, "400", "A parameter or a name is wrong.");
  if (route->role != ONUS_ROLE_ANYONE || (route->flags & ONUS_ROUTE_NO_CSRF))
    add_refusal(answers, "401", "Nobody is logged in, or the password is another one.");
  if (route->role != ONUS_ROLE_ANYONE)
    add_refusal(answers, "403", "The caller may not do this, or a session did not show its X-Onus-CSRF.");
  add_refusal(answers, "404", "It is not there, or not the caller's to see.");
  if (route->body_bytes > 0) {
    add_refusal(answers, "413", "The body is too large.");
    add_refusal(answers, "415", "The body is of another type.");
  }
  if (route->answer != NULL && strcmp(route->answer, "Version") == 0 && strcmp(route->method, "PUT") == 0)
    json_object_set_new(answers, "409", answer("Others changed the same.", content("Conflicts")));
  if (route->body_bytes > 0 || route->role >= ONUS_ROLE_READER)
    add_refusal(answers, "422", "The input is wrong; problems say where.");
  if (route->flags & ONUS_ROUTE_NO_CSRF)
    add_refusal(answers, "429", "Too many tries.");
  add_refusal(answers, "503", "The server is busy, is being stopped, or cannot read or write.");
  add_refusal(answers, "507", "The disk is full; nothing was changed.");
  return answers;
}

static json_t *parameters_of(const onus_route *route) {
  json_t *list = json_array();
  for (const char *at = strchr(route->pattern, '{'); at != NULL; at = strchr(at + 1, '{')) {
    json_t *name = json_stringn(at + 1, strcspn(at + 1, "}"));
    json_array_append_new(list, json_pack("{s:o,s:s,s:b,s:{s:s}}", "name", name, "in", "path", "required", 1, "schema",
                                          "type", "string"));
  }
  for (const char *at = route->query; at != NULL && *at != '\0';) {
    size_t length = strcspn(at, " ");
    json_array_append_new(list, json_pack("{s:o,s:s,s:s,s:{s:s}}", "name", json_stringn(at, length), "in", "query",
                                          "description", describe(at, length), "schema", "type", "string"));
    at += length + (at[length] == ' ');
  }
  return list;
}

static json_t *operation(const onus_route *route) {
  json_t *json = json_pack("{s:s,s:s,s:o,s:o}", "summary", route->summary, "x-onus-role", role_text(route->role),
                           "parameters", parameters_of(route), "responses", answers_of(route));
  if (route->body != NULL)
    json_object_set_new(json, "requestBody", json_pack("{s:b,s:o}", "required", 1, "content", content(route->body)));
  json_object_set_new(json, "security",
                      route->role == ONUS_ROLE_ANYONE ? json_array()
                                                      : json_pack("[{s:[]},{s:[]}]", "token", "session"));
  return json;
}

char *onus_openapi_make(void) {
  json_t *paths = json_object(), *schemas = json_loads(onus_openapi_schemas, 0, NULL);
  for (const onus_route *route = onus_routes; route->method != NULL; route++) {
    char method[8] = "";
    if (strncmp(route->pattern, "/taxii2/", 8) == 0)
      continue; /* OASIS describes them */
    for (size_t i = 0; route->method[i] != '\0' && i + 1 < sizeof method; i++)
      method[i] = (char)(route->method[i] | 0x20);
    if (json_object_get(paths, route->pattern) == NULL)
      json_object_set_new(paths, route->pattern, json_object());
    json_object_set_new(json_object_get(paths, route->pattern), method, operation(route));
  }
  json_t *document = json_pack(
      "{s:s,s:{s:s,s:s,s:s},s:o,s:{s:o,s:{s:{s:s,s:s},s:{s:s,s:s,s:s}}}}", "openapi", "3.1.0", "info", "title",
      "onus serve", "version", onus_version(), "description",
      "Cases, their versions and what the evidence in them says. Who changes something with a session shows its "
      "X-Onus-CSRF; who shows a token need not.",
      "paths", paths, "components", "schemas", schemas, "securitySchemes", "token", "type", "http", "scheme", "bearer",
      "session", "type", "apiKey", "in", "cookie", "name", "onus_session");
  char *text = document != NULL ? json_dumps(document, JSON_INDENT(1) | JSON_ENSURE_ASCII) : NULL;
  json_decref(document);
  return text;
}
