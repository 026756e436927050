/* Writing a segment, and writing the sorted runs that a full buffer leaves behind. Both are fed through a sink. */
#ifndef ONUS_STORE_OUTPUT_INTERNAL_H
#define ONUS_STORE_OUTPUT_INTERNAL_H

#include "base/buffer.h"
#include "store/segment_internal.h"

/* A file written forward through a buffer. */
typedef struct onus_output {
  int fd;
  const char *path; /* for messages */
  uint64_t offset;  /* in the file, of the first byte of the buffer */
  uint8_t *buffer;
  size_t fill;
  bool keeps_sums;
  uint64_t *sums; /* checksums of the blocks that were written */
  size_t n_sums, sums_capacity;
} onus_output;

ONUS_MUST_CHECK onus_status onus_output_open(onus_output *output, int fd, const char *path, uint64_t offset,
                                             bool keeps_sums, onus_error *error);
void onus_output_free(onus_output *output); /* leaves the fd open */
ONUS_MUST_CHECK onus_status onus_output_write(onus_output *output, const void *bytes, size_t length_bytes,
                                              onus_error *error);
ONUS_MUST_CHECK onus_status onus_output_group(onus_output *output, const onus_group *group, onus_error *error);
ONUS_MUST_CHECK onus_status onus_output_flush(onus_output *output, onus_error *error);

typedef struct onus_segment_writer onus_segment_writer;

/* Makes the file `path` (it must not be there). */
ONUS_MUST_CHECK onus_status onus_segment_create(const char *path, onus_segment_writer **ret_writer, onus_error *error);
/* Begins a table of records; kinds ascend, in a kind names. At most `n_keys_bound` keys follow. */
ONUS_MUST_CHECK onus_status onus_segment_begin(onus_segment_writer *writer, const char *name, uint64_t n_keys_bound,
                                               onus_group_sink *ret_sink, onus_error *error);
/* Begins a table of pairs, at most `n_pairs_bound`, which come ascending, or a stretch of an array. */
ONUS_MUST_CHECK onus_status onus_segment_begin_pairs(onus_segment_writer *writer, const char *name,
                                                     uint64_t n_pairs_bound, onus_error *error);
ONUS_MUST_CHECK onus_status onus_segment_begin_rows(onus_segment_writer *writer, const char *name, uint32_t row_bytes,
                                                    uint64_t first_row, onus_error *error);
ONUS_MUST_CHECK onus_status onus_segment_pair(onus_segment_writer *writer, uint64_t pair, onus_error *error);
ONUS_MUST_CHECK onus_status onus_segment_rows(onus_segment_writer *writer, const void *rows, uint64_t n_rows,
                                              onus_error *error);
ONUS_MUST_CHECK onus_status onus_segment_end(onus_segment_writer *writer, onus_error *error);
/* Rows of an array by number; the writer begins a stretch wherever there is a gap. */
ONUS_MUST_CHECK onus_status onus_segment_join_rows(onus_segment_writer *writer, const char *name, uint32_t row_bytes,
                                                   uint64_t first, const void *rows, size_t n_rows, onus_error *error);
/* Where groups go on of a table of records that is open. */
onus_group_sink onus_segment_sink(onus_segment_writer *writer);
/* Ends the last table or stretch if it is not ended. */
ONUS_MUST_CHECK onus_status onus_segment_end_open(onus_segment_writer *writer, onus_error *error);
/* Brings what was written to the disk, and appends to `mark` what another process needs to go on with the file. */
ONUS_MUST_CHECK onus_status onus_segment_save(onus_segment_writer *writer, onus_buffer *mark, onus_error *error);
/* Goes on with the file `path` from a mark; what was written behind it is cut off. ONUS_BAD_INPUT when they do not fit.
 */
ONUS_MUST_CHECK onus_status onus_segment_resume(const char *path, const uint8_t *mark, size_t mark_bytes,
                                                onus_segment_writer **ret_writer, onus_error *error);
/* What it has of a table or of an array's stretches so far. */
void onus_segment_count(const onus_segment_writer *writer, onus_store_kind kind, const char *name, uint64_t *ret_n_keys,
                        uint64_t *ret_n_postings);
/* Writes what is left and waits until all of it lies on the disk. */
ONUS_MUST_CHECK onus_status onus_segment_finish(onus_segment_writer *writer, uint64_t *ret_length_bytes,
                                                uint64_t *ret_identity, onus_error *error);
/* Closes the file; it stays where it is. */
void onus_segment_writer_free(onus_segment_writer *writer);

#endif
