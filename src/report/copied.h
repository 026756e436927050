/* What pulling or pushing a reference did, as people and programs read it. */
#ifndef ONUS_REPORT_COPIED_H
#define ONUS_REPORT_COPIED_H

#include "base/buffer.h"
#include "reference/copy.h"

void onus_report_copied_text(onus_buffer *out, const onus_copied *copied, const onus_style *style);
/* By docs/reference-pull.schema.json or docs/reference-push.schema.json. */
void onus_report_copied_json(onus_buffer *out, const onus_copied *copied);

#endif
