#include "code/outline.h"

#include "base/digest.h"
#include "base/file.h"
#include "code/wire_internal.h"

#include <stdlib.h>

enum { FILE_BYTES_MAX = 1 << 30 };

static void pass_program(onus_wire *w, onus_program *p, double **entropy_bits) {
  uint8_t format = (uint8_t)p->format, architecture = (uint8_t)p->architecture;
  onus_wire_small(w, &format, ONUS_PROGRAM_MACHO + 1);
  onus_wire_small(w, &architecture, ONUS_ARCHITECTURE_X86_64 + 1);
  p->format = (onus_program_format)format;
  p->architecture = (onus_architecture)architecture;
  onus_wire_bool(w, &p->is_64_bit);
  onus_wire_bool(w, &p->is_damaged);
  onus_wire_u64(w, &p->base);
  onus_wire_u64(w, &p->entry);
  onus_wire_items(w, &p->n_sections, &p->sections, sizeof *p->sections, 8);
  if (!w->out)
    *entropy_bits = ONUS_ARENA_ARRAY(w->arena, double, p->n_sections);
  w->has_failed = w->has_failed || !*entropy_bits;
  for (size_t i = 0; i < p->n_sections && !w->has_failed; i++) {
    onus_program_section *s = &p->sections[i];
    uint64_t bits = 0;
    memcpy(&bits, &(*entropy_bits)[i], sizeof bits);
    onus_wire_text(w, &s->name);
    onus_wire_u64(w, &s->address);
    onus_wire_u64(w, &s->size_bytes);
    onus_wire_u64(w, &s->file_offset);
    onus_wire_u64(w, &s->file_bytes);
    onus_wire_small(w, &s->permissions, 8);
    onus_wire_u64(w, &bits);
    memcpy(&(*entropy_bits)[i], &bits, sizeof bits);
    w->has_failed = w->has_failed || !s->name;
  }
  onus_wire_items(w, &p->n_imports, &p->imports, sizeof *p->imports, 8);
  for (size_t i = 0; i < p->n_imports && !w->has_failed; i++) {
    onus_wire_text(w, &p->imports[i].library);
    onus_wire_text(w, &p->imports[i].name);
    w->has_failed = w->has_failed || !p->imports[i].library || !p->imports[i].name;
  }
}

static void pass_facts(onus_wire *w, onus_facts *f) {
  uint64_t time = (uint64_t)f->build_time_utc;
  onus_wire_u64(w, &time);
  f->build_time_utc = (int64_t)(uint32_t)time;
  onus_wire_text(w, &f->debug_path);
  onus_wire_text(w, &f->build_id);
  onus_wire_text(w, &f->compiler);
  onus_wire_small(w, &f->linker_major, 256);
  onus_wire_small(w, &f->linker_minor, 256);
  onus_wire_items(w, &f->n_rich, &f->rich, sizeof *f->rich, 8);
  for (size_t i = 0; i < f->n_rich && !w->has_failed; i++) {
    uint64_t tool = (uint64_t)f->rich[i].product << 16 | f->rich[i].build;
    onus_wire_u64(w, &tool);
    f->rich[i].product = (uint16_t)(tool >> 16);
    f->rich[i].build = (uint16_t)tool;
    onus_wire_u32(w, &f->rich[i].count);
  }
  onus_wire_items(w, &f->n_resources, &f->resources, sizeof *f->resources, 8);
  for (size_t i = 0; i < f->n_resources && !w->has_failed; i++) {
    uint32_t language = f->resources[i].language;
    onus_wire_u32(w, &f->resources[i].type);
    onus_wire_u32(w, &language);
    onus_wire_u32(w, &f->resources[i].size_bytes);
    f->resources[i].language = (uint16_t)language;
  }
  onus_wire_u64(w, &f->overlay_offset);
  onus_wire_u64(w, &f->overlay_bytes);
  onus_wire_bool(w, &f->is_signed);
  onus_wire_bool(w, &f->is_net);
  onus_wire_u64(w, &f->n_strings);
  onus_wire_u64(w, &f->n_wide_strings);
  onus_wire_text(w, &f->packing);
}

static void pass_functions(onus_wire *w, onus_outline *l) {
  onus_wire_items(w, &l->n_functions, &l->functions, sizeof *l->functions, 8);
  for (size_t i = 0; i < l->n_functions && !w->has_failed; i++) {
    onus_outline_function *f = &l->functions[i];
    onus_wire_u64(w, &f->address);
    onus_wire_u64(w, &f->extent_bytes);
    onus_wire_u64(w, &f->thunk_of);
    onus_wire_u32(w, &f->n_instructions);
    onus_wire_u32(w, &f->n_blocks);
    onus_wire_u32(w, &f->n_calls);
    onus_wire_small(w, &f->evidence, ONUS_FUNCTION_GAP + 1);
    onus_wire_bool(w, &f->is_thunk);
    onus_wire_bool(w, &f->never_returns);
    onus_wire_text(w, &f->name);
  }
}

static void pass_outline(onus_wire *w, onus_outline *l) {
  uint64_t n_exports = l->n_exports;
  pass_program(w, &l->program, &l->facts.entropy_bits);
  onus_wire_u64(w, &n_exports);
  l->n_exports = (size_t)n_exports;
  pass_facts(w, &l->facts);
  pass_functions(w, l);
  onus_wire_u64(w, &l->n_code_bytes);
  onus_wire_u64(w, &l->n_instructions);
  onus_wire_bool(w, &l->is_cut);
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
  onus_wire w = {.out = out};
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
  onus_outline *outline = ONUS_ARENA_HANDLE(onus_outline, ((size_t)1 << 20) + 16 * length_bytes);
  if (!outline)
    return ONUS_FAIL_NO_MEMORY(error);
  outline->path = onus_arena_copy(outline->arena, path, strlen(path));
  if (!outline->path) {
    onus_outline_free(outline);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  onus_wire w = {.in = {bytes, length_bytes, false}, .arena = outline->arena};
  pass_outline(&w, outline);
  onus_status status = onus_wire_end(&w, path, error);
  if (status == ONUS_OK)
    *ret_listing = outline;
  else
    onus_outline_free(outline);
  return status;
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
