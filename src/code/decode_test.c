/* Every way of encoding an instruction that is kept must mean what Zydis says of it, whichever one was seen first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "code/decode.h"

static uint64_t state = 88172645463325252u;

static uint64_t random_bits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void compare_operands(const onus_operand *a, const onus_operand *b) {
  assert_true(a->type == b->type && a->actions == b->actions && a->width_bits == b->width_bits);
  assert_true(a->reg == b->reg && a->register_name == b->register_name);
  assert_true(a->base == b->base && a->index == b->index && a->scale == b->scale);
  assert_true(a->value == b->value);
}

static void compare_fields(const onus_field *a, const onus_field *b) {
  assert_int_equal(a->length_bytes, b->length_bytes);
  assert_true(a->length_bytes == 0 || (a->offset == b->offset && a->is_relative == b->is_relative));
}

static void compare_flows(const onus_flow *a, const onus_flow *b) {
  assert_true(a->kind == b->kind && a->length_bytes == b->length_bytes && a->opcode == b->opcode);
  assert_true(a->is_padding == b->is_padding && a->has_memory == b->has_memory && a->has_constant == b->has_constant);
  assert_true(a->is_lea == b->is_lea && a->is_register == b->is_register && a->mnemonic == b->mnemonic);
  assert_true(a->base == b->base && a->index == b->index && a->scale == b->scale && a->reg == b->reg);
  assert_true(a->has_displacement == b->has_displacement && a->displacement == b->displacement);
  assert_true(a->target == b->target && a->memory == b->memory && a->constant == b->constant);
}

typedef struct both {
  onus_decoder *ours;
  ZydisDecoder full, minimal;
  bool is_64_bit;
  size_t n_compared;
} both;

static both both_new(bool is_64_bit) {
  both b = {.ours = onus_decoder_new(is_64_bit), .is_64_bit = is_64_bit};
  ZydisMachineMode mode = is_64_bit ? ZYDIS_MACHINE_MODE_LONG_64 : ZYDIS_MACHINE_MODE_LEGACY_32;
  ZydisStackWidth width = is_64_bit ? ZYDIS_STACK_WIDTH_64 : ZYDIS_STACK_WIDTH_32;
  assert_non_null(b.ours);
  assert_true(ZYAN_SUCCESS(ZydisDecoderInit(&b.full, mode, width)));
  assert_true(ZYAN_SUCCESS(ZydisDecoderInit(&b.minimal, mode, width)));
  assert_true(ZYAN_SUCCESS(ZydisDecoderEnableMode(&b.minimal, ZYDIS_DECODER_MODE_MINIMAL, ZYAN_TRUE)));
  return b;
}

static void compare_at(both *b, const uint8_t *bytes, uint64_t left_bytes) {
  uint64_t address = b->is_64_bit ? 0x401000 : 0xfffff000;
  onus_operation ours, theirs;
  bool is_read = onus_decode_operation(b->ours, bytes, left_bytes, address, &ours);
  assert_int_equal(is_read, onus_operation_of_zydis(&b->full, bytes, left_bytes, address, &theirs));
  if (is_read) {
    assert_true(ours.address == theirs.address && ours.mnemonic == theirs.mnemonic);
    assert_true(ours.category == theirs.category && ours.length_bytes == theirs.length_bytes);
    assert_true(ours.width_bits == theirs.width_bits);
    assert_true(ours.n_operands == theirs.n_operands && ours.n_visible == theirs.n_visible);
    compare_fields(&ours.displacement, &theirs.displacement);
    compare_fields(&ours.numbers[0], &theirs.numbers[0]);
    compare_fields(&ours.numbers[1], &theirs.numbers[1]);
    for (unsigned i = 0; i < ours.n_operands; i++)
      compare_operands(&ours.operands[i], &theirs.operands[i]);
  }
  ZydisDecodedInstruction in;
  onus_flow flow, expected;
  is_read = onus_decode_flow(b->ours, bytes, left_bytes, address, &flow);
  assert_int_equal(is_read, ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&b->minimal, NULL, bytes, left_bytes, &in)));
  if (is_read) {
    onus_flow_read(&in, address, b->is_64_bit, &expected);
    compare_flows(&flow, &expected);
  }
  b->n_compared++;
}

/* All opcodes of one and two bytes with all of modrm, behind each prefix, with what follows at random. */
static void every_encoding(bool is_64_bit) {
  static const uint8_t prefixes[] = {0, 0x66, 0xf2, 0xf3, 0x67, 0xf0, 0x2e, 0x64, 0x65};
  static const uint8_t rexes[] = {0, 0x40, 0x41, 0x42, 0x44, 0x48, 0x4f};
  both b = both_new(is_64_bit);
  for (unsigned round = 0; round < 2u * 256 * 256; round++) {
    unsigned opcode = round / 256, modrm = round * 167 & 255; /* in no order */
    for (size_t i = 0; i < sizeof prefixes; i++)
      for (size_t k = 0; k < (is_64_bit ? sizeof rexes : 1); k++) {
        uint8_t bytes[32];
        size_t n = 0;
        uint64_t noise[4] = {random_bits(), random_bits(), random_bits(), random_bits()};
        memcpy(bytes, noise, sizeof bytes);
        if (prefixes[i] != 0)
          bytes[n++] = prefixes[i];
        if (rexes[k] != 0)
          bytes[n++] = rexes[k];
        if (opcode > 255)
          bytes[n++] = 0x0f;
        bytes[n++] = (uint8_t)opcode;
        bytes[n] = (uint8_t)modrm;
        compare_at(&b, bytes, sizeof bytes);
      }
  }
  onus_decoder_free(b.ours);
}

static void every_encoding_means_what_zydis_says(void **unused) {
  (void)unused;
  every_encoding(true);
  every_encoding(false);
}

/* Several prefixes in front of any opcode, as they stand before nops that fill space. */
static void many_prefixes(void **unused) {
  (void)unused;
  static const uint8_t prefixes[] = {0x66, 0x2e, 0x66, 0x64, 0xf3, 0x48};
  for (unsigned is_64_bit = 0; is_64_bit < 2; is_64_bit++) {
    both b = both_new(is_64_bit);
    for (unsigned round = 0; round < 400000; round++) {
      uint64_t noise[4] = {random_bits(), random_bits(), random_bits(), random_bits()};
      uint8_t bytes[32];
      memcpy(bytes, noise, sizeof bytes);
      size_t n = 1 + random_bits() % 14;
      for (size_t i = 0; i < n; i++)
        bytes[i] = prefixes[random_bits() % (round % 2 == 0 ? 3 : sizeof prefixes)];
      if (round % 4 < 3)
        bytes[n++] = 0x0f;
      if (round % 4 < 2)
        bytes[n++] = 0x1f;
      compare_at(&b, bytes, sizeof bytes);
    }
    onus_decoder_free(b.ours);
  }
}

static void bytes_at_random_and_at_the_end(void **unused) {
  (void)unused;
  for (unsigned is_64_bit = 0; is_64_bit < 2; is_64_bit++) {
    both b = both_new(is_64_bit);
    for (unsigned round = 0; round < 300000; round++) {
      uint64_t noise[4] = {random_bits(), random_bits(), random_bits(), random_bits()};
      uint8_t bytes[32];
      memcpy(bytes, noise, sizeof bytes);
      compare_at(&b, bytes + sizeof bytes - round % 33, round % 33);
    }
    onus_decoder_free(b.ours);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_encoding_means_what_zydis_says),
      cmocka_unit_test(many_prefixes),
      cmocka_unit_test(bytes_at_random_and_at_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
