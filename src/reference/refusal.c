#include <stdio.h>
#include <string.h>

#include "document/quote.h"
#include "reference/import.h"

void onus_import_refuse(onus_import_summary *summary, unsigned line, unsigned column, const char *what,
                        size_t what_bytes, const char *why) {
  if (summary->n_refused++ >= ONUS_REFUSALS_KEPT)
    return;
  onus_refusal *refusal = &summary->refused[summary->n_refused - 1];
  static const char CUT[] = "\xE2\x80\xA6\"";
  onus_quote quote = onus_quote_bytes(what, what_bytes);
  size_t length = strlen(quote.text);
  if (length >= sizeof refusal->what) {
    length = sizeof refusal->what - sizeof CUT;
    while (((unsigned char)quote.text[length] & 0xC0) == 0x80) /* not inside a character */
      length--;
    memcpy(quote.text + length, CUT, sizeof CUT);
  }
  snprintf(refusal->what, sizeof refusal->what, "%s", quote.text);
  refusal->line = line;
  refusal->column = column;
  refusal->why = why;
}
