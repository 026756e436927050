#include "code/prints.h"

#include "base/file.h"
#include "code/facts.h"
#include "code/fingerprint_internal.h"
#include "code/wire_internal.h"

static const size_t FILE_BYTES_MAX = (size_t)1 << 30;
/* What a function takes on the way: four numbers, the counts, and how many tokens, callees, neighbours and letters. */
enum { LEAST_FUNCTION_BYTES = (4 + ONUS_COUNT_KINDS + 4) * sizeof(uint64_t) };

/* Tokens, in order: what comes later relies on that. */
static void pass_tokens(onus_wire *w, onus_function_fingerprint *item) {
  size_t count = item->n_tokens;
  onus_token *tokens = NULL;
  onus_wire_items(w, &count, &tokens, sizeof *tokens, sizeof(uint64_t));
  if (w->out)
    for (size_t i = 0; i < count; i++) {
      const onus_token *token = &item->tokens[i];
      uint64_t number = (uint64_t)token->kind << 40 | (uint64_t)token->hash << 8 | token->times;
      onus_wire_u64(w, &number);
    }
  if (w->out)
    return;
  uint64_t number, before = 0;
  for (size_t i = 0; i < count && !w->has_failed; i++, before = number) {
    onus_wire_u64(w, &number);
    if (w->has_failed || number >> 40 >= ONUS_TOKEN_KINDS || (number & 255) == 0 ||
        (i > 0 && number >> 8 <= before >> 8)) {
      w->has_failed = true;
      break;
    }
    tokens[i] =
        (onus_token){.hash = (uint32_t)(number >> 8), .kind = (uint8_t)(number >> 40), .times = (uint8_t)number};
  }
  item->tokens = tokens;
  item->n_tokens = w->has_failed ? 0 : (uint32_t)count;
  onus_fingerprint_find_kinds(item);
}

static void pass_function(onus_wire *w, onus_function *function, onus_function_fingerprint *item, uint64_t n_all) {
  onus_wire_u64(w, &item->address);
  onus_wire_u64(w, &function->extent_bytes);
  onus_wire_u64(w, &item->exact);
  onus_wire_bool(w, &item->is_thunk);
  for (unsigned i = 0; i < ONUS_COUNT_KINDS; i++)
    onus_wire_u32(w, &item->counts[i]);
  pass_tokens(w, item);
  onus_wire_indices(w, &item->n_callees, &item->callees, n_all);
  onus_wire_indices(w, &item->n_beside, &item->beside, n_all);
  if (w->out)
    return;
  function->address = item->address;
  function->is_thunk = item->is_thunk;
  function->n_instructions = item->counts[ONUS_COUNT_INSTRUCTIONS];
  function->import = ONUS_IMPORT_NONE;
}

static void pass(onus_wire *w, onus_prints *p) {
  uint8_t format = (uint8_t)p->program.format, architecture = (uint8_t)p->program.architecture;
  onus_wire_small(w, &format, ONUS_PROGRAM_MACHO + 1);
  onus_wire_small(w, &architecture, ONUS_ARCHITECTURE_X86_64 + 1);
  p->program.format = (onus_program_format)format;
  p->program.architecture = (onus_architecture)architecture;
  onus_wire_bool(w, &p->program.is_64_bit);
  onus_wire_bool(w, &p->program.is_damaged);
  onus_wire_bool(w, &p->functions.is_cut);
  onus_wire_bool(w, &p->fingerprints.is_cut);
  onus_wire_text(w, &p->packing);
  onus_wire_items(w, &p->fingerprints.count, &p->fingerprints.items, sizeof *p->fingerprints.items,
                  LEAST_FUNCTION_BYTES);
  size_t n = p->fingerprints.count;
  if (!w->out) {
    p->functions.n_functions = n;
    onus_wire_room(w, n, &p->functions.functions, sizeof *p->functions.functions);
    onus_wire_room(w, n, &p->names, sizeof *p->names);
  }
  for (size_t i = 0; i < n && !w->has_failed; i++) {
    pass_function(w, &p->functions.functions[i], &p->fingerprints.items[i], n);
    onus_wire_text(w, &p->names[i]);
    if (i > 0 && p->fingerprints.items[i].address <= p->fingerprints.items[i - 1].address)
      w->has_failed = true;
  }
}

/* --- in the child ------------------------------------------------------------------------------------------------- */

static onus_status write_all(const onus_program *program, const onus_functions *functions,
                             const onus_fingerprints *fingerprints, onus_buffer *out, onus_error *error) {
  onus_prints p = {.program = *program, .functions = *functions, .fingerprints = *fingerprints};
  onus_facts facts;
  ONUS_TRY(onus_facts_read(program, program->arena, &facts, error));
  p.packing = facts.packing;
  p.names = ONUS_ARENA_ARRAY(program->arena, const char *, functions->n_functions);
  if (!p.names)
    return ONUS_FAIL_NO_MEMORY(error);
  for (size_t i = 0; i < functions->n_functions; i++)
    p.names[i] = onus_program_export_at(program, functions->functions[i].address);
  onus_wire w = {.out = out};
  pass(&w, &p);
  return ONUS_OK;
}

onus_status onus_prints_write(const char *path, const onus_bytes *file, onus_buffer *out, onus_error *error) {
  onus_program *program = NULL;
  onus_functions *functions = NULL;
  onus_fingerprints *fingerprints = NULL;
  ONUS_TRY(onus_program_parse(path, file->start, (size_t)file->length_bytes, &program, error));
  onus_status status = onus_functions_find(program, &functions, error);
  if (status == ONUS_OK)
    status = onus_fingerprints_make(functions, &fingerprints, error);
  if (status == ONUS_OK)
    status = write_all(program, functions, fingerprints, out, error);
  onus_fingerprints_free(fingerprints);
  onus_functions_free(functions);
  onus_program_free(program);
  return status;
}

/* --- in the parent ------------------------------------------------------------------------------------------------ */

onus_status onus_prints_parse(const char *path, const void *bytes, size_t length_bytes, onus_prints **ret_prints,
                              onus_error *error) {
  /* A function and its fingerprint are smaller than twice their way. */
  onus_prints *p = ONUS_ARENA_HANDLE(onus_prints, ((size_t)1 << 20) + 4 * length_bytes);
  if (!p)
    return ONUS_FAIL_NO_MEMORY(error);
  p->path = p->program.path = onus_arena_copy(p->arena, path, strlen(path));
  if (!p->path) {
    onus_prints_free(p);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  p->functions.program = &p->program;
  p->fingerprints.functions = &p->functions;
  p->fingerprints.arena = p->arena;
  onus_wire w = {.in = {bytes, length_bytes, false}, .arena = p->arena};
  pass(&w, p);
  onus_status status = onus_wire_end(&w, path, error);
  if (status == ONUS_OK)
    status = onus_fingerprints_take_callers(&p->fingerprints, error);
  if (status == ONUS_OK)
    *ret_prints = p;
  else
    onus_prints_free(p);
  return status;
}

typedef struct job {
  const char *path;
  onus_bytes file;
} job;

static onus_status work(void *context, onus_buffer *out, onus_error *error) {
  const job *j = context;
  return onus_prints_write(j->path, &j->file, out, error);
}

onus_status onus_prints_make(const char *path, const void *bytes, size_t length_bytes,
                             const onus_sandbox_limits *limits, onus_prints **ret_prints, onus_error *error) {
  job j = {path, {bytes, length_bytes, false}};
  onus_text reply = {0};
  onus_prints *prints = NULL;
  ONUS_TRY(onus_sandbox_run(path, limits, work, &j, &reply, error));
  onus_status status = onus_prints_parse(path, reply.bytes, reply.length, &prints, error);
  onus_text_free(&reply);
  ONUS_TRY(status);
  onus_digest_bytes(bytes, length_bytes, prints->digest);
  *ret_prints = prints;
  return ONUS_OK;
}

onus_status onus_prints_read(const char *path, const onus_sandbox_limits *limits, onus_prints **ret_prints,
                             onus_error *error) {
  onus_text file = {0};
  ONUS_TRY(onus_file_read(path, FILE_BYTES_MAX, &file, error));
  onus_status status = onus_prints_make(path, file.bytes, file.length, limits, ret_prints, error);
  onus_text_free(&file);
  return status;
}

void onus_prints_free(onus_prints *prints) {
  if (prints)
    onus_arena_free(prints->arena);
}
