/* Functions that programs share, for the terminal. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "report/layout.h"
#include "report/matched.h"

enum {
  WORDS_BYTES = 1024,
  REASONS_SHOWN = 3,
  COLUMN_OTHER = 17,
  COLUMN_PROBABILITY = 34,
  COLUMN_SHARE = 42,
  COLUMN_WHY = 51
};

bool onus_report_matched_origin(const onus_matched *matched, onus_ln_ratio *ret_origin) {
  if (matched->n_programs != 2)
    return false;
  *ret_origin = onus_origin_ratio(&ONUS_ORIGIN_PAIR_WEIGHTS, matched->expected_share);
  return true;
}

void onus_report_matched_words(onus_buffer *out, const onus_ln_ratio *origin) {
  const onus_weights *weights = &ONUS_ORIGIN_PAIR_WEIGHTS;
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_buffer_string(out, "Likelihood ratio of one source for both over different ones: ");
  onus_buffer_string(out, onus_report_ratio(text, exp(origin->ln_lr)));
  if (origin->ln_lr_low < origin->ln_lr_high) {
    onus_buffer_string(out, " (");
    onus_buffer_string(out, onus_report_ratio(text, exp(origin->ln_lr_low)));
    onus_buffer_string(out, " to ");
    onus_buffer_string(out, onus_report_ratio(text, exp(origin->ln_lr_high)));
    onus_buffer_string(out, ")");
  }
  if (origin->ln_lr >= weights->greatest_ln_lr || origin->ln_lr <= weights->least_ln_lr)
    onus_buffer_string(out, ", as far as the development corpus bears out");
  onus_buffer_string(out, ". It does not say who wrote the source, or who ran the programs.");
}

static void put_origin(onus_layout *layout, const onus_matched *matched) {
  onus_ln_ratio origin;
  if (!onus_report_matched_origin(matched, &origin))
    return;
  onus_buffer words = onus_buffer_new(WORDS_BYTES);
  onus_text text = {0};
  onus_report_matched_words(&words, &origin);
  if (onus_buffer_take(&words, &text, NULL) == ONUS_OK) {
    onus_layout_own(layout, "  ");
    onus_layout_own(layout, text.bytes);
    onus_layout_end(layout, 4);
  } else if (layout->out->status == ONUS_OK) {
    layout->out->status = ONUS_NO_MEMORY;
  }
  onus_text_free(&text);
}

static void put_programs(onus_layout *layout, const onus_matched *matched) {
  const onus_matched_program *first = &matched->programs[0];
  onus_layout_ink(layout, ONUS_INK_BOLD);
  onus_layout_case(layout, first->path);
  onus_layout_ink(layout, ONUS_INK_PLAIN);
  onus_layout_printf(layout, ": %zu function%s; %zu of them %s in ", first->n_own, first->n_own == 1 ? "" : "s",
                     first->n_matched, first->n_matched == 1 ? "is" : "are");
  if (matched->n_programs == 2)
    onus_layout_case(layout, matched->programs[1].path);
  else
    onus_layout_own(layout, "one of the others");
  onus_layout_printf(layout, " (probability %g or more), with %.1f %% of its rare code.", matched->threshold,
                     100 * first->share);
  onus_layout_end(layout, 2);
  put_origin(layout, matched);
  for (size_t i = 1; i < matched->n_programs && matched->n_programs > 2; i++) {
    const onus_matched_program *program = &matched->programs[i];
    onus_layout_own(layout, "  ");
    onus_layout_case(layout, program->path);
    onus_layout_printf(layout, ": %zu of its %zu functions, with %.1f %%", program->n_matched, program->n_own,
                       100 * program->share);
    onus_layout_end(layout, 4);
  }
  for (size_t i = 0; i < matched->n_programs; i++) {
    const onus_matched_program *program = &matched->programs[i];
    if (!program->program->is_damaged && !program->functions->is_cut && !program->prints->is_cut)
      continue;
    onus_layout_own(layout, "  ");
    onus_layout_case(layout, program->path);
    onus_layout_own(layout, program->program->is_damaged ? " is damaged; what can be read of it was compared"
                                                         : " is too large in parts; not all of it was compared");
    onus_layout_end(layout, 4);
  }
}

static void put_function(onus_layout *layout, const onus_matched_program *program, uint32_t function) {
  const char *name = onus_matched_name(program, function);
  if (name != NULL)
    onus_layout_case(layout, name);
  else
    onus_layout_printf(layout, "0x%" PRIx64, program->functions->functions[function].address);
}

static void put_pair(onus_layout *layout, const onus_matched *matched, const onus_match_pair *pair) {
  double reason[ONUS_MATCH_REASONS], constant = 0;
  onus_match_reason order[ONUS_MATCH_REASONS];
  size_t n_for = onus_matched_reasons(pair, reason, order, &constant);
  put_function(layout, &matched->programs[0], pair->query);
  if (onus_layout_column(layout) >= COLUMN_OTHER)
    onus_layout_own(layout, " ");
  onus_layout_pad(layout, COLUMN_OTHER);
  if (matched->n_programs > 2)
    onus_layout_printf(layout, "%" PRIu32 ":", pair->program + 1);
  put_function(layout, &matched->programs[pair->program + 1], pair->target);
  if (onus_layout_column(layout) >= COLUMN_PROBABILITY)
    onus_layout_own(layout, " ");
  onus_layout_pad(layout, COLUMN_PROBABILITY);
  char text[ONUS_REPORT_FIGURE_BYTES];
  onus_layout_own(layout, onus_report_probability(text, pair->probability, matched->threshold));
  onus_layout_pad(layout, COLUMN_SHARE);
  onus_layout_printf(layout, "%5.1f %%", 100 * onus_matched_part(matched, pair));
  onus_layout_pad(layout, COLUMN_WHY);
  for (size_t i = 0; i < n_for && i < REASONS_SHOWN; i++) {
    onus_layout_own(layout, i == 0 ? "" : ", ");
    onus_layout_own(layout, onus_match_reason_name(order[i]));
  }
  onus_layout_end(layout, COLUMN_WHY);
}

void onus_report_matched_text(onus_buffer *out, const onus_matched *matched, const onus_style *style) {
  onus_layout layout = onus_layout_new(out, style);
  put_programs(&layout, matched);
  size_t n = matched->n_pairs < matched->n_shown ? matched->n_pairs : matched->n_shown;
  if (n > 0) {
    onus_layout_gap(&layout);
    onus_layout_ink(&layout, ONUS_INK_DIM);
    onus_layout_own(&layout, "function");
    onus_layout_pad(&layout, COLUMN_OTHER);
    onus_layout_own(&layout, "is");
    onus_layout_pad(&layout, COLUMN_PROBABILITY);
    onus_layout_own(&layout, "P");
    onus_layout_pad(&layout, COLUMN_SHARE);
    onus_layout_own(&layout, "of rare  because of");
    onus_layout_ink(&layout, ONUS_INK_PLAIN);
    onus_layout_end(&layout, 0);
  }
  for (size_t i = 0; i < n; i++)
    put_pair(&layout, matched, matched->pairs[i]);
  if (matched->n_pairs > n) {
    onus_layout_printf(&layout, "and %zu more", matched->n_pairs - n);
    onus_layout_end(&layout, 0);
  }
  onus_layout_free(&layout);
}
