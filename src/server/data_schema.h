/* The tables. Times are microseconds since 1970. */
#ifndef ONUS_SERVER_DATA_SCHEMA_H
#define ONUS_SERVER_DATA_SCHEMA_H

#define ONUS_DATA_VERSION 1

#define ONUS_DATA_SCHEMA                                                                                                                                                                            \
  "CREATE TABLE accounts(name TEXT PRIMARY KEY, password TEXT NOT NULL, is_administrator INTEGER NOT NULL,"                                                                                         \
  "  is_disabled INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL) WITHOUT ROWID;" /* Only digests of what a                                                                                    \
                                                                                          browser or a program shows.                                                                               \
                                                                                        */                                                                                                          \
  "CREATE TABLE sessions(digest BLOB PRIMARY KEY, account TEXT NOT NULL, created INTEGER NOT NULL,"                                                                                                 \
  "  expires INTEGER NOT NULL) WITHOUT ROWID;"                                                                                                                                                      \
  "CREATE INDEX sessions_account ON sessions(account);"                                                                                                                                             \
  "CREATE TABLE tokens(id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, account TEXT NOT NULL, label TEXT NOT NULL,"                                                                               \
  "  created INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"                                                                                                                            \
  "CREATE INDEX tokens_account ON tokens(account);"                                                                                                                                                 \
  "CREATE TABLE blobs(digest BLOB PRIMARY KEY, bytes BLOB NOT NULL);"                                                                                                                               \
  "CREATE TABLE cases(id TEXT PRIMARY KEY, created INTEGER NOT NULL, stamp INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;" /* The files beside the text: a set that versions share until it changes. */ \
  "CREATE TABLE files(set_id INTEGER NOT NULL, path TEXT NOT NULL, digest BLOB NOT NULL REFERENCES blobs(digest),"                                                                                  \
  "  PRIMARY KEY(set_id, path)) WITHOUT ROWID;"                                                                                                                                                     \
  "CREATE INDEX files_digest ON files(digest);"                                                                                                                                                     \
  "CREATE TABLE versions(case_id TEXT NOT NULL REFERENCES cases(id) ON DELETE CASCADE, number INTEGER NOT NULL,"                                                                                    \
  "  author TEXT NOT NULL, time INTEGER NOT NULL, note TEXT NOT NULL, title TEXT NOT NULL, question TEXT NOT NULL,"                                                                                 \
  "  path TEXT NOT NULL,"                                                                                                                                                                           \
  "  text_digest BLOB NOT NULL REFERENCES blobs(digest), set_id INTEGER NOT NULL,"                                                                                                                  \
  "  PRIMARY KEY(case_id, number)) WITHOUT ROWID;"                                                                                                                                                  \
  "CREATE INDEX versions_text ON versions(text_digest);"                                                                                                                                            \
  "CREATE INDEX versions_set ON versions(set_id);"                                                                                                                                                  \
  "CREATE INDEX versions_time ON versions(time);"                                                                                                                                                   \
  "CREATE TABLE members(case_id TEXT NOT NULL REFERENCES cases(id) ON DELETE CASCADE, account TEXT NOT NULL,"                                                                                       \
  "  role INTEGER NOT NULL, position TEXT NOT NULL, PRIMARY KEY(case_id, account)) WITHOUT ROWID;"                                                                                                  \
  "CREATE INDEX members_account ON members(account);" /* What was opened to a position: files of the folder `opened`,                                                                               \
                                                         which only its members' answers are made with. */                                                                                          \
  "CREATE TABLE openings(case_id TEXT NOT NULL REFERENCES cases(id) ON DELETE CASCADE, position TEXT NOT NULL,"                                                                                     \
  "  item TEXT NOT NULL, path TEXT NOT NULL, bytes BLOB NOT NULL, account TEXT NOT NULL, time INTEGER NOT NULL,"                                                                                    \
  "  PRIMARY KEY(case_id, position, path));" /* Appended to, never changed: each row's hash covers the one before it.                                                                               \
                                              */                                                                                                                                                    \
  "CREATE TABLE audit(number INTEGER PRIMARY KEY, time INTEGER NOT NULL, account TEXT NOT NULL, action TEXT NOT NULL,"                                                                              \
  "  case_id TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL);"                                                                                                                             \
  "CREATE INDEX audit_case ON audit(case_id, number);"                                                                                                                                              \
  "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended "                                                                                \
  "to'); END;"                                                                                                                                                                                      \
  "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is only appended "                                                                                \
  "to'); END;"                                                                                                                                                                                      \
  "CREATE TABLE taxii_collections(collection TEXT PRIMARY KEY, case_id TEXT REFERENCES cases(id) ON DELETE " \
  "CASCADE, version INTEGER NOT NULL, n INTEGER NOT NULL, bytes INTEGER NOT NULL, bundle BLOB);" \
  "CREATE INDEX taxii_collections_case ON taxii_collections(case_id);" \
  "CREATE TABLE taxii_objects(collection TEXT NOT NULL REFERENCES taxii_collections(collection) ON DELETE CASCADE," \
  "  added INTEGER NOT NULL, object TEXT NOT NULL, type TEXT NOT NULL, spec TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL, account TEXT," \
  "  mark INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(collection, added));" \
  "CREATE UNIQUE INDEX taxii_objects_version ON taxii_objects(collection, object, spec, key);" \
  "CREATE TABLE taxii_statuses(id TEXT PRIMARY KEY, account TEXT NOT NULL, time INTEGER NOT NULL," \
  "  status TEXT NOT NULL) WITHOUT ROWID;" \
  "CREATE INDEX taxii_statuses_time ON taxii_statuses(time);" \
  "PRAGMA user_version=1;"

#endif
