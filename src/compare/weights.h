/* Weights as text: the calibration that a reference keeps, as JSON, and the tables that are compiled in, as C. */
#ifndef ONUS_COMPARE_WEIGHTS_H
#define ONUS_COMPARE_WEIGHTS_H

#include "base/buffer.h"
#include "compare/compare.h"

/* The document of a reference that holds the weights of an engine: "calibration/techniques". */
#define ONUS_WEIGHTS_DOCUMENT_BYTES 64
void onus_weights_document(const onus_engine *engine, char *out);

/* Numbers are written so that they are read back as the same doubles. */
void onus_weights_write(onus_buffer *out, const onus_engine *engine, const onus_weights *weights);

/* Reads what onus_weights_write wrote. ONUS_BAD_INPUT, with line and column, where it is wrong, or made by another
 * version of the engine or with other features. `path` is for messages. */
ONUS_MUST_CHECK onus_status onus_weights_read(const char *path, const char *bytes, size_t length_bytes,
                                              const onus_engine *engine, onus_weights *ret_weights, onus_error *error);

#endif
