/* Code that may be made to harm: the bytes become the code of a small program, whose fingerprints are taken, matched
 * with those of another one and shown. What comes out is held against what fingerprint.h and match.h promise. */
#include "report/matched.h"

#include "elf_bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds)
    abort();
}

static void check(const onus_matched *matched) {
  for (size_t i = 0; i < matched->matches->n_pairs; i++) {
    const onus_match_pair *pair = &matched->matches->pairs[i];
    require(pair->program < matched->n_programs - 1);
    require(pair->query < matched->programs[0].prints->count);
    require(pair->target < matched->programs[pair->program + 1].prints->count);
    require(pair->probability >= 0 && pair->probability <= 1);
    double reason[ONUS_MATCH_REASONS], sum = 0;
    onus_match_reasons(pair, reason, &sum);
    for (unsigned k = 0; k < ONUS_MATCH_REASONS; k++)
      sum += reason[k];
    require(fabs(sum - pair->log_odds) <= 1e-6 * (1 + fabs(sum)));
  }
  for (size_t i = 0; i < matched->n_programs; i++)
    require(matched->programs[i].share >= 0 && matched->programs[i].share < 1.001);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const paths[] = {"first", "second", "third"};
  if (size > 1 << 16)
    return 0;
  size_t half = size / 2, sizes[3] = {0};
  uint8_t *programs[3] = {make_elf(data, size, true, &sizes[0]), make_elf(data, half, false, &sizes[1]),
                          make_elf(data + half, size - half, true, &sizes[2])};
  onus_bytes files[3];
  bool is_there = true;
  for (size_t i = 0; i < 3; i++) {
    files[i] = (onus_bytes){programs[i], sizes[i], false};
    is_there = is_there && programs[i] != NULL;
  }
  onus_matched *matched = NULL;
  onus_error error = {0};
  if (is_there && onus_matched_make(paths, files, 3, 0.01, 5, &matched, &error) == ONUS_OK) {
    check(matched);
    for (unsigned format = 0; format < 3; format++) {
      onus_buffer out = onus_buffer_new(1 << 26);
      if (format == 0)
        onus_report_matched_text(&out, matched, NULL);
      else if (format == 1)
        onus_report_matched_json(&out, matched);
      else
        onus_report_matched_html(&out, matched);
      onus_buffer_free(&out);
    }
    onus_matched_free(matched);
  }
  for (size_t i = 0; i < 3; i++)
    free(programs[i]);
  return 0;
}
