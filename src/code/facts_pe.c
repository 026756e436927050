#include "code/facts_internal.h"
#include "code/list.h"
#include "code/pe_internal.h"

enum {
  RICH_MAX = 256,
  RESOURCES_MAX = 4096,
  RESOURCE_STEPS_MAX = 65536, /* entries looked at: a tree may lead into itself */
  PATH_MAX_BYTES = 1024,
  DIRECTORY_SIGNATURE = 4,
  DEBUG_CODEVIEW = 2,
};

typedef struct pe_facts {
  onus_facts_reader *r;
  const onus_program *program;
  const onus_bytes *file;
  uint32_t head;
  onus_pe_directory directories[ONUS_PE_DIRECTORIES];
  unsigned steps;
  onus_list resources;
} pe_facts;

/* Between the two heads: pairs of a tool and how many files it made, hidden by a word that closes them. */
static void read_rich(pe_facts *pe) {
  uint32_t key = 0, word = 0, end = 0;
  for (uint32_t at = 0x80; at + 8 <= pe->head; at += 4)
    if (onus_bytes_u32(pe->file, at, &word) && word == 0x68636952 && onus_bytes_u32(pe->file, at + 4, &key)) {
      end = at;
      break;
    }
  uint32_t begin = end;
  while (begin >= 0x44 && onus_bytes_u32(pe->file, begin - 4, &word) && (word ^ key) != 0x536e6144)
    begin -= 4;
  if (end == 0 || begin < 0x44)
    return;
  begin += 12; /* three words of nothing */
  size_t count = end > begin ? (end - begin) / 8 : 0;
  count = count < RICH_MAX ? count : RICH_MAX;
  onus_rich_entry *entries = ONUS_ARENA_ARRAY(pe->r->arena, onus_rich_entry, count);
  for (size_t i = 0; entries && i < count; i++) {
    uint32_t tool = 0, times = 0;
    if (!onus_bytes_u32(pe->file, begin + i * 8, &tool) || !onus_bytes_u32(pe->file, begin + i * 8 + 4, &times))
      return;
    tool ^= key;
    entries[i] = (onus_rich_entry){(uint16_t)(tool >> 16), (uint16_t)tool, times ^ key};
  }
  pe->r->facts->rich = entries;
  pe->r->facts->n_rich = entries ? count : 0;
}

static void read_debug(pe_facts *pe) {
  const onus_pe_directory *d = &pe->directories[ONUS_PE_DEBUG];
  for (uint32_t at = 0; d->rva != 0 && at + 28 <= d->bytes && at < 28 * 32; at += 28) {
    const uint8_t *entry = onus_program_at(pe->program, pe->program->base + d->rva + at, 28);
    if (!entry)
      return;
    uint32_t bytes = onus_load_le32(entry + 16), offset = onus_load_le32(entry + 24);
    const uint8_t *view = onus_bytes_at(pe->file, offset, 24);
    if (onus_load_le32(entry + 12) != DEBUG_CODEVIEW || bytes < 24 || !view || memcmp(view, "RSDS", 4) != 0)
      continue;
    onus_facts_reach(pe->r, onus_bytes_at(pe->file, offset, bytes) ? (uint64_t)offset + bytes : 0);
    const char *path = NULL;
    size_t length = 0;
    pe->r->facts->build_id = onus_facts_hex(pe->r, view + 4, 20);
    if (onus_bytes_text(pe->file, (uint64_t)offset + 24, PATH_MAX_BYTES, &path, &length) && length > 0)
      pe->r->facts->debug_path = onus_facts_text(pe->r, path, length);
  }
}

static void add_resource(pe_facts *pe, uint64_t root, uint32_t leaf, uint32_t type, uint32_t language) {
  const uint8_t *data = onus_program_at(pe->program, root + leaf, 16);
  onus_resource *added = data ? onus_list_add(&pe->resources) : NULL;
  if (added)
    *added = (onus_resource){type, (uint16_t)language, onus_load_le32(data + 4)};
}

/* Three levels: type, name, language. */
static void read_level(pe_facts *pe, uint64_t root, uint32_t at, unsigned depth, uint32_t type) {
  const uint8_t *head = onus_program_at(pe->program, root + at, 16);
  if (!head)
    return;
  uint32_t count = onus_load_le16(head + 12) + (uint32_t)onus_load_le16(head + 14);
  for (uint32_t i = 0; i < count && pe->steps < RESOURCE_STEPS_MAX; i++) {
    const uint8_t *entry = onus_program_at(pe->program, root + at + 16 + i * UINT64_C(8), 8);
    if (!entry)
      return;
    pe->steps++;
    uint32_t id = onus_load_le32(entry), to = onus_load_le32(entry + 4);
    uint32_t number = id >> 31 ? 0 : id;
    bool is_level = to >> 31;
    if (is_level && depth < 2)
      read_level(pe, root, to & 0x7fffffff, depth + 1, depth == 0 ? number : type);
    else if (!is_level && depth == 2)
      add_resource(pe, root, to, type, number);
  }
}

static void read_resources(pe_facts *pe) {
  const onus_pe_directory *d = &pe->directories[ONUS_PE_RESOURCES];
  if (d->rva == 0)
    return;
  read_level(pe, pe->program->base + d->rva, 0, 0, 0);
  onus_resource *kept = ONUS_ARENA_ARRAY(pe->r->arena, onus_resource, pe->resources.count);
  if (kept && pe->resources.count > 0)
    memcpy(kept, pe->resources.items, pe->resources.count * sizeof *kept);
  pe->r->facts->resources = kept;
  pe->r->facts->n_resources = kept ? pe->resources.count : 0;
}

/* A signature lies behind everything else, at a place in the file rather than in memory. */
static void read_signature(pe_facts *pe) {
  const onus_pe_directory *d = &pe->directories[DIRECTORY_SIGNATURE];
  if (d->rva == 0 || d->bytes < 8 || !onus_bytes_at(pe->file, d->rva, d->bytes))
    return;
  pe->r->facts->is_signed = true;
  if (d->rva <= pe->r->end + 8) /* else something lies between: an overlay that is signed too */
    onus_facts_reach(pe->r, (uint64_t)d->rva + d->bytes);
}

void onus_facts_read_pe(onus_facts_reader *r) {
  pe_facts pe = {.r = r,
                 .program = r->program,
                 .file = &r->program->file,
                 .resources = onus_list_new(sizeof(onus_resource), RESOURCES_MAX)};
  const uint8_t *at = onus_bytes_u32(pe.file, 0x3c, &pe.head) ? onus_bytes_at(pe.file, pe.head, 24 + 112) : NULL;
  if (!at)
    return;
  bool is_64 = r->program->is_64_bit;
  r->facts->build_time_utc = onus_load_le32(at + 8);
  r->facts->linker_major = at[24 + 2];
  r->facts->linker_minor = at[24 + 3];
  uint32_t n = onus_load_le32(at + 24 + (is_64 ? 108 : 92));
  for (uint32_t i = 0; i < ONUS_PE_DIRECTORIES && i < n; i++) {
    uint64_t entry = (uint64_t)pe.head + 24 + (is_64 ? 112 : 96) + i * 8;
    if (!onus_bytes_u32(pe.file, entry, &pe.directories[i].rva) ||
        !onus_bytes_u32(pe.file, entry + 4, &pe.directories[i].bytes))
      pe.directories[i] = (onus_pe_directory){0};
  }
  r->facts->is_net = pe.directories[ONUS_PE_NET].rva != 0;
  /* The loader maps whole blocks of 512 bytes, and linkers fill them. */
  r->end = (r->end + 511) & ~UINT64_C(511);
  read_rich(&pe);
  read_debug(&pe);
  read_resources(&pe);
  read_signature(&pe);
  onus_list_free(&pe.resources);
}
