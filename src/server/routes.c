/* Every route of the server. docs/openapi.json is made of this table. */
#include "server/body.h"
#include "server/events.h"
#include "server/metrics.h"
#include "server/route_account.h"
#include "server/route_assess.h"
#include "server/route_audit.h"
#include "server/route_case.h"
#include "server/route_page.h"
#include "server/route_reference.h"
#include "server/route_session.h"
#include "server/router.h"
#include "server/taxii.h"

#define API "/api/v1"
#define CASE API "/cases/{case}"
#define COLLECTION ONUS_TAXII_ROOT "collections/{collection}/"

enum { SMALL = 64 << 10, UPLOAD = 96 << 20 };

/* Members that a route has not are zero. */
#define LIGHT .flags = ONUS_ROUTE_LIGHT
#define QUICK .flags = ONUS_ROUTE_QUICK
#define CACHED .flags = ONUS_ROUTE_CACHED
#define TAKES(kind, bytes) .body = (kind), .body_bytes = (bytes)
#define GIVES(kind) .answer = (kind), .success = 200
#define MAKES(kind) .answer = (kind), .success = 201
#define GIVES_NOTHING .success = 204
/* Its body is of a type that no page can send to another site by itself, so that a session needs to show nothing. */
#define TAXII .flags = ONUS_ROUTE_BASIC | ONUS_ROUTE_NO_CSRF
#define TAXII_PLACE "added_after limit next "

const onus_route onus_routes[] = {
    {"GET", "/", ONUS_ROLE_ANYONE, LIGHT, .run = onus_route_page, GIVES("page"), .summary = "The page."},
    {"GET", "/assets/{digest}/{name}", ONUS_ROLE_ANYONE, LIGHT, .run = onus_route_asset, GIVES("asset"),
     .summary = "A file of the page."},
    {"GET", "/healthz", ONUS_ROLE_ANYONE, QUICK, .run = onus_route_health, GIVES("Health"),
     .summary = "Whether the server can read its data."},
    {"GET", "/metrics", ONUS_ROLE_ANYONE, LIGHT, .run = onus_route_metrics, GIVES("metrics"),
     .summary = "Counters in the text format of Prometheus."},
    {"GET", API "/openapi.json", ONUS_ROLE_ANYONE, LIGHT, .run = onus_route_openapi, GIVES("OpenAPI"),
     .summary = "This document."},

    {"GET", API "/session", ONUS_ROLE_ANYONE, LIGHT, .run = onus_route_session_get, GIVES("Session"),
     .summary = "Who the caller is, and what it must show to change something."},
    {"POST", API "/session", ONUS_ROLE_ANYONE, .flags = ONUS_ROUTE_NO_CSRF, .run = onus_route_session_post,
     TAKES("json:Login", SMALL), MAKES("Session"), .summary = "Log in: gives a cookie."},
    {"DELETE", API "/session", ONUS_ROLE_USER, QUICK, .run = onus_route_session_delete, GIVES_NOTHING,
     .summary = "Log out."},
    {"POST", API "/session/password", ONUS_ROLE_USER, .run = onus_route_password_post,
     TAKES("json:PasswordChange", SMALL), GIVES_NOTHING, .summary = "Change one's own password; ends all sessions."},
    {"GET", API "/tokens", ONUS_ROLE_USER, QUICK, .run = onus_route_tokens_get, GIVES("Tokens"),
     .summary = "One's own tokens, without their secrets."},
    {"POST", API "/tokens", ONUS_ROLE_USER, QUICK, .run = onus_route_tokens_post, TAKES("json:NewToken", SMALL),
     MAKES("Token"), .summary = "A token for a program; its secret is shown this once."},
    {"DELETE", API "/tokens/{token}", ONUS_ROLE_USER, QUICK, .run = onus_route_token_delete, GIVES_NOTHING,
     .summary = "Remove a token."},
    {"GET", API "/accounts", ONUS_ROLE_ADMINISTRATOR, QUICK, .run = onus_route_accounts_get, GIVES("Accounts"),
     .summary = "All accounts."},
    {"POST", API "/accounts", ONUS_ROLE_ADMINISTRATOR, .run = onus_route_accounts_post, TAKES("json:NewAccount", SMALL),
     MAKES("Account"), .summary = "Make an account."},
    {"PATCH", API "/accounts/{user}", ONUS_ROLE_ADMINISTRATOR, .run = onus_route_account_patch,
     TAKES("json:AccountChange", SMALL), GIVES_NOTHING, .summary = "Change an account; ends its sessions."},
    {"GET", API "/audit", ONUS_ROLE_ADMINISTRATOR, .run = onus_route_audit, GIVES("Audit"),
     .query = "before limit check", .summary = "The audit log, newest first."},

    {"GET", API "/cases", ONUS_ROLE_USER, QUICK, .run = onus_route_cases_get, GIVES("Cases"),
     .summary = "The cases that the caller is a member of."},
    {"POST", API "/cases", ONUS_ROLE_USER, .run = onus_route_cases_post, TAKES("NewCase", UPLOAD), MAKES("Version"),
     .query = "id", .summary = "A new case, whose owner the caller is: as JSON, or a packed case with ?id=."},
    {"POST", API "/cases/import", ONUS_ROLE_USER, .run = onus_route_import_new, TAKES("file", UPLOAD), MAKES("Version"),
     .query = "id name subject", .summary = "A new case of a STIX bundle, a MISP event or statements as CSV."},
    {"GET", CASE, ONUS_ROLE_READER, .run = onus_route_case_get, GIVES("Case"), .query = "version",
     .summary = "What the case is about, and what the caller is in it."},
    {"PUT", CASE, ONUS_ROLE_PARTY, .run = onus_route_case_put, TAKES("json:Edit", ONUS_JSON_BODY_BYTES),
     MAKES("Version"), .summary = "A new version. Edits of different items are put together; others are conflicts."},
    {"DELETE", CASE, ONUS_ROLE_OWNER, .run = onus_route_case_delete, GIVES_NOTHING,
     .summary = "Remove the case with all its versions."},
    {"POST", CASE "/check", ONUS_ROLE_READER, .run = onus_route_case_check, TAKES("json:Edit", ONUS_JSON_BODY_BYTES),
     GIVES("Checked"), .summary = "Whether an edit would be taken; nothing is kept."},
    {"GET", CASE "/versions", ONUS_ROLE_READER, QUICK, .run = onus_route_versions_get, GIVES("Versions"),
     .summary = "Every version with its author and time, newest first."},
    {"GET", CASE "/versions/{version}", ONUS_ROLE_READER, CACHED, .run = onus_route_version_get, GIVES("text"),
     .summary = "The case file of a version as it was written."},
    {"GET", CASE "/document", ONUS_ROLE_READER, .run = onus_route_document_get, GIVES("Document"), .query = "version",
     .summary = "The case file as JSON, with the same keys."},
    {"GET", CASE "/files", ONUS_ROLE_READER, QUICK, .run = onus_route_files_get, GIVES("Files"), .query = "version",
     .summary = "The files beside the case file."},
    {"GET", CASE "/file", ONUS_ROLE_READER, .run = onus_route_file_get, GIVES("file"), .query = "path version",
     .summary = "One of them."},

    {"GET", CASE "/assess", ONUS_ROLE_READER, CACHED, .run = onus_route_assess, GIVES("Assessment"),
     .query = "position as_of about seed version brief", .summary = "What \"onus assess\" says."},
    {"GET", CASE "/compare", ONUS_ROLE_READER, CACHED, .run = onus_route_compare, GIVES("Assessment"),
     .query = "as_of about seed version", .summary = "What \"onus compare\" says."},
    {"GET", CASE "/timeline", ONUS_ROLE_READER, CACHED, .run = onus_route_timeline, GIVES("Assessment"),
     .query = "position as_of about seed version", .summary = "What \"onus timeline\" says."},
    {"GET", CASE "/explain/{what}", ONUS_ROLE_READER, CACHED, .run = onus_route_explain, GIVES("Assessment"),
     .query = "position as_of about seed version", .summary = "What \"onus explain\" says of an item or source."},
    {"GET", CASE "/matrix", ONUS_ROLE_READER, CACHED, .run = onus_route_matrix, GIVES("Matrix"),
     .query = "position as_of about seed version brief", .summary = "Items by hypotheses, with diagnosticity."},
    {"GET", CASE "/verify", ONUS_ROLE_READER, .run = onus_route_verify, GIVES("Verification"), .query = "version",
     .summary = "What \"onus verify\" says."},
    {"POST", CASE "/what-if", ONUS_ROLE_READER, .run = onus_route_what_if, TAKES("json:WhatIf", 1 << 20),
     GIVES("Assessment"), .query = "version",
     .summary = "What \"onus assess\" would say if a position said otherwise."},
    {"GET", CASE "/export/{format}", ONUS_ROLE_READER, .run = onus_route_export, GIVES("file"),
     .query = "position as_of about seed version opened",
     .summary = "The case as stix, misp, csv, navigator, html, bif or package."},
    {"POST", CASE "/import", ONUS_ROLE_PARTY, .run = onus_route_import, TAKES("file", UPLOAD), GIVES("Draft"),
     .query = "name subject version", .summary = "What a file of others would add to the case; nothing is kept."},
    {"POST", CASE "/record", ONUS_ROLE_OWNER, .run = onus_route_record, GIVES("text"), .query = "version",
     .summary = "A signed record of the verdicts, by the server's key."},

    {"GET", CASE "/members", ONUS_ROLE_READER, QUICK, .run = onus_route_members_get, GIVES("Members"),
     .summary = "Who may see the case, and as what."},
    {"PUT", CASE "/members/{user}", ONUS_ROLE_OWNER, .run = onus_route_member_put, TAKES("json:Member", SMALL),
     GIVES_NOTHING, .summary = "Make somebody a member, or another kind of one."},
    {"DELETE", CASE "/members/{user}", ONUS_ROLE_OWNER, .run = onus_route_member_delete, GIVES_NOTHING,
     .summary = "Remove a member."},
    {"GET", CASE "/openings", ONUS_ROLE_READER, QUICK, .run = onus_route_openings_get, GIVES("Openings"),
     .summary = "What was opened to the caller's position."},
    {"POST", CASE "/openings", ONUS_ROLE_PARTY, .run = onus_route_openings_post, TAKES("file", UPLOAD),
     MAKES("Opening"), .query = "position", .summary = "Open a sealed item to the caller's position by a proof."},
    {"GET", CASE "/events", ONUS_ROLE_READER, LIGHT, .run = onus_route_events, GIVES("events"),
     .summary = "Server-sent events: version, presence."},
    {"GET", CASE "/audit", ONUS_ROLE_READER, QUICK, .run = onus_route_case_audit, GIVES("Audit"),
     .query = "before limit", .summary = "The rows of the audit log that are about the case, newest first."},

    {"GET", API "/reference/actors", ONUS_ROLE_USER, .run = onus_route_actors, GIVES("Names"), .query = "name",
     .summary = "What \"onus reference names\" says."},
    {"POST", API "/reference/rank", ONUS_ROLE_USER, .run = onus_route_rank, TAKES("file", 8 << 20), GIVES("Ranking"),
     .query = "name engine incident as_of", .summary = "What \"onus rank\" says of an incident."},
    {"POST", API "/reference/match", ONUS_ROLE_USER, .run = onus_route_lineage, TAKES("file", UPLOAD), GIVES("Lineage"),
     .query = "as_of leave_out", .summary = "What \"onus match --reference\" says of an executable file."},
    {"POST", API "/match", ONUS_ROLE_USER, .run = onus_route_match, TAKES("form", UPLOAD), GIVES("Match"),
     .summary = "What \"onus match\" says of two executable files, a and b."},

    {"GET", "/taxii2/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_discovery, GIVES("taxii"),
     .summary = "TAXII 2.1: discovery."},
    {"GET", ONUS_TAXII_ROOT, ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_root, GIVES("taxii"),
     .summary = "TAXII 2.1: the API root."},
    {"GET", ONUS_TAXII_ROOT "status/{status}/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_status, GIVES("taxii"),
     .summary = "TAXII 2.1: what became of objects that the caller added."},
    {"GET", ONUS_TAXII_ROOT "collections/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_collections, GIVES("taxii"),
     .summary = "TAXII 2.1: a collection of each case that the caller is a member of."},
    {"GET", COLLECTION, ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_collection, GIVES("taxii"),
     .summary = "TAXII 2.1: one collection, by its id or the name of its case."},
    {"GET", COLLECTION "objects/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_objects, GIVES("taxii"),
     .query = TAXII_PLACE "match[id] match[type] match[version] match[spec_version]", .summary = "TAXII 2.1: objects."},
    {"POST", COLLECTION "objects/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_add,
     TAKES("taxii", ONUS_TAXII_BODY_BYTES), .answer = "taxii", .success = 202, .summary = "TAXII 2.1: add objects."},
    {"GET", COLLECTION "objects/{object}/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_object, GIVES("taxii"),
     .query = TAXII_PLACE "match[version] match[spec_version]", .summary = "TAXII 2.1: one object."},
    {"DELETE", COLLECTION "objects/{object}/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_remove, GIVES("taxii"),
     .summary = "TAXII 2.1: remove an object that a member added, with all its versions."},
    {"GET", COLLECTION "objects/{object}/versions/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_versions,
     GIVES("taxii"), .query = TAXII_PLACE "match[spec_version]", .summary = "TAXII 2.1: the versions of an object."},
    {"GET", COLLECTION "manifest/", ONUS_ROLE_USER, TAXII, .run = onus_route_taxii_manifest, GIVES("taxii"),
     .query = TAXII_PLACE "match[id] match[type] match[version] match[spec_version]",
     .summary = "TAXII 2.1: which objects there are, and since when."},
    {.method = NULL},
};
