#include "code/outline.h"

#include "base/digest.h"
#include "base/file.h"

#include <stdlib.h>

enum { FILE_BYTES_MAX = 1 << 30 };

/* One description serves both directions: reading fills what writing takes from. */
typedef struct wire {
  onus_buffer *out; /* NULL: reading */
  onus_bytes in;
  uint64_t at;
  onus_arena *arena;
  bool has_failed;
} wire;

static void pass_u64(wire *w, uint64_t *value) {
  if (w->out)
    onus_buffer_append(w->out, (const char *)value, sizeof *value);
  else if (w->has_failed || !onus_bytes_u64(&w->in, w->at, value))
    w->has_failed = true;
  w->at += sizeof *value;
}

static void pass_u32(wire *w, uint32_t *value) {
  uint64_t wide = *value;
  pass_u64(w, &wide);
  *value = (uint32_t)wide;
}

/* A number below `end`. */
static void pass_small(wire *w, uint8_t *value, uint64_t end) {
  uint64_t wide = *value;
  pass_u64(w, &wide);
  w->has_failed = w->has_failed || wide >= end;
  *value = w->has_failed ? 0 : (uint8_t)wide;
}

static void pass_bool(wire *w, bool *value) {
  uint8_t small = *value;
  pass_small(w, &small, 2);
  *value = small != 0;
}

/* A text or NULL. */
static void pass_text(wire *w, const char **text) {
  uint64_t length = w->out ? (*text ? strlen(*text) + 1 : 0) : 0;
  pass_u64(w, &length);
  if (w->out) {
    if (*text)
      onus_buffer_append(w->out, *text, (size_t)length);
    return;
  }
  *text = NULL;
  if (w->has_failed || length == 0)
    return;
  const uint8_t *bytes = onus_bytes_at(&w->in, w->at, length);
  w->at += length;
  *text = bytes ? onus_arena_copy(w->arena, (const char *)bytes, (size_t)length - 1) : NULL;
  w->has_failed = !*text;
}

/* How many items follow; makes room for them when reading. Each takes at least 8 bytes on the way. */
static void pass_items(wire *w, size_t *count, void *items, size_t item_bytes) {
  uint64_t n = *count;
  pass_u64(w, &n);
  if (w->out)
    return;
  void *made = NULL;
  if (!w->has_failed && n <= w->in.length_bytes / 8)
    made = onus_arena_alloc(w->arena, (size_t)n, item_bytes);
  w->has_failed = !made;
  *count = made ? (size_t)n : 0;
  memcpy(items, &made, sizeof made);
}

static void pass_program(wire *w, onus_program *p, double **entropy_bits) {
  uint8_t format = (uint8_t)p->format, architecture = (uint8_t)p->architecture;
  pass_small(w, &format, ONUS_PROGRAM_MACHO + 1);
  pass_small(w, &architecture, ONUS_ARCHITECTURE_X86_64 + 1);
  p->format = (onus_program_format)format;
  p->architecture = (onus_architecture)architecture;
  pass_bool(w, &p->is_64_bit);
  pass_bool(w, &p->is_damaged);
  pass_u64(w, &p->base);
  pass_u64(w, &p->entry);
  pass_items(w, &p->n_sections, &p->sections, sizeof *p->sections);
  if (!w->out)
    *entropy_bits = ONUS_ARENA_ARRAY(w->arena, double, p->n_sections);
  w->has_failed = w->has_failed || !*entropy_bits;
  for (size_t i = 0; i < p->n_sections && !w->has_failed; i++) {
    onus_program_section *s = &p->sections[i];
    uint64_t bits = 0;
    memcpy(&bits, &(*entropy_bits)[i], sizeof bits);
    pass_text(w, &s->name);
    pass_u64(w, &s->address);
    pass_u64(w, &s->size_bytes);
    pass_u64(w, &s->file_offset);
    pass_u64(w, &s->file_bytes);
    pass_small(w, &s->permissions, 8);
    pass_u64(w, &bits);
    memcpy(&(*entropy_bits)[i], &bits, sizeof bits);
    w->has_failed = w->has_failed || !s->name;
  }
  pass_items(w, &p->n_imports, &p->imports, sizeof *p->imports);
  for (size_t i = 0; i < p->n_imports && !w->has_failed; i++) {
    pass_text(w, &p->imports[i].library);
    pass_text(w, &p->imports[i].name);
    w->has_failed = w->has_failed || !p->imports[i].library || !p->imports[i].name;
  }
}

static void pass_facts(wire *w, onus_facts *f) {
  uint64_t time = (uint64_t)f->build_time_utc;
  pass_u64(w, &time);
  f->build_time_utc = (int64_t)(uint32_t)time;
  pass_text(w, &f->debug_path);
  pass_text(w, &f->build_id);
  pass_text(w, &f->compiler);
  pass_small(w, &f->linker_major, 256);
  pass_small(w, &f->linker_minor, 256);
  pass_items(w, &f->n_rich, &f->rich, sizeof *f->rich);
  for (size_t i = 0; i < f->n_rich && !w->has_failed; i++) {
    uint64_t tool = (uint64_t)f->rich[i].product << 16 | f->rich[i].build;
    pass_u64(w, &tool);
    f->rich[i].product = (uint16_t)(tool >> 16);
    f->rich[i].build = (uint16_t)tool;
    pass_u32(w, &f->rich[i].count);
  }
  pass_items(w, &f->n_resources, &f->resources, sizeof *f->resources);
  for (size_t i = 0; i < f->n_resources && !w->has_failed; i++) {
    uint32_t language = f->resources[i].language;
    pass_u32(w, &f->resources[i].type);
    pass_u32(w, &language);
    pass_u32(w, &f->resources[i].size_bytes);
    f->resources[i].language = (uint16_t)language;
  }
  pass_u64(w, &f->overlay_offset);
  pass_u64(w, &f->overlay_bytes);
  pass_bool(w, &f->is_signed);
  pass_bool(w, &f->is_net);
  pass_u64(w, &f->n_strings);
  pass_u64(w, &f->n_wide_strings);
  pass_text(w, &f->packing);
}

static void pass_functions(wire *w, onus_outline *l) {
  pass_items(w, &l->n_functions, &l->functions, sizeof *l->functions);
  for (size_t i = 0; i < l->n_functions && !w->has_failed; i++) {
    onus_outline_function *f = &l->functions[i];
    pass_u64(w, &f->address);
    pass_u64(w, &f->extent_bytes);
    pass_u64(w, &f->thunk_of);
    pass_u32(w, &f->n_instructions);
    pass_u32(w, &f->n_blocks);
    pass_u32(w, &f->n_calls);
    pass_small(w, &f->evidence, ONUS_FUNCTION_GAP + 1);
    pass_bool(w, &f->is_thunk);
    pass_bool(w, &f->never_returns);
    pass_text(w, &f->name);
  }
}

static void pass_outline(wire *w, onus_outline *l) {
  uint64_t n_exports = l->n_exports;
  pass_program(w, &l->program, &l->facts.entropy_bits);
  pass_u64(w, &n_exports);
  l->n_exports = (size_t)n_exports;
  pass_facts(w, &l->facts);
  pass_functions(w, l);
  pass_u64(w, &l->n_code_bytes);
  pass_u64(w, &l->n_instructions);
  pass_bool(w, &l->is_cut);
}

/* --- in the child ------------------------------------------------------------------------------------------------- */

static onus_status list(const onus_program *program, const onus_functions *found, onus_buffer *out, onus_error *error) {
  onus_outline l = {.program = *program, .n_exports = program->n_exports, .n_functions = found->n_functions};
  ONUS_TRY(onus_facts_read(program, program->arena, &l.facts, error));
  l.functions = ONUS_ARENA_ARRAY(program->arena, onus_outline_function, l.n_functions);
  if (!l.functions)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < l.n_functions; i++) {
    const onus_function *f = &found->functions[i];
    const char *name = onus_program_export_at(program, f->address);
    if (!name && f->is_thunk && f->import != ONUS_IMPORT_NONE)
      name = program->imports[f->import].name;
    l.functions[i] = (onus_outline_function){.address = f->address,
                                             .extent_bytes = f->extent_bytes,
                                             .thunk_of = f->thunk_of,
                                             .n_instructions = f->n_instructions,
                                             .n_blocks = f->n_blocks,
                                             .n_calls = f->n_calls,
                                             .evidence = f->evidence,
                                             .is_thunk = f->is_thunk,
                                             .never_returns = f->never_returns,
                                             .name = name};
  }
  l.n_code_bytes = found->n_code_bytes;
  l.n_instructions = found->n_instructions;
  l.is_cut = found->is_cut;
  wire w = {.out = out};
  pass_outline(&w, &l);
  return ONUS_OK;
}

onus_status onus_outline_write(const char *path, const onus_bytes *file, onus_buffer *out, onus_error *error) {
  onus_program *program = NULL;
  onus_functions *functions = NULL;
  ONUS_TRY(onus_program_parse(path, file->start, (size_t)file->length_bytes, &program, error));
  onus_status status = onus_functions_find(program, &functions, error);
  if (status == ONUS_OK)
    status = list(program, functions, out, error);
  onus_functions_free(functions);
  onus_program_free(program);
  return status;
}

/* --- in the parent ------------------------------------------------------------------------------------------------ */

onus_status onus_outline_parse(const char *path, const void *bytes, size_t length_bytes, onus_outline **ret_listing,
                               onus_error *error) {
  onus_arena *arena = onus_arena_new(((size_t)1 << 20) + 16 * length_bytes);
  onus_outline *outline = arena ? ONUS_ARENA_ARRAY(arena, onus_outline, 1) : NULL;
  char *name = outline ? onus_arena_copy(arena, path, strlen(path)) : NULL;
  if (!name) {
    onus_arena_free(arena);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  outline->arena = arena;
  outline->path = name;
  wire w = {.in = {bytes, length_bytes, false}, .arena = arena};
  pass_outline(&w, outline);
  if (w.has_failed || w.at != length_bytes) {
    onus_arena_free(arena);
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "made its reader say what cannot be; nothing else was harmed, but please report it");
  }
  *ret_listing = outline;
  return ONUS_OK;
}

typedef struct job {
  const char *path;
  onus_bytes file;
} job;

static onus_status work(void *context, onus_buffer *out, onus_error *error) {
  const job *j = context;
  return onus_outline_write(j->path, &j->file, out, error);
}

onus_status onus_outline_read(const char *path, const onus_sandbox_limits *limits, onus_outline **ret_listing,
                              onus_error *error) {
  onus_text file = {0}, reply = {0};
  ONUS_TRY(onus_file_read(path, FILE_BYTES_MAX, &file, error));
  job j = {path, {(const uint8_t *)file.bytes, file.length, false}};
  onus_outline *outline = NULL;
  onus_status status = onus_sandbox_run(path, limits, work, &j, &reply, error);
  if (status == ONUS_OK)
    status = onus_outline_parse(path, reply.bytes, reply.length, &outline, error);
  if (status == ONUS_OK) {
    onus_digest_bytes(file.bytes, file.length, outline->digest);
    *ret_listing = outline;
  }
  onus_text_free(&reply);
  onus_text_free(&file);
  return status;
}

void onus_outline_free(onus_outline *outline) {
  if (outline)
    onus_arena_free(outline->arena);
}
