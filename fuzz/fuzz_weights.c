/* The reader of calibrations, for both engines. What it accepts is written and read again as the same, and gives
 * probabilities and ratios that are numbers. */
#include "compare/weights.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CANDIDATES = 3 };

static void use(const onus_weights *w) {
  static const uint32_t actor[CANDIDATES] = {0, 1, 2};
  double values[CANDIDATES * ONUS_FEATURES_MAX], p[CANDIDATES + 1], sum = 0, low, high;
  for (size_t k = 0; k < sizeof values / sizeof *values; k++)
    values[k] = k % 5 == 0 ? -1000 : (double)(k % 7);
  onus_features f = {CANDIDATES, actor, actor, values, values, values, 0, 0};
  onus_weights_choose(w, &f, p);
  for (size_t c = 0; c <= CANDIDATES; c++)
    sum += p[c];
  if (!(fabs(sum - 1) < 1e-9))
    abort();
  for (size_t c = 0; c < CANDIDATES; c++) {
    onus_weights_ln_lr_range(w, &f, c, &low, &high);
    double ln_lr = onus_weights_ln_lr(w, &f, c);
    if (!isfinite(ln_lr) || !(low <= ln_lr && ln_lr <= high))
      abort();
  }
}

static void read_for(const onus_engine *engine, const uint8_t *data, size_t size) {
  static onus_weights weights, again;
  onus_error error = {0};
  weights.n_choice = 77;
  onus_status status = onus_weights_read("fuzz", (const char *)data, size, engine, &weights, &error);
  if (status != ONUS_OK) {
    if (weights.n_choice != 77 || (status != ONUS_BAD_INPUT && status != ONUS_LIMIT) || !error.text[0])
      abort();
    return;
  }
  use(&weights);
  onus_buffer out = onus_buffer_new((size_t)1 << 22);
  onus_text text;
  onus_weights_write(&out, engine, &weights);
  if (onus_buffer_take(&out, &text, &error) != ONUS_OK)
    abort();
  if (onus_weights_read("again", text.bytes, text.length, engine, &again, &error) != ONUS_OK ||
      memcmp(&weights, &again, sizeof weights) != 0)
    abort();
  onus_text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  read_for(&onus_infrastructure, data, size);
  read_for(&onus_techniques, data, size);
  return 0;
}
