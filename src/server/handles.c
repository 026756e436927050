#include "server/handles.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/fail.h"
#include "server/server_internal.h"
#include "server/work.h"

/* A case in memory is some times larger than its text. */
enum { BYTES_PER_TEXT_BYTE = 24 };

struct onus_handle {
  onus_handle *older, *younger; /* by when it was last used */
  char case_id[ONUS_NAME_BYTES], position[ONUS_NAME_BYTES];
  int64_t number, stamp;
  char folder[ONUS_WORK_NAME_BYTES];
  onus_case *c;
  size_t bytes, n_users;
  enum { LOADING = 0, READY, FAILED } state;
  onus_status status; /* when it failed */
  onus_error error;
};

struct onus_handles {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  size_t most, most_bytes, count, bytes;
  onus_handle *oldest, *youngest;
};

onus_handles *onus_handles_new(size_t most, size_t most_bytes) {
  onus_handles *all = calloc(1, sizeof *all);
  if (all == NULL)
    return NULL;
  pthread_mutex_init(&all->mutex, NULL);
  pthread_cond_init(&all->changed, NULL);
  all->most = most;
  all->most_bytes = most_bytes;
  return all;
}

static void unlink_age(onus_handles *all, onus_handle *h) {
  *(h->older != NULL ? &h->older->younger : &all->oldest) = h->younger;
  *(h->younger != NULL ? &h->younger->older : &all->youngest) = h->older;
}

static void link_youngest(onus_handles *all, onus_handle *h) {
  h->older = all->youngest;
  h->younger = NULL;
  *(all->youngest != NULL ? &all->youngest->younger : &all->oldest) = h;
  all->youngest = h;
}

static void handle_free(onus_handle *h) {
  onus_case_free(h->c);
  onus_work_remove(h->folder);
  free(h);
}

void onus_handles_free(onus_handles *all) {
  if (all == NULL)
    return;
  while (all->oldest != NULL) {
    onus_handle *h = all->oldest;
    unlink_age(all, h);
    handle_free(h);
  }
  pthread_cond_destroy(&all->changed);
  pthread_mutex_destroy(&all->mutex);
  free(all);
}

/* --- opening --------------------------------------------------------------------------------------------------- */

typedef struct parts {
  onus_case_version version;
  onus_case_files files, openings;
} parts;

static void parts_free(parts *p) {
  onus_version_free(&p->version);
  onus_case_files_free(&p->files);
  onus_case_files_free(&p->openings);
}

static onus_status read_parts(onus_server *server, const onus_handle *h, parts *p, onus_error *error) {
  onus_db *db = NULL;
  SERVER_TRY(onus_data_begin_read(server->data, &db, error));
  onus_status status = onus_version_read(db, h->case_id, h->number, &p->version, error);
  if (status == ONUS_OK)
    status = onus_case_files_read(db, p->version.set_id, &p->files, error);
  if (status == ONUS_OK && h->position[0] != '\0')
    status = onus_openings_read(db, h->case_id, h->position, &p->openings, error);
  onus_data_end_read(server->data, db);
  return status;
}

static bool is_opened_item(const char *path) {
  size_t length = strlen(path);
  return length > 5 && strcmp(path + length - 5, ".json") == 0 && strchr(path, '/') == strrchr(path, '/');
}

/* What was opened may be of another version, in which the item is another or is gone: then it opens nothing. */
static onus_status open_one_by_one(onus_handle *h, const onus_case_files *openings, onus_error *error) {
  char path[ONUS_WORK_NAME_BYTES + ONUS_CASE_PATH_BYTES];
  for (size_t i = 0; i < openings->count; i++)
    if (is_opened_item(openings->files[i].path)) {
      snprintf(path, sizeof path, "%s/%s", h->folder, openings->files[i].path);
      (void)remove(path);
    }
  SERVER_TRY(onus_case_open(h->folder, &h->c, NULL, error));
  for (size_t i = 0; i < openings->count; i++) {
    const onus_case_file *file = &openings->files[i];
    onus_case *with = NULL;
    if (!is_opened_item(file->path))
      continue;
    SERVER_TRY(onus_work_write(h->folder, file->path, file->bytes, file->length, error));
    if (onus_case_open(h->folder, &with, NULL, error) == ONUS_OK) {
      onus_case_free(h->c);
      h->c = with;
    } else {
      snprintf(path, sizeof path, "%s/%s", h->folder, file->path);
      (void)remove(path);
    }
  }
  return ONUS_OK;
}

static onus_status load(onus_server *server, onus_handle *h, onus_error *error) {
  parts p = {0};
  onus_status status = read_parts(server, h, &p, error);
  if (status == ONUS_OK)
    status = onus_work_make(h->folder, error);
  if (status == ONUS_OK)
    status = onus_work_write(h->folder, p.version.path, p.version.text, p.version.text_bytes, error);
  if (status == ONUS_OK)
    status = onus_work_write_files(h->folder, &p.files, error);
  if (status == ONUS_OK)
    status = onus_work_write_files(h->folder, &p.openings, error);
  if (status == ONUS_OK) {
    status = onus_case_open(h->folder, &h->c, NULL, error);
    if (status == ONUS_BAD_INPUT && p.openings.count > 0)
      status = open_one_by_one(h, &p.openings, error);
  }
  h->bytes = (p.version.text_bytes + p.openings.bytes) * BYTES_PER_TEXT_BYTE + p.files.bytes;
  parts_free(&p);
  return status;
}

/* --- the table ------------------------------------------------------------------------------------------------- */

static onus_handle *find(const onus_handles *all, const onus_handle *like) {
  for (onus_handle *h = all->youngest; h != NULL; h = h->older)
    if (h->number == like->number && h->stamp == like->stamp && h->state != FAILED &&
        strcmp(h->case_id, like->case_id) == 0 && strcmp(h->position, like->position) == 0)
      return h;
  return NULL;
}

/* Takes out of the table what is too much and not in use; gives it as a list by `older`. */
static onus_handle *take_surplus(onus_handles *all) {
  onus_handle *surplus = NULL, *next = NULL;
  for (onus_handle *h = all->oldest; h != NULL; h = next) {
    bool is_surplus = all->count > all->most || all->bytes > all->most_bytes || h->state == FAILED;
    next = h->younger;
    if (h->n_users > 0 || !is_surplus)
      continue;
    unlink_age(all, h);
    all->count--;
    all->bytes -= h->bytes;
    h->older = surplus;
    surplus = h;
  }
  return surplus;
}

static onus_status load_new(onus_server *server, onus_handle *h, onus_error *error) {
  onus_handles *all = server->handles;
  onus_error own = {0};
  onus_status status = load(server, h, &own);
  pthread_mutex_lock(&all->mutex);
  h->state = status == ONUS_OK ? READY : FAILED;
  h->status = status;
  h->error = own;
  all->bytes += h->bytes;
  pthread_cond_broadcast(&all->changed);
  pthread_mutex_unlock(&all->mutex);
  if (status != ONUS_OK && error != NULL)
    *error = own;
  return status;
}

static onus_status wait_for(onus_handles *all, onus_handle *h, onus_error *error) {
  while (h->state == LOADING)
    pthread_cond_wait(&all->changed, &all->mutex);
  if (h->state == FAILED && error != NULL)
    *error = h->error;
  return h->status;
}

onus_status onus_handles_take(onus_server *server, const char *case_id, int64_t number, const onus_access *access,
                              onus_handle **ret_handle, onus_error *error) {
  onus_handles *all = server->handles;
  onus_handle *made = calloc(1, sizeof *made), *h = NULL;
  if (made == NULL)
    return SERVER_NO_MEMORY(error);
  snprintf(made->case_id, sizeof made->case_id, "%s", case_id);
  snprintf(made->position, sizeof made->position, "%s", access->position);
  made->number = number > 0 ? number : access->head;
  made->stamp = access->stamp;
  pthread_mutex_lock(&all->mutex);
  h = find(all, made);
  bool is_new = h == NULL;
  if (is_new) {
    h = made;
    all->count++;
  } else {
    free(made);
    unlink_age(all, h);
  }
  link_youngest(all, h);
  h->n_users++;
  onus_status status = is_new ? ONUS_OK : wait_for(all, h, error);
  pthread_mutex_unlock(&all->mutex);
  if (is_new)
    status = load_new(server, h, error);
  if (status != ONUS_OK)
    onus_handles_give_back(server, h);
  else
    *ret_handle = h;
  return status;
}

void onus_handles_give_back(onus_server *server, onus_handle *handle) {
  onus_handles *all = server->handles;
  if (handle == NULL)
    return;
  pthread_mutex_lock(&all->mutex);
  handle->n_users--;
  onus_handle *surplus = take_surplus(all);
  pthread_mutex_unlock(&all->mutex);
  while (surplus != NULL) {
    onus_handle *h = surplus;
    surplus = h->older;
    handle_free(h);
  }
}

const onus_case *onus_handle_case(const onus_handle *handle) {
  return handle->c;
}

const char *onus_handle_folder(const onus_handle *handle) {
  return handle->folder;
}

int64_t onus_handle_number(const onus_handle *handle) {
  return handle->number;
}
