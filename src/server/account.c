#include "server/account.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "server/audit.h"
#include "server/clock.h"
#include "server/fail.h"

bool onus_account_name_is_good(const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length >= ONUS_NAME_BYTES || strchr("._-@", name[0]) != NULL)
    return false;
  return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-@") == length;
}

onus_status onus_password_hash(const char *password, char hash[128], onus_error *error) {
  size_t length = strlen(password);
  if (length < ONUS_PASSWORD_LEAST_BYTES || length > ONUS_PASSWORD_MOST_BYTES)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "a password has %d to %d bytes", ONUS_PASSWORD_LEAST_BYTES,
                       ONUS_PASSWORD_MOST_BYTES);
  static_assert(crypto_pwhash_STRBYTES <= 128, "the hash fits");
  return crypto_pwhash_str(hash, password, length, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                           crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
             ? ONUS_OK
             : SERVER_NO_MEMORY(error);
}

bool onus_password_is(const char *hash, const char *password) {
  return strlen(password) <= ONUS_PASSWORD_MOST_BYTES &&
         crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

void onus_password_pretend(const char *password) {
  unsigned char out[32];
  static const unsigned char SALT[crypto_pwhash_SALTBYTES] = {0};
  size_t length = strlen(password);
  if (crypto_pwhash(out, sizeof out, password, length < ONUS_PASSWORD_MOST_BYTES ? length : ONUS_PASSWORD_MOST_BYTES,
                    SALT, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    return; /* without memory there is no login either */
}

/* Cases go to the first account; tokens that anybody on the machine could make do not. */
static onus_status take_over(onus_db *db, const char *name, onus_error *error) {
  SERVER_TRY(onus_db_run(db, error, "UPDATE members SET account=?, position='' WHERE account='" ONUS_ACCOUNT_LOCAL "'",
                         "t", name));
  return onus_db_run(db, error, "DELETE FROM tokens WHERE account='" ONUS_ACCOUNT_LOCAL "'", "");
}

onus_status onus_account_add(onus_db *db, const char *by, const char *name, const char *hash, bool is_administrator,
                             onus_error *error) {
  int64_t n_accounts = 0, n_same = 0;
  if (!onus_account_name_is_good(name) || strcmp(name, ONUS_ACCOUNT_LOCAL) == 0)
    return SERVER_FAIL(
        error, ONUS_BAD_ARGUMENT, NULL,
        "\"%.80s\" is no name of an account: small letters, digits and . _ - @, at most 64, not \"local\"", name);
  SERVER_TRY(onus_db_number(db, 0, &n_accounts, error, "SELECT count(*) FROM accounts", ""));
  SERVER_TRY(onus_db_number(db, 0, &n_same, error, "SELECT count(*) FROM accounts WHERE name=?", "t", name));
  if (n_same > 0)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "there is an account \"%s\" already", name);
  if (n_accounts == 0 && !is_administrator)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "the first account must be an administrator");
  if (n_accounts == 0)
    SERVER_TRY(take_over(db, name, error));
  SERVER_TRY(onus_db_run(db, error, "INSERT INTO accounts(name, password, is_administrator, created) VALUES(?,?,?,?)",
                         "ttii", name, hash, (int64_t)is_administrator, onus_clock_now_us()));
  return onus_audit_add(db, by, "account-added", NULL, error, "%s%s", name, is_administrator ? ", administrator" : "");
}

onus_status onus_account_set_password(onus_db *db, const char *by, const char *name, const char *hash,
                                      onus_error *error) {
  SERVER_TRY(onus_db_run(db, error, "UPDATE accounts SET password=? WHERE name=?", "tt", hash, name));
  if (onus_db_changes(db) == 0)
    return SERVER_FAIL(error, ONUS_BAD_ARGUMENT, NULL, "there is no account \"%.80s\"", name);
  SERVER_TRY(onus_db_run(db, error, "DELETE FROM sessions WHERE account=?", "t", name));
  return onus_audit_add(db, by, "password-changed", NULL, error, "%s", name);
}

/* --- secrets --------------------------------------------------------------------------------------------------- */

void onus_secret_digest(const char *secret, unsigned char digest[ONUS_DIGEST_BYTES]) {
  crypto_hash_sha256(digest, (const unsigned char *)secret, strlen(secret));
}

void onus_secret_new_hex(char hex[ONUS_SECRET_HEX_BYTES], unsigned char digest[ONUS_DIGEST_BYTES]) {
  unsigned char bytes[32];
  randombytes_buf(bytes, sizeof bytes);
  sodium_bin2hex(hex, ONUS_SECRET_HEX_BYTES, bytes, sizeof bytes);
  sodium_memzero(bytes, sizeof bytes);
  onus_secret_digest(hex, digest);
}

void onus_session_csrf(const char *secret, char csrf[ONUS_SECRET_HEX_BYTES]) {
  unsigned char digest[ONUS_DIGEST_BYTES];
  static const unsigned char WHAT[] = "onus csrf";
  crypto_generichash(digest, sizeof digest, WHAT, sizeof WHAT, (const unsigned char *)secret,
                     strlen(secret) < crypto_generichash_KEYBYTES_MAX ? strlen(secret)
                                                                      : crypto_generichash_KEYBYTES_MAX);
  sodium_bin2hex(csrf, ONUS_SECRET_HEX_BYTES, digest, sizeof digest);
}
