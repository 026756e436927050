/* Unpacking a case, whoever made the file.
 *
 * What the names of an archive say is checked before anything is made, and all that is made lies in a private folder
 * of ours, as plain files that did not exist: no link is ever made, so no name leads out of it. The payload takes its
 * place by one rename, when the bag was found whole.
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
#include "package/bag.h"
#include "package/member.h"
#include "package/package.h"
#include "package/stream.h"
#include "package/workplace.h"
#include "package/zip_layout.h"
#include "verify/log.h"

enum { MEMBER_HEAD_BYTES = 1 << 13, PADDING_BYTES = 1 << 20, ZIP_PIECE_BYTES = 1 << 16 };

typedef struct unpacking {
  const char *path;
  int fd;
  uint64_t packed_bytes, bytes;
  onus_package_format format;
  bool has_trailer;
  onus_zip_layout layout; /* of a zip */
  onus_stream *stream;    /* of a tar.zst */
  struct archive *reader;
  onus_member_names *names;
  size_t n_members;
  char folder[ONUS_LOG_PATH_BYTES + 1]; /* of the bag, with a slash; "" until the first member */
  onus_bagit bag;
  onus_workplace place;
  onus_error *error; /* of the call that is running, for what the stream finds */
  onus_status stream_status;
  onus_progress *progress;
  void *progress_context;
} unpacking;

/* One member. */
typedef struct member {
  const char *name;   /* ended, without the slash of a folder */
  const char *inside; /* the bag */
  size_t length;
  bool is_folder;
  uint64_t bytes, packed_bytes; /* as its head says; of a tar.zst packed_bytes is that of the whole */
} member;

static onus_status refuse(const unpacking *u, const char *name, const char *why, onus_error *error) {
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, u->path, 0, 0, "the member \"%.300s\" %s", name, why);
}

/* --- the archive -------------------------------------------------------------------------------------------------- */

static onus_status recognise(unpacking *u, onus_error *error) {
  static const unsigned char ZIP[] = {'P', 'K', 3, 4}, EMPTY_ZIP[] = {'P', 'K', 5, 6},
                             ZSTD[] = {0x28, 0xB5, 0x2F, 0xFD};
  struct stat info;
  unsigned char head[4] = {0};
  u->fd = open(u->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (u->fd < 0 || fstat(u->fd, &info) != 0)
    return ONUS_FAIL_IO(error, u->path, "cannot be opened");
  if (!S_ISREG(info.st_mode))
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, u->path, 0, 0,
                        "is no plain file; the file that a case was packed into was expected");
  u->packed_bytes = (uint64_t)info.st_size;
  if (u->packed_bytes >= sizeof head && !onus_read_at(u->fd, head, sizeof head, 0))
    return ONUS_FAIL_IO(error, u->path, "cannot be read");
  if (memcmp(head, ZIP, sizeof head) == 0 || memcmp(head, EMPTY_ZIP, sizeof head) == 0)
    u->format = ONUS_PACKAGE_ZIP;
  else if (memcmp(head, ZSTD, sizeof head) == 0)
    u->format = ONUS_PACKAGE_TAR_ZST;
  else
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, u->path, 0, 0, "does not begin like a zip or a tar.zst");
  return ONUS_OK;
}

static la_ssize_t read_stream(struct archive *archive, void *context, const void **ret_bytes) {
  unpacking *u = context;
  size_t count = 0;
  u->stream_status = onus_stream_next(u->stream, ret_bytes, &count, u->error);
  if (u->stream_status == ONUS_OK)
    return (la_ssize_t)count;
  archive_set_error(archive, EIO, "stopped");
  return ARCHIVE_FATAL;
}

/* What the stream found out is in `error` already. `name`: of the member, NULL when it is not known. */
static onus_status fail_reading(unpacking *u, const char *name, onus_error *error) {
  char what[ONUS_LOG_PATH_BYTES + 32] = "is damaged";
  if (u->stream_status != ONUS_OK)
    return u->stream_status;
  if (name)
    snprintf(what, sizeof what, "the member \"%.300s\" is damaged", name);
  return onus_package_fail(u->reader, u->path, ONUS_BAD_INPUT, what, error);
}

static onus_status open_archive(unpacking *u, onus_error *error) {
  u->reader = archive_read_new();
  if (!u->reader)
    return ONUS_FAIL_NO_MEMORY(error);
  int result;
  if (u->format == ONUS_PACKAGE_ZIP) {
    ONUS_TRY(onus_zip_layout_read(u->fd, u->path, u->packed_bytes, &u->layout, error));
    result = archive_read_support_format_zip_seekable(u->reader);
    if (result == ARCHIVE_OK && lseek(u->fd, 0, SEEK_SET) == 0)
      result = archive_read_open_fd(u->reader, u->fd, ZIP_PIECE_BYTES);
  } else {
    /* The tar around the payload: a head for each member, and what ends it. */
    uint64_t most = u->packed_bytes > ONUS_PACKAGE_BYTES_MAX / ONUS_PACKAGE_RATIO_MAX
                        ? ONUS_PACKAGE_BYTES_MAX
                        : u->packed_bytes * ONUS_PACKAGE_RATIO_MAX;
    most += ONUS_PACKAGE_FREE_BYTES + ONUS_MEMBERS_MAX * MEMBER_HEAD_BYTES;
    u->stream = onus_stream_new(u->fd, u->path, most);
    if (!u->stream)
      return ONUS_FAIL_NO_MEMORY(error);
    result = archive_read_support_format_tar(u->reader);
    if (result == ARCHIVE_OK)
      result = archive_read_open(u->reader, u, NULL, read_stream, NULL);
  }
  return result == ARCHIVE_OK ? ONUS_OK : fail_reading(u, NULL, error);
}

/* Behind the end of a tar stands nothing but zeros; a second tar there, that other programs read, would be hidden. */
static onus_status check_rest(unpacking *u, onus_error *error) {
  uint64_t n_padding = onus_stream_place(u->stream) - (uint64_t)archive_filter_bytes(u->reader, 0);
  size_t count = (size_t)n_padding;
  const void *bytes = onus_stream_last(u->stream, n_padding);
  while (bytes && n_padding <= PADDING_BYTES && sodium_is_zero(bytes, count)) {
    ONUS_TRY(onus_stream_next(u->stream, &bytes, &count, error));
    if (count == 0)
      return ONUS_OK;
    n_padding += count;
  }
  return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, u->path, 0, 0, "goes on behind the end of its tar");
}

/* --- members ------------------------------------------------------------------------------------------------------ */

/* libarchive must have read what the layout says. */
static onus_status match_layout(unpacking *u, const char *name, member *m, onus_error *error) {
  const onus_zip_entry *entry = u->n_members < u->layout.n_entries ? &u->layout.entries[u->n_members] : NULL;
  if (!entry || strlen(name) != entry->name_bytes || memcmp(name, entry->name, entry->name_bytes) != 0)
    return refuse(u, name, "is called otherwise in the directory, or stands for two names", error);
  if (entry->mode && !S_ISREG(entry->mode) && !S_ISDIR(entry->mode) && (entry->mode & S_IFMT) != 0)
    return refuse(u, name, "is a link or a device", error);
  m->bytes = entry->bytes;
  m->packed_bytes = entry->packed_bytes;
  return ONUS_OK;
}

/* Names of a zip as they stand in it, before libarchive changes them (backslashes, normalisation). */
static onus_status check_raw_names(const unpacking *u, onus_error *error) {
  for (size_t i = 0; i < u->layout.n_entries; i++) {
    const onus_zip_entry *entry = &u->layout.entries[i];
    bool is_folder = entry->name_bytes > 0 && entry->name[entry->name_bytes - 1] == '/';
    ONUS_TRY(onus_member_name_check(u->path, entry->name, entry->name_bytes - is_folder, error));
  }
  return ONUS_OK;
}

static onus_status check_type(const unpacking *u, struct archive_entry *entry, const char *name, bool *ret_is_folder,
                              onus_error *error) {
  unsigned type = archive_entry_filetype(entry);
  if (archive_entry_hardlink(entry) || type == AE_IFLNK)
    return refuse(u, name, "is a link", error);
  if (type != AE_IFREG && type != AE_IFDIR)
    return refuse(u, name, "is a device or the like, no plain file or folder", error);
  if (archive_entry_sparse_count(entry) > 0)
    return refuse(u, name, "is sparse: most of it is not there", error);
  *ret_is_folder = type == AE_IFDIR;
  return ONUS_OK;
}

/* The one folder that all members lie in. */
static onus_status enter_bag(unpacking *u, member *m, onus_error *error) {
  const char *slash = strchr(m->name, '/');
  size_t step = slash ? (size_t)(slash - m->name) : m->length;
  if (!slash && !m->is_folder)
    return refuse(u, m->name, "does not lie in the folder of a bag", error);
  if (u->folder[0] == '\0')
    snprintf(u->folder, sizeof u->folder, "%.*s/", (int)step, m->name);
  if (strlen(u->folder) != step + 1 || memcmp(u->folder, m->name, step) != 0)
    return refuse(u, m->name, "lies outside the folder of the bag, which the first member names", error);
  m->inside = slash ? slash + 1 : m->name + m->length;
  return ONUS_OK;
}

static onus_status check_place(const unpacking *u, const member *m, onus_error *error) {
  static const size_t DATA = sizeof ONUS_BAG_DATA - 1;
  if (strncmp(m->inside, ONUS_BAG_DATA, DATA) == 0)
    return onus_package_takes(m->inside + DATA)
               ? ONUS_OK
               : refuse(u, m->name, "is none that a case is passed on with, as no signature can cover it", error);
  if (m->is_folder && (m->inside[0] == '\0' || strcmp(m->inside, "data") == 0))
    return ONUS_OK;
  return !m->is_folder && onus_bagit_is_tag(m->inside)
             ? ONUS_OK
             : refuse(u, m->name, "lies beside the payload and is none of the files of a bag", error);
}

/* `name` is a copy to write into. */
static onus_status check_member(unpacking *u, struct archive_entry *entry, char *name, member *out, onus_error *error) {
  *out = (member){.name = name, .packed_bytes = u->packed_bytes};
  if (u->format == ONUS_PACKAGE_ZIP)
    ONUS_TRY(match_layout(u, name, out, error));
  else
    out->bytes = archive_entry_size(entry) > 0 ? (uint64_t)archive_entry_size(entry) : 0;
  ONUS_TRY(check_type(u, entry, name, &out->is_folder, error));
  out->length = strlen(name);
  if (out->is_folder && out->length && name[out->length - 1] == '/')
    name[--out->length] = '\0';
  ONUS_TRY(onus_member_names_add(u->names, u->path, name, out->length, out->is_folder, error));
  ONUS_TRY(enter_bag(u, out, error));
  ONUS_TRY(check_place(u, out, error));
  if (out->is_folder && out->bytes > 0)
    return refuse(u, name, "is a folder with bytes of its own", error);
  if (out->bytes > ONUS_MEMBER_BYTES_MAX || out->bytes > ONUS_PACKAGE_BYTES_MAX - u->bytes)
    return ONUS_FAIL_AT(error, ONUS_LIMIT, u->path, 0, 0,
                        "the member \"%.300s\" has %llu bytes; at most 4 GiB are unpacked, and 16 GiB in all", name,
                        (unsigned long long)out->bytes);
  if (!onus_package_ratio_is_good(out->bytes, out->packed_bytes) ||
      !onus_package_ratio_is_good(u->bytes + out->bytes, u->packed_bytes))
    return ONUS_FAIL_AT(error, ONUS_LIMIT, u->path, 0, 0,
                        "the member \"%.300s\" blows up to more than %u times its packed size", name,
                        ONUS_PACKAGE_RATIO_MAX);
  return ONUS_OK;
}

/* --- contents ----------------------------------------------------------------------------------------------------- */

/* Where the bytes of a member go. */
typedef struct sink {
  int fd;            /* of a payload file; −1: into the buffer */
  onus_buffer *text; /* of the others */
  crypto_hash_sha256_state sha256;
  crypto_hash_sha512_state sha512;
} sink;

static onus_status copy_content(unpacking *u, const member *m, sink *to, onus_error *error) {
  uint64_t done = 0;
  for (;;) {
    const void *bytes;
    size_t count;
    la_int64_t at;
    int result = archive_read_data_block(u->reader, &bytes, &count, &at);
    if (result == ARCHIVE_EOF)
      break;
    if (result != ARCHIVE_OK)
      return fail_reading(u, m->name, error);
    if (count == 0)
      continue;
    if (at < 0 || (uint64_t)at != done || count > m->bytes - done)
      return refuse(u, m->name, "has other bytes than its head says", error);
    crypto_hash_sha256_update(&to->sha256, bytes, count);
    crypto_hash_sha512_update(&to->sha512, bytes, count);
    done += count;
    if (to->fd < 0)
      onus_buffer_append(to->text, bytes, count);
    else if (!onus_file_write_open(to->fd, bytes, count))
      return ONUS_FAIL_IO(error, u->place.path, "cannot be written");
    if (u->progress && !u->progress(u->progress_context, (double)(u->bytes + done) / (double)(u->bytes + m->bytes + 1)))
      return ONUS_FAIL(error, ONUS_CANCELLED, "stopped");
  }
  return done == m->bytes ? ONUS_OK : refuse(u, m->name, "has fewer bytes than its head says", error);
}

/* Makes the file in our folder, and the folders that it lies in. */
static onus_status make_file(const unpacking *u, const char *inside, int *ret_fd, onus_error *error) {
  char path[ONUS_LOG_PATH_BYTES];
  snprintf(path, sizeof path, "%s", inside);
  for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdirat(u->place.fd, path, 0777) != 0 && errno != EEXIST)
      return ONUS_FAIL_IO(error, u->place.path, "a folder in it cannot be made");
    *slash = '/';
  }
  *ret_fd = openat(u->place.fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  return *ret_fd >= 0 ? ONUS_OK : ONUS_FAIL_IO(error, u->place.path, "a file in it cannot be made");
}

static onus_status take_file(unpacking *u, const member *m, onus_error *error) {
  bool is_payload = !onus_bagit_is_tag(m->inside);
  onus_buffer text = onus_buffer_new(ONUS_BAG_TAG_BYTES);
  sink to = {.fd = -1, .text = &text};
  crypto_hash_sha256_init(&to.sha256);
  crypto_hash_sha512_init(&to.sha512);
  if (is_payload)
    ONUS_TRY(make_file(u, m->inside, &to.fd, error));
  onus_status status = copy_content(u, m, &to, error);
  if (is_payload && close(to.fd) != 0 && status == ONUS_OK)
    status = ONUS_FAIL_IO(error, u->place.path, "cannot be written");
  onus_bagit_file file = {.path = (char *)m->inside, .bytes = m->bytes};
  crypto_hash_sha256_final(&to.sha256, file.sha256.bytes);
  crypto_hash_sha512_final(&to.sha512, file.sha512);
  if (status == ONUS_OK && !is_payload)
    status = onus_buffer_take(&text, &file.text, error);
  onus_buffer_free(&text);
  if (status == ONUS_OK)
    status = onus_bagit_add(&u->bag, &file, error);
  if (status != ONUS_OK)
    onus_text_free(&file.text);
  u->bytes += m->bytes;
  return status;
}

static onus_status take_members(unpacking *u, onus_error *error) {
  for (struct archive_entry *entry;;) {
    member m;
    int result = archive_read_next_header(u->reader, &entry);
    if (result == ARCHIVE_EOF)
      break;
    if (result != ARCHIVE_OK)
      return fail_reading(u, NULL, error);
    const char *name = archive_entry_pathname(entry);
    if (!name)
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, u->path, 0, 0, "member %zu has a name that is not UTF-8",
                          u->n_members + 1);
    char *copy = strdup(name);
    if (!copy)
      return ONUS_FAIL_NO_MEMORY(error);
    onus_status status = check_member(u, entry, copy, &m, error);
    if (status == ONUS_OK && !m.is_folder)
      status = take_file(u, &m, error);
    free(copy);
    ONUS_TRY(status);
    u->n_members++;
  }
  if (u->format == ONUS_PACKAGE_TAR_ZST)
    return check_rest(u, error);
  return u->n_members == u->layout.n_entries
             ? ONUS_OK
             : ONUS_FAIL_AT(error, ONUS_BAD_INPUT, u->path, 0, 0, "has %zu members of which %zu can be read",
                            u->layout.n_entries, u->n_members);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static onus_status read_archive(unpacking *u, onus_error *error) {
  if (mkdirat(u->place.fd, "data", 0777) != 0)
    return ONUS_FAIL_IO(error, u->place.path, "a folder in it cannot be made");
  ONUS_TRY(onus_trailer_check(u->fd, u->path, u->format, u->packed_bytes, &u->has_trailer, error));
  ONUS_TRY(open_archive(u, error));
  ONUS_TRY(check_raw_names(u, error));
  ONUS_TRY(take_members(u, error));
  ONUS_TRY(onus_bagit_check(&u->bag, u->path, error));
  if (u->bag.is_by_onus && !u->has_trailer)
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, u->path, 0, 0,
                        "was packed by onus, and the digest at its end is gone: it was cut off or changed");
  return ONUS_OK;
}

static onus_status unpack(unpacking *u, const char *target, onus_error *error) {
  struct stat info;
  char data[PATH_MAX + 16];
  if (lstat(target, &info) == 0)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, target, 0, 0, "is there already; name a folder that is not");
  ONUS_TRY(recognise(u, error));
  u->names = onus_member_names_new();
  if (!u->names)
    return ONUS_FAIL_NO_MEMORY(error);
  ONUS_TRY(onus_workplace_begin(target, &u->place, error));
  ONUS_TRY(read_archive(u, error));
  snprintf(data, sizeof data, "%s/data", u->place.path);
  (void)syncfs(u->place.fd); /* all of it, before the name says that it is there */
  if (rename(data, target) != 0)
    return ONUS_FAIL_IO(error, target, "cannot be written");
  onus_file_sync_folder(target);
  return ONUS_OK;
}

onus_status onus_package_unpack(const char *path, const char *folder, onus_progress *progress, void *progress_context,
                                onus_package_summary *ret_summary, onus_error *error) {
  onus_error found = {0};
  char target[PATH_MAX];
  size_t length = strlen(folder);
  while (length > 1 && folder[length - 1] == '/')
    length--;
  if (length == 0 || length >= sizeof target)
    return ONUS_FAIL_AT(error, ONUS_BAD_ARGUMENT, folder, 0, 0, "is no name of a folder that can be made");
  snprintf(target, sizeof target, "%.*s", (int)length, folder);
  unpacking u = {.path = path,
                 .fd = -1,
                 .place = {.fd = -1},
                 .error = &found,
                 .progress = progress,
                 .progress_context = progress_context};
  onus_package_locale locale;
  onus_status status = onus_package_locale_enter(&locale, &found);
  if (status == ONUS_OK)
    status = unpack(&u, target, &found);
  onus_package_summary summary = {u.bag.n_payload, 0, u.packed_bytes};
  for (size_t i = 0; i < u.bag.n_payload; i++)
    summary.case_bytes += u.bag.payload[i].bytes;
  archive_read_free(u.reader);
  onus_stream_free(u.stream);
  onus_zip_layout_free(&u.layout);
  if (u.fd >= 0)
    close(u.fd);
  onus_workplace_end(&u.place);
  onus_bagit_free(&u.bag);
  onus_member_names_free(u.names);
  onus_package_locale_leave(&locale);
  if (status == ONUS_OK)
    *ret_summary = summary;
  else if (error)
    *error = found;
  return status;
}
