#include "reference/programs_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/little_endian.h"
#include "base/room.h"
#include "document/text_internal.h"

static const char magic[8] = "ONUSPRG\n";

enum { HEAD_BYTES = 8 + 5 * 4, PROGRAM_BYTES = ONUS_CODE_SHA256_BYTES + 4 + 4 + 8, SAMPLE_BYTES = 12 };

void onus_programs_free(onus_program_parts *parts) {
  free(parts->programs);
  free(parts->families);
  free(parts->samples);
  onus_table_free(parts->program_keys);
  onus_table_free(parts->family_names);
  onus_table_free(parts->sample_keys);
  *parts = (onus_program_parts){0};
}

/* --- finding and adding ------------------------------------------------------------------------------------------- */

enum { KEY_BYTES = 2 * ONUS_CODE_SHA256_BYTES + 1 };

static void program_key(const uint8_t *sha256, char *out) {
  for (size_t i = 0; i < ONUS_CODE_SHA256_BYTES; i++)
    snprintf(out + 2 * i, 3, "%02x", sha256[i]);
}

static bool make_tables(onus_program_parts *parts) {
  if (!parts->program_keys)
    parts->program_keys = onus_table_new();
  if (!parts->family_names)
    parts->family_names = onus_table_new();
  if (!parts->sample_keys)
    parts->sample_keys = onus_table_new();
  return parts->program_keys && parts->family_names && parts->sample_keys;
}

static uint32_t find(const onus_table *table, const char *key) {
  size_t number = table ? onus_table_get(table, key) : ONUS_NONE;
  return number == ONUS_NONE ? ONUS_NO_NUMBER : (uint32_t)number;
}

uint32_t onus_programs_find(const onus_program_parts *parts, const uint8_t *sha256) {
  char key[KEY_BYTES];
  program_key(sha256, key);
  return find(parts->program_keys, key);
}

static onus_status check_room(size_t count, onus_error *error) {
  if (count < ONUS_NO_NUMBER / 2)
    return ONUS_OK;
  return ONUS_FAIL(error, ONUS_LIMIT, "the catalogue is full: more than %zu of one kind", count);
}

/* Keys of tables are borrowed by them. */
static onus_status enter(onus_catalogue_parts *all, onus_table *table, const char *key, size_t number,
                         onus_error *error) {
  const char *kept = onus_catalogue_keep(all, key, strlen(key));
  return kept && onus_table_put(table, kept, number) ? ONUS_OK : ONUS_FAIL_NO_MEMORY(error);
}

onus_status onus_programs_add(onus_catalogue_parts *all, const onus_ref_program *program, uint32_t *ret_program,
                              onus_error *error) {
  onus_program_parts *parts = &all->programs;
  char key[KEY_BYTES];
  program_key(program->sha256, key);
  uint32_t number = find(parts->program_keys, key);
  if (number == ONUS_NO_NUMBER) {
    ONUS_TRY(check_room(parts->n_programs, error));
    if (program->n_functions > ONUS_NO_NUMBER - 1 - parts->n_functions)
      return ONUS_FAIL(error, ONUS_LIMIT, "the reference would have more than %u functions", ONUS_NO_NUMBER - 1);
    if (!make_tables(parts) || !ONUS_ROOM_FOR_ONE(parts->programs, parts->n_programs, parts->programs_capacity))
      return ONUS_FAIL_NO_MEMORY(error);
    ONUS_TRY(enter(all, parts->program_keys, key, parts->n_programs, error));
    number = (uint32_t)parts->n_programs;
    parts->programs[parts->n_programs] = *program;
    parts->programs[parts->n_programs++].first_function = (uint32_t)parts->n_functions;
    parts->n_functions += program->n_functions;
  }
  *ret_program = number;
  return ONUS_OK;
}

onus_status onus_programs_add_family(onus_catalogue_parts *all, const char *name, uint32_t *ret_family,
                                     onus_error *error) {
  onus_program_parts *parts = &all->programs;
  uint32_t number = find(parts->family_names, name);
  if (number == ONUS_NO_NUMBER) {
    ONUS_TRY(check_room(parts->n_families, error));
    if (!make_tables(parts) || !ONUS_ROOM_FOR_ONE(parts->families, parts->n_families, parts->families_capacity))
      return ONUS_FAIL_NO_MEMORY(error);
    ONUS_TRY(enter(all, parts->family_names, name, parts->n_families, error));
    number = (uint32_t)parts->n_families;
    parts->families[parts->n_families++] = name;
  }
  *ret_family = number;
  return ONUS_OK;
}

onus_status onus_programs_add_sample(onus_catalogue_parts *all, const onus_ref_sample *sample, bool *ret_is_new,
                                     onus_error *error) {
  onus_program_parts *parts = &all->programs;
  char key[40];
  snprintf(key, sizeof key, "%" PRIx32 ":%" PRIx32 ":%" PRIx32, sample->program, sample->family, sample->basis);
  *ret_is_new = find(parts->sample_keys, key) == ONUS_NO_NUMBER;
  if (!*ret_is_new)
    return ONUS_OK;
  ONUS_TRY(check_room(parts->n_samples, error));
  if (!make_tables(parts) || !ONUS_ROOM_FOR_ONE(parts->samples, parts->n_samples, parts->samples_capacity))
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(enter(all, parts->sample_keys, key, parts->n_samples, error));
  parts->samples[parts->n_samples++] = *sample;
  return ONUS_OK;
}

onus_code_catalogue onus_programs_view(const onus_program_parts *parts) {
  return (onus_code_catalogue){parts->programs,   parts->families,  parts->samples,    parts->n_programs,
                               parts->n_families, parts->n_samples, parts->n_functions};
}

/* --- as bytes ----------------------------------------------------------------------------------------------------- */

static void put_number(onus_buffer *out, uint32_t number) {
  uint8_t bytes[4];
  onus_store_le32(bytes, number);
  onus_buffer_append(out, (const char *)bytes, sizeof bytes);
}

onus_status onus_programs_write(const onus_program_parts *parts, onus_text *ret_text, onus_error *error) {
  size_t n_text_bytes = 0;
  for (size_t i = 0; i < parts->n_families; i++)
    n_text_bytes += strlen(parts->families[i]) + 1;
  for (size_t i = 0; i < parts->n_programs; i++)
    n_text_bytes += strlen(parts->programs[i].name) + 1;
  onus_buffer out = onus_buffer_new(ONUS_STORE_DOCUMENT_BYTES_MAX);
  onus_buffer_append(&out, magic, sizeof magic);
  put_number(&out, ONUS_PROGRAMS_VERSION);
  put_number(&out, (uint32_t)parts->n_programs);
  put_number(&out, (uint32_t)parts->n_families);
  put_number(&out, (uint32_t)parts->n_samples);
  put_number(&out, (uint32_t)n_text_bytes);
  for (size_t i = 0; i < parts->n_programs; i++) {
    const onus_ref_program *program = &parts->programs[i];
    onus_buffer_append(&out, (const char *)program->sha256, ONUS_CODE_SHA256_BYTES);
    put_number(&out, (uint32_t)program->format << 1 | program->is_64_bit);
    put_number(&out, program->n_functions);
    put_number(&out, (uint32_t)program->base);
    put_number(&out, (uint32_t)(program->base >> 32));
  }
  for (size_t i = 0; i < parts->n_samples; i++) {
    put_number(&out, parts->samples[i].program);
    put_number(&out, parts->samples[i].family);
    put_number(&out, parts->samples[i].basis);
  }
  for (size_t i = 0; i < parts->n_families; i++)
    onus_buffer_append(&out, parts->families[i], strlen(parts->families[i]) + 1);
  for (size_t i = 0; i < parts->n_programs; i++)
    onus_buffer_append(&out, parts->programs[i].name, strlen(parts->programs[i].name) + 1);
  if (out.status == ONUS_LIMIT) {
    onus_buffer_free(&out);
    return ONUS_FAIL(error, ONUS_LIMIT, "the list of programs grows beyond %d bytes; make two references of it",
                     ONUS_STORE_DOCUMENT_BYTES_MAX);
  }
  return onus_buffer_take(&out, ret_text, error);
}

typedef struct input {
  const char *place;
  const uint8_t *bytes, *at;
  const char *text, *text_end;
  onus_catalogue_parts *parts;
  onus_error *error;
} input;

static onus_status fail_at(const input *in, const char *what) {
  return ONUS_FAIL_AT(in->error, ONUS_BAD_INPUT, in->place, 0, 0,
                      "the list of programs is damaged at byte %zu: %s; restore it from a copy or import again",
                      (size_t)(in->at - in->bytes), what);
}

static uint32_t take(input *in) {
  uint32_t number = onus_load_le32(in->at);
  in->at += 4;
  return number;
}

/* Texts follow each other; the last byte of all is a zero. */
static onus_status take_text(input *in, const char **ret_text) {
  if (in->text >= in->text_end)
    return fail_at(in, "there are fewer texts");
  const char *text = in->text;
  size_t length = strlen(text);
  in->text += length + 1;
  if (length > ONUS_CATALOGUE_NAME_BYTES)
    return fail_at(in, "a text is too long");
  for (size_t at = 0; at < length;) {
    uint32_t character;
    size_t width = onus_text_decode(text + at, length - at, &character);
    if (width == 0 || character < 0x20)
      return fail_at(in, "a text is not UTF-8, or has control characters");
    at += width;
  }
  *ret_text = onus_catalogue_keep(in->parts, text, length);
  return *ret_text ? ONUS_OK : ONUS_FAIL_NO_MEMORY(in->error);
}

static onus_status take_program(input *in) {
  onus_program_parts *parts = &in->parts->programs;
  onus_ref_program program = {.name = ""};
  memcpy(program.sha256, in->at, ONUS_CODE_SHA256_BYTES);
  in->at += ONUS_CODE_SHA256_BYTES;
  uint32_t kind = take(in), number;
  if (kind >> 1 > ONUS_PROGRAM_MACHO)
    return fail_at(in, "a program has no known format");
  program.format = (onus_program_format)(kind >> 1);
  program.is_64_bit = kind & 1;
  program.n_functions = take(in);
  program.base = take(in);
  program.base |= (uint64_t)take(in) << 32;
  size_t n = parts->n_programs;
  ONUS_TRY(onus_programs_add(in->parts, &program, &number, in->error));
  return parts->n_programs == n + 1 ? ONUS_OK : fail_at(in, "a program stands twice");
}

static onus_status take_sample(input *in, uint32_t n_families) {
  onus_ref_sample sample;
  bool is_new;
  sample.program = take(in);
  sample.family = take(in);
  sample.basis = take(in);
  if (sample.program >= in->parts->programs.n_programs || sample.family >= n_families ||
      sample.basis >= in->parts->n_bases || in->parts->bases[sample.basis].kind != ONUS_BASIS_LISTED)
    return fail_at(in, "a sample points to nothing");
  ONUS_TRY(onus_programs_add_sample(in->parts, &sample, &is_new, in->error));
  return is_new ? ONUS_OK : fail_at(in, "a sample stands twice");
}

static onus_status take_all(input *in, size_t length_bytes) {
  onus_program_parts *parts = &in->parts->programs;
  if (length_bytes < HEAD_BYTES || memcmp(in->bytes, magic, sizeof magic) != 0)
    return fail_at(in, "a list of programs does not begin like this");
  in->at += sizeof magic;
  uint32_t version = take(in), n_programs = take(in), n_families = take(in), n_samples = take(in), n_text = take(in);
  if (version != ONUS_PROGRAMS_VERSION)
    return ONUS_FAIL_AT(in->error, ONUS_UNSUPPORTED, in->place, 0, 0,
                        "the list of programs is of version %" PRIu32 "; this onus reads version %d", version,
                        ONUS_PROGRAMS_VERSION);
  uint64_t fixed = HEAD_BYTES + (uint64_t)n_programs * PROGRAM_BYTES + (uint64_t)n_samples * SAMPLE_BYTES;
  if (fixed + n_text != length_bytes || (n_text > 0 && in->bytes[length_bytes - 1] != 0))
    return fail_at(in, "the numbers of its parts do not fit its length");
  in->text = (const char *)in->bytes + fixed;
  in->text_end = in->text + n_text;
  for (uint32_t i = 0; i < n_programs; i++)
    ONUS_TRY(take_program(in));
  for (uint32_t i = 0; i < n_samples; i++)
    ONUS_TRY(take_sample(in, n_families));
  for (uint32_t i = 0, number; i < n_families; i++) {
    const char *name;
    ONUS_TRY(take_text(in, &name));
    ONUS_TRY(onus_programs_add_family(in->parts, name, &number, in->error));
    if (parts->n_families != i + 1)
      return fail_at(in, "a family stands twice");
  }
  for (uint32_t i = 0; i < n_programs; i++)
    ONUS_TRY(take_text(in, &parts->programs[i].name));
  return in->text == in->text_end ? ONUS_OK : fail_at(in, "texts are left over");
}

onus_status onus_programs_parse(const char *place, const char *bytes, size_t length_bytes, onus_catalogue_parts *parts,
                                onus_error *error) {
  input in = {.place = place, .bytes = (const uint8_t *)bytes, .parts = parts, .error = error};
  in.at = in.bytes;
  return take_all(&in, length_bytes);
}

onus_status onus_programs_load(const onus_store *store, const char *place, onus_catalogue_parts *parts,
                               onus_error *error) {
  onus_text text;
  ONUS_TRY(onus_store_document(store, ONUS_PROGRAMS_DOCUMENT, &text, error));
  if (!text.bytes)
    return ONUS_OK;
  onus_status status = onus_programs_parse(place, text.bytes, text.length, parts, error);
  onus_text_free(&text);
  return status;
}
