/* What the program does to a data folder beside a server. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/account.h"
#include "server/audit.h"
#include "server/fail.h"
#include "server/server.h"

static onus_status open_data(const char *data, bool makes_it, onus_data **ret_data, onus_error *error) {
  if (sodium_init() < 0)
    return SERVER_FAIL(error, ONUS_INTERNAL, NULL, "libsodium cannot be used");
  return onus_data_open(data, makes_it, ret_data, error);
}

onus_status onus_server_account(const char *data, const char *name, const char *password, bool is_administrator,
                                bool is_known, onus_error *error) {
  onus_data *opened = NULL;
  onus_db *db = NULL;
  char hash[128];
  SERVER_TRY(open_data(data, !is_known, &opened, error));
  onus_status status = onus_password_hash(password, hash, error);
  if (status == ONUS_OK)
    status = onus_data_begin_change(opened, &db, error);
  if (status == ONUS_OK) {
    status = is_known ? onus_account_set_password(db, "(program)", name, hash, error)
                      : onus_account_add(db, "(program)", name, hash, is_administrator, error);
    status = onus_data_end_change(opened, db, status, error);
  }
  onus_data_close(opened);
  return status;
}

static onus_status read_place(const char *text, onus_audit_place *ret_place, onus_error *error) {
  char *end = NULL;
  size_t length = 0;
  long long number = text[0] >= '0' && text[0] <= '9' ? strtoll(text, &end, 10) : 0;
  if (end == NULL || *end != ':' || number < 1 ||
      sodium_hex2bin(ret_place->hash, sizeof ret_place->hash, end + 1, strlen(end + 1), NULL, &length, NULL) != 0 ||
      length != sizeof ret_place->hash)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL,
                       "\"%.100s\" is no place in the log: write NUMBER:HASH as an earlier check printed it", text);
  ret_place->number = number;
  return ONUS_OK;
}

onus_status onus_server_audit(const char *data, const char *since, onus_server_audit_head *ret_head,
                              onus_error *error) {
  onus_data *opened = NULL;
  onus_db *db = NULL;
  onus_audit_place kept = {0}, head = {0};
  if (since != NULL)
    SERVER_TRY(read_place(since, &kept, error));
  SERVER_TRY(open_data(data, false, &opened, error));
  onus_status status = onus_data_begin_read(opened, &db, error);
  if (status == ONUS_OK) {
    status = onus_audit_check(db, since != NULL ? &kept : NULL, &head, error);
    onus_data_end_read(opened, db);
  }
  onus_data_close(opened);
  if (status == ONUS_OK) {
    ret_head->number = head.number;
    sodium_bin2hex(ret_head->hash, sizeof ret_head->hash, head.hash, sizeof head.hash);
  }
  return status;
}

onus_status onus_server_backup(const char *data, const char *to, onus_error *error) {
  onus_data *opened = NULL;
  SERVER_TRY(open_data(data, false, &opened, error));
  onus_status status = onus_data_backup(opened, to, error);
  onus_data_close(opened);
  return status;
}
