/* What went to or came from a TAXII server, in words and as JSON. */
#ifndef ONUS_REPORT_TRANSFER_H
#define ONUS_REPORT_TRANSFER_H

#include "base/buffer.h"
#include "exchange/taxii.h"

void onus_report_transfer_text(onus_buffer *out, const onus_transfer *transfer, const onus_style *style);
/* docs/transfer.schema.json */
void onus_report_transfer_json(onus_buffer *out, const onus_transfer *transfer);

#endif
