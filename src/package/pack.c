/* Packing a case: its files become the payload of a bag, and the bag one file.
 *
 * The same case always gives the same bytes. Names are sorted; times, owners and permissions are fixed; nothing says
 * when or by whom. A zip is stored, not compressed, so that its bytes do not hang on the version of a compressor.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "custody/custody.h"
#include "package/bag.h"
#include "package/member.h"
#include "package/package.h"
#include "package/stream.h"
#include "package/workplace.h"
#include "verify/folder.h"

enum { PIECE_BYTES = 1 << 16, PERMISSIONS = 0644 };

typedef struct packing {
  const char *folder, *path;
  onus_package_format format;
  onus_member_names *names;
  onus_bagit bag;
  uint64_t payload_bytes, done_bytes;
  onus_workplace place;
  char archive_path[PATH_MAX + 16]; /* in the workplace */
  int fd;
  struct archive *writer;
  onus_out_stream *stream; /* of a tar.zst */
  onus_error *error;       /* of the call that is running, for what the stream finds */
  onus_status stream_status;
  onus_progress *progress;
  void *progress_context;
} packing;

/* --- what goes in ------------------------------------------------------------------------------------------------- */

/* "<folder>/<inside>". */
static onus_status path_inside(const packing *p, const char *inside, char out[2 * ONUS_LOG_PATH_BYTES],
                               onus_error *error) {
  return snprintf(out, 2 * ONUS_LOG_PATH_BYTES, "%s/%s", p->folder, inside) < 2 * ONUS_LOG_PATH_BYTES
             ? ONUS_OK
             : ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, p->folder, 0, 0, "the path is too long; name a shorter one");
}

static onus_status add_name(packing *p, const char *inside, onus_error *error) {
  char whole[2 * ONUS_LOG_PATH_BYTES];
  snprintf(whole, sizeof whole, ONUS_BAG_FOLDER "/%s", inside);
  return onus_member_names_add(p->names, p->folder, whole, strlen(whole), false, error);
}

/* A file of the case, `inside` it. */
static onus_status add_file(packing *p, const char *inside, bool is_plain, onus_error *error) {
  char whole[2 * ONUS_LOG_PATH_BYTES], path[ONUS_LOG_PATH_BYTES + sizeof ONUS_BAG_DATA];
  struct stat info;
  ONUS_TRY(path_inside(p, inside, whole, error));
  if (!is_plain)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, whole, 0, 0,
                        "is a link, a device or has a name with control characters; a case is packed as plain files");
  snprintf(path, sizeof path, ONUS_BAG_DATA "%s", inside);
  ONUS_TRY(add_name(p, path, error));
  if (lstat(whole, &info) != 0)
    return ONUS_FAIL_IO(error, whole, "cannot be read");
  if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size > ONUS_MEMBER_BYTES_MAX)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, whole, 0, 0, "is no plain file of at most 4 GiB");
  onus_bagit_file file = {.path = path, .bytes = (uint64_t)info.st_size};
  p->payload_bytes += file.bytes;
  if (p->payload_bytes > ONUS_PACKAGE_BYTES_MAX)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, p->folder, 0, 0, "the case has more than 16 GiB");
  return onus_bagit_add(&p->bag, &file, error);
}

/* The files that onus_folder_list finds in `below`, "" or "custody" of the case. */
static onus_status add_files(packing *p, const char *below, onus_error *error) {
  char folder[2 * ONUS_LOG_PATH_BYTES];
  onus_file_list list;
  ONUS_TRY(path_inside(p, below, folder, error));
  onus_status status = onus_folder_list(folder, &list, error);
  for (size_t i = 0; status == ONUS_OK && i < list.count; i++) {
    char inside[ONUS_LOG_PATH_BYTES];
    if (snprintf(inside, sizeof inside, "%s%s%s", below, below[0] ? "/" : "", list.files[i].path) >= (int)sizeof inside)
      status = ONUS_FAIL_AT(error, ONUS_LIMIT, list.files[i].path, 0, 0, "the path is too long; shorten it");
    else
      status = add_file(p, inside, list.files[i].is_plain, error);
  }
  onus_file_list_free(&list);
  return status;
}

static onus_status find_files(packing *p, onus_error *error) {
  onus_case_file file;
  onus_log log = {0};
  onus_status status = onus_case_file_read(p->folder, &file, error);
  onus_case_file_free(&file);
  ONUS_TRY(status);
  status = onus_log_read(p->folder, &log, error);
  bool is_signed = log.n_signings > 0;
  onus_log_free(&log);
  ONUS_TRY(status);
  ONUS_TRY(add_files(p, "", error));
  if (is_signed)
    ONUS_TRY(add_files(p, ONUS_CUSTODY_FOLDER, error));
  onus_bagit_sort(&p->bag);
  return ONUS_OK;
}

/* --- the archive -------------------------------------------------------------------------------------------------- */

/* What the stream found out is in `error` already. */
static onus_status fail_writing(packing *p, onus_error *error) {
  if (p->stream_status != ONUS_OK)
    return p->stream_status;
  return onus_package_fail(p->writer, p->path, ONUS_IO, "cannot be written", error);
}

static la_ssize_t write_stream(struct archive *archive, void *context, const void *bytes, size_t count) {
  packing *p = context;
  if (p->stream_status == ONUS_OK)
    p->stream_status = onus_out_stream_write(p->stream, bytes, count, false, p->error);
  if (p->stream_status == ONUS_OK)
    return (la_ssize_t)count;
  archive_set_error(archive, EIO, "stopped");
  return ARCHIVE_FATAL;
}

static bool open_zip(packing *p) {
  return archive_write_set_format_zip(p->writer) == ARCHIVE_OK &&
         archive_write_set_format_option(p->writer, "zip", "compression", "store") == ARCHIVE_OK &&
         archive_write_set_format_option(p->writer, "zip", "hdrcharset", "UTF-8") == ARCHIVE_OK &&
         archive_write_set_bytes_in_last_block(p->writer, 1) == ARCHIVE_OK &&
         archive_write_open_fd(p->writer, p->fd) == ARCHIVE_OK;
}

static bool open_tar(packing *p) {
  return archive_write_set_format_pax_restricted(p->writer) == ARCHIVE_OK &&
         archive_write_set_bytes_in_last_block(p->writer, 1) == ARCHIVE_OK &&
         archive_write_open(p->writer, p, NULL, write_stream, NULL) == ARCHIVE_OK;
}

static onus_status open_archive(packing *p, onus_error *error) {
  bool is_zip = p->format == ONUS_PACKAGE_ZIP;
  snprintf(p->archive_path, sizeof p->archive_path, "%s/archive", p->place.path);
  p->fd = open(p->archive_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (p->fd < 0)
    return ONUS_FAIL_IO(error, p->path, "cannot be written");
  p->writer = archive_write_new();
  p->stream = is_zip ? NULL : onus_out_stream_new(p->fd, p->path);
  if (!p->writer || (!is_zip && !p->stream))
    return ONUS_FAIL_NO_MEMORY(error);
  return (is_zip ? open_zip(p) : open_tar(p)) ? ONUS_OK : fail_writing(p, error);
}

static onus_status write_head(packing *p, const char *path, uint64_t bytes, onus_error *error) {
  char whole[2 * ONUS_LOG_PATH_BYTES];
  snprintf(whole, sizeof whole, ONUS_BAG_FOLDER "/%s", path);
  struct archive_entry *entry = archive_entry_new2(p->writer);
  if (!entry)
    return ONUS_FAIL_NO_MEMORY(error);
  archive_entry_set_pathname(entry, whole);
  archive_entry_set_size(entry, (int64_t)bytes);
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, PERMISSIONS);
  archive_entry_set_mtime(entry, 0, 0);
  archive_entry_set_uid(entry, 0);
  archive_entry_set_gid(entry, 0);
  int result = archive_write_header(p->writer, entry);
  archive_entry_free(entry);
  return result == ARCHIVE_OK ? ONUS_OK : fail_writing(p, error);
}

static onus_status write_bytes(packing *p, const void *bytes, size_t count, onus_error *error) {
  return archive_write_data(p->writer, bytes, count) == (la_ssize_t)count ? ONUS_OK : fail_writing(p, error);
}

static onus_status stop_if_asked(packing *p, onus_error *error) {
  double share = p->payload_bytes ? (double)p->done_bytes / (double)p->payload_bytes : 1;
  return !p->progress || p->progress(p->progress_context, share) ? ONUS_OK
                                                                 : ONUS_FAIL(error, ONUS_CANCELLED, "stopped");
}

/* The bytes of an open file, which must be as many as its head says. */
static onus_status write_content(packing *p, int fd, const char *whole, onus_bagit_file *file, onus_error *error) {
  unsigned char piece[PIECE_BYTES];
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (uint64_t done = 0;;) {
    ssize_t got = read(fd, piece, sizeof piece);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return ONUS_FAIL_IO(error, whole, "cannot be read");
    if (done == 0 && onus_package_is_private(piece, (size_t)got))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, whole, 0, 0,
                          "is a private key, a store of sealed items or a proof, which nobody else is to have; take it "
                          "out of the case");
    done += (uint64_t)got;
    if (done > file->bytes || (got == 0 && done < file->bytes))
      return ONUS_FAIL_AT(error, ONUS_IO, whole, 0, 0, "changed while it was packed; try again");
    if (got == 0)
      break;
    crypto_hash_sha256_update(&state, piece, (size_t)got);
    ONUS_TRY(write_bytes(p, piece, (size_t)got, error));
    p->done_bytes += (uint64_t)got;
    ONUS_TRY(stop_if_asked(p, error));
  }
  crypto_hash_sha256_final(&state, file->sha256.bytes);
  return ONUS_OK;
}

static onus_status write_file(packing *p, onus_bagit_file *file, onus_error *error) {
  char whole[2 * ONUS_LOG_PATH_BYTES];
  ONUS_TRY(path_inside(p, file->path + strlen(ONUS_BAG_DATA), whole, error));
  int fd = open(whole, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return ONUS_FAIL_IO(error, whole, "cannot be read");
  onus_status status = write_head(p, file->path, file->bytes, error);
  if (status == ONUS_OK)
    status = write_content(p, fd, whole, file, error);
  close(fd);
  return status;
}

/* --- the bag ------------------------------------------------------------------------------------------------------ */

/* A file beside the payload; the buffer is taken. */
static onus_status write_tag(packing *p, char *path, onus_buffer *content, onus_error *error) {
  onus_bagit_file file = {.path = path};
  ONUS_TRY(onus_buffer_take(content, &file.text, error));
  file.bytes = file.text.length;
  crypto_hash_sha256(file.sha256.bytes, (const unsigned char *)file.text.bytes, file.text.length);
  onus_status status = write_head(p, path, file.bytes, error);
  if (status == ONUS_OK)
    status = write_bytes(p, file.text.bytes, file.text.length, error);
  if (status == ONUS_OK)
    status = onus_bagit_add(&p->bag, &file, error);
  if (status != ONUS_OK)
    onus_text_free(&file.text);
  return status;
}

/* The lines of files that are written already. */
static onus_status write_manifest(packing *p, char *path, const onus_bagit_file *files, size_t count,
                                  onus_error *error) {
  onus_buffer lines = onus_buffer_new(ONUS_BAG_TAG_BYTES);
  for (size_t i = 0; i < count; i++)
    onus_bagit_write_line(&lines, &files[i].sha256, files[i].path);
  return write_tag(p, path, &lines, error);
}

static onus_status write_bag(packing *p, onus_error *error) {
  onus_buffer info = onus_buffer_new(PIECE_BYTES), declaration = onus_buffer_new(PIECE_BYTES);
  onus_bagit_write_info(&info, p->payload_bytes, p->bag.n_payload);
  ONUS_TRY(write_tag(p, (char[]){ONUS_BAG_INFO}, &info, error));
  onus_buffer_string(&declaration, onus_bagit_declaration());
  ONUS_TRY(write_tag(p, (char[]){ONUS_BAG_DECLARATION}, &declaration, error));
  for (size_t i = 0; i < p->bag.n_payload; i++)
    ONUS_TRY(write_file(p, &p->bag.payload[i], error));
  ONUS_TRY(write_manifest(p, (char[]){ONUS_BAG_MANIFEST}, p->bag.payload, p->bag.n_payload, error));
  return write_manifest(p, (char[]){ONUS_BAG_TAG_MANIFEST}, p->bag.tags, p->bag.n_tags, error);
}

/* The whole archive, whole on disk, takes its name. */
static onus_status finish(packing *p, onus_package_summary *summary, onus_error *error) {
  if (archive_write_close(p->writer) != ARCHIVE_OK)
    return fail_writing(p, error);
  if (p->stream)
    ONUS_TRY(onus_out_stream_write(p->stream, NULL, 0, true, error));
  ONUS_TRY(onus_trailer_write(p->fd, p->path, p->format, &summary->package_bytes, error));
  summary->n_files = p->bag.n_payload;
  summary->case_bytes = p->payload_bytes;
  if (!onus_package_ratio_is_good(p->payload_bytes, summary->package_bytes))
    return ONUS_FAIL_AT(error, ONUS_LIMIT, p->folder, 0, 0,
                        "packs to less than a 200th of its size, which nobody would unpack; pack it as .zip");
  if (fsync(p->fd) != 0 || rename(p->archive_path, p->path) != 0)
    return ONUS_FAIL_IO(error, p->path, "cannot be written");
  onus_file_sync_folder(p->path);
  return ONUS_OK;
}

/* A file that lies in the case would be packed with the next one. */
static onus_status check_outside(const packing *p, onus_error *error) {
  char around[PATH_MAX];
  const char *slash = strrchr(p->path, '/');
  snprintf(around, sizeof around, "%.*s", slash ? (int)(slash - p->path + 1) : 1, slash ? p->path : ".");
  char *folder = realpath(p->folder, NULL), *place = realpath(around, NULL);
  size_t length = folder ? strlen(folder) : 0;
  bool is_inside = folder && place && strncmp(place, folder, length) == 0 && (place[length] == '/' || !place[length]);
  free(folder);
  free(place);
  return is_inside ? ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, p->path, 0, 0, "lies in the case; name a file beside it")
                   : ONUS_OK;
}

static onus_status pack(packing *p, onus_package_summary *summary, onus_error *error) {
  struct stat info;
  if (onus_file_has_ending(p->path, ".zip"))
    p->format = ONUS_PACKAGE_ZIP;
  else if (onus_file_has_ending(p->path, ".tar.zst"))
    p->format = ONUS_PACKAGE_TAR_ZST;
  else
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, p->path, 0, 0, "does not end in .zip or .tar.zst");
  if (lstat(p->path, &info) == 0 && !S_ISREG(info.st_mode))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, p->path, 0, 0, "is there and is no plain file; name another one");
  ONUS_TRY(check_outside(p, error));
  p->names = onus_member_names_new();
  if (!p->names)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(find_files(p, error));
  ONUS_TRY(onus_workplace_begin(p->path, &p->place, error));
  ONUS_TRY(open_archive(p, error));
  ONUS_TRY(write_bag(p, error));
  return finish(p, summary, error);
}

onus_status onus_case_pack(const char *folder, const char *path, onus_progress *progress, void *progress_context,
                           onus_package_summary *ret_summary, onus_error *error) {
  onus_error found = {0};
  packing p = {.folder = folder,
               .path = path,
               .place = {.fd = -1},
               .fd = -1,
               .error = &found,
               .progress = progress,
               .progress_context = progress_context};
  onus_package_summary summary = {0};
  onus_package_locale locale;
  onus_status status = onus_package_locale_enter(&locale, &found);
  if (status == ONUS_OK)
    status = pack(&p, &summary, &found);
  archive_write_free(p.writer);
  onus_out_stream_free(p.stream);
  if (p.fd >= 0)
    close(p.fd);
  onus_workplace_end(&p.place);
  onus_bagit_free(&p.bag);
  onus_member_names_free(p.names);
  onus_package_locale_leave(&locale);
  if (status == ONUS_OK)
    *ret_summary = summary;
  else if (error)
    *error = found;
  return status;
}
