/* Functions that programs share, as people and programs read them. Nothing is computed here. */
#ifndef ONUS_REPORT_MATCHED_H
#define ONUS_REPORT_MATCHED_H

#include "base/buffer.h"
#include "code/matched.h"
#include "compare/origin.h"

/* What the figures of two programs are worth [K-14]; false of more, for they are for one other program. */
bool onus_report_matched_origin(const onus_matched *matched, onus_ln_ratio *ret_origin);
/* The same as a sentence, and what it does not say. */
void onus_report_matched_words(onus_buffer *out, const onus_ln_ratio *origin);

void onus_report_matched_text(onus_buffer *out, const onus_matched *matched, const onus_style *style);
/* By docs/match.schema.json. */
void onus_report_matched_json(onus_buffer *out, const onus_matched *matched);
/* One page with the instructions of both side by side. */
void onus_report_matched_html(onus_buffer *out, const onus_matched *matched);

#endif
