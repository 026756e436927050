/* Indicators, from the outside in: quotes, then what is recognised whole (fingerprint, hash), then the ways of writing
 * a URL so that nobody follows it, then scheme, authority, path and query.
 *
 * What could be read in two ways is read as none: a link between two incidents that rests on a misreading is worse than
 * one that is missing. So a name must end in a top-level domain of the public suffix list, which keeps out file names
 * ("invoice.pdf"), and an address must be one that means the same machine everywhere.
 */
#include "reference/indicator.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "document/text_internal.h"

enum { HOST_BYTES = 253, LABEL_BYTES = 63, LOCAL_PART_BYTES = 64, SCHEME_BYTES = 16 };

typedef struct span {
  const char *bytes;
  size_t length;
} span;

typedef struct reader {
  onus_suffixes *suffixes;
  onus_indicator *out;
  size_t n_stored;
  onus_error *error;
} reader;

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_hexadecimal(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

static span cut_front(span s, size_t n) {
  return (span){s.bytes + n, s.length - n};
}

/* Sets of characters that are looked for. */
enum { BLANK = 1, BRACKET = 2, AUTHORITY_END = 4 };

static const uint8_t SETS[256] = {[' '] = BLANK,
                                  ['\t'] = BLANK,
                                  ['['] = BRACKET,
                                  ['('] = BRACKET,
                                  ['{'] = BRACKET,
                                  [']'] = BRACKET,
                                  ['\\'] = BRACKET | AUTHORITY_END,
                                  ['/'] = AUTHORITY_END,
                                  ['?'] = AUTHORITY_END,
                                  ['#'] = AUTHORITY_END};

/* Where the first character of a set stands, or one character; the length when there is none. */
static size_t find_set(span s, uint8_t set) {
  size_t at = 0;
  while (at < s.length && (SETS[(unsigned char)s.bytes[at]] & set) == 0)
    at++;
  return at;
}

static size_t find(span s, char character) {
  const char *found = s.length ? memchr(s.bytes, character, s.length) : NULL;
  return found ? (size_t)(found - s.bytes) : s.length;
}

static bool begins_with(span s, const char *prefix) {
  size_t n = strlen(prefix);
  return s.length >= n && lower(s.bytes[0]) == lower(prefix[0]) && strncasecmp(s.bytes, prefix, n) == 0;
}

/* Keeps a lower-case copy. There is room: parts are disjoint pieces of the input, a name of HOST_BYTES and an address.
 */
static const char *keep(reader *r, span s) {
  char *copy = r->out->storage + r->n_stored;
  for (size_t i = 0; i < s.length; i++)
    copy[i] = lower(s.bytes[i]);
  copy[s.length] = '\0';
  r->n_stored += s.length + 1;
  return copy;
}

/* It is no indicator. */
static onus_status refuse(reader *r, const char *fault) {
  onus_indicator *out = r->out;
  out->kind = ONUS_INDICATOR_NONE;
  out->fault = fault;
  out->host = out->ip = out->path = out->query = out->value = "";
  out->ip_length_bytes = out->port = 0;
  return ONUS_OK;
}

static bool is_refused(const reader *r) {
  return r->out->fault != NULL;
}

/* --- around it ---------------------------------------------------------------------------------------------------- */

/* Bytes of a blank, quote or separator that `s` begins (or ends) with. */
static size_t wrapping_bytes(span s, bool at_end) {
  static const char *const WRAPPINGS[] = {" ",
                                          "\t",
                                          "\r",
                                          "\n",
                                          "\"",
                                          "'",
                                          "`",
                                          "<",
                                          ">",
                                          "\xC2\xA0",
                                          "\xC2\xAB",
                                          "\xC2\xBB",
                                          "\xE2\x80\x98",
                                          "\xE2\x80\x99",
                                          "\xE2\x80\x9C",
                                          "\xE2\x80\x9D",
                                          "\xE2\x80\x8B",
                                          "\xEF\xBB\xBF"};
  char outermost = s.bytes[at_end ? s.length - 1 : 0];
  if (is_letter(outermost) || is_digit(outermost)) /* as almost always */
    return 0;
  for (size_t i = 0; i < sizeof WRAPPINGS / sizeof *WRAPPINGS; i++) {
    size_t n = strlen(WRAPPINGS[i]);
    if (s.length >= n && memcmp(at_end ? s.bytes + s.length - n : s.bytes, WRAPPINGS[i], n) == 0)
      return n;
  }
  return at_end && s.length && (s.bytes[s.length - 1] == ',' || s.bytes[s.length - 1] == ';');
}

static span unwrap(span s) {
  size_t n;
  while (s.length && (n = wrapping_bytes(s, false)) > 0)
    s = cut_front(s, n);
  while (s.length && (n = wrapping_bytes(s, true)) > 0)
    s.length -= n;
  return s;
}

/* UTF-8 without control characters. */
static bool is_text(span s) {
  while (s.length && s.bytes[0] >= 0x20 && s.bytes[0] < 0x7F)
    s = cut_front(s, 1);
  while (s.length) {
    uint32_t character;
    size_t width = onus_text_decode(s.bytes, s.length, &character);
    if (width == 0 || character < 0x20 || (character >= 0x7F && character < 0xA0))
      return false;
    s = cut_front(s, width);
  }
  return true;
}

/* --- recognised whole --------------------------------------------------------------------------------------------- */

/* Names of fingerprints in front of a colon. Others could be a host and its port. */
static const char *const FINGERPRINTS[] = {
    "jarm",        "ja3",         "ja3s",        "ja4",         "ja4s",      "ja4h",        "ja4x",
    "hassh",       "cert-sha1",   "cert-sha256", "cert-md5",    "cert-cn",   "cert-serial", "cert-subject",
    "cert-issuer", "ssh-key",     "favicon",     "title",       "server",    "etag",        "body-md5",
    "body-sha1",   "body-sha256", "header-hash", "banner-hash", "class-hash"};

/* What scanners call them in front of "=", where it is not the same word. */
static const char *const SCANNER_NAMES[][2] = {{"cert-fingerprint", "cert-sha1"},
                                               {"cert-fingerprint-sha256", "cert-sha256"},
                                               {"cert-fingerprint-md5", "cert-md5"},
                                               {"favicon-hash", "favicon"}};

static void keep_fingerprint(reader *r, const char *name, span value) {
  char text[ONUS_INDICATOR_BYTES + 64];
  int length = snprintf(text, sizeof text, "%s:%.*s", name, (int)value.length, value.bytes);
  r->out->kind = ONUS_INDICATOR_FINGERPRINT;
  r->out->value = keep(r, (span){text, (size_t)length});
}

/* "jarm:…", "FAVICON_HASH=…". */
static bool take_fingerprint(reader *r, span s) {
  enum { NAME_BYTES = 40 };
  size_t at = 0;
  while (at < s.length && at < NAME_BYTES &&
         (is_letter(s.bytes[at]) || is_digit(s.bytes[at]) || s.bytes[at] == '_' || s.bytes[at] == '-'))
    at++;
  if (at == 0 || at + 1 >= s.length || (s.bytes[at] != ':' && s.bytes[at] != '='))
    return false;
  char name[NAME_BYTES + 1];
  bool is_upper = true;
  for (size_t i = 0; i < at; i++) {
    is_upper = is_upper && s.bytes[i] == (is_letter(s.bytes[i]) ? (char)(s.bytes[i] & ~0x20) : s.bytes[i]);
    name[i] = s.bytes[i] == '_' ? '-' : lower(s.bytes[i]);
  }
  name[at] = '\0';
  span value = unwrap(cut_front(s, at + 1));
  if (value.length == 0)
    return false;
  if (s.bytes[at] == '=' && is_upper) {
    const char *known = name;
    for (size_t i = 0; i < sizeof SCANNER_NAMES / sizeof *SCANNER_NAMES; i++)
      if (strcmp(name, SCANNER_NAMES[i][0]) == 0)
        known = SCANNER_NAMES[i][1];
    keep_fingerprint(r, known, value);
    return true;
  }
  for (size_t i = 0; s.bytes[at] == ':' && i < sizeof FINGERPRINTS / sizeof *FINGERPRINTS; i++)
    if (strcmp(name, FINGERPRINTS[i]) == 0) {
      keep_fingerprint(r, name, value);
      return true;
    }
  return false;
}

/* Hexadecimal digits of the right number, with or without "sha256:" before them. */
static bool take_hash(reader *r, span s) {
  static const struct {
    const char *prefix;
    size_t digits;
  } HASHES[] = {{"md5:", 32}, {"sha1:", 40}, {"sha-1:", 40}, {"sha256:", 64}, {"sha-256:", 64}};
  size_t digits = 0;
  bool may_have_prefix = lower(s.bytes[0]) == 'm' || lower(s.bytes[0]) == 's';
  for (size_t i = 0; may_have_prefix && i < sizeof HASHES / sizeof *HASHES; i++)
    if (begins_with(s, HASHES[i].prefix)) {
      s = unwrap(cut_front(s, strlen(HASHES[i].prefix)));
      digits = HASHES[i].digits;
    }
  if (digits ? s.length != digits : s.length != 32 && s.length != 40 && s.length != 64)
    return false;
  for (size_t i = 0; i < s.length; i++)
    if (!is_hexadecimal(s.bytes[i]))
      return false;
  r->out->kind = ONUS_INDICATOR_HASH;
  r->out->value = keep(r, s);
  return true;
}

/* --- defanged ----------------------------------------------------------------------------------------------------- */

/* Longer ones before their parts. The last three are what is left when somebody forgot one bracket. */
static const char *const DEFANGED[][2] = {
    {"[dot]", "."}, {"(dot)", "."}, {"{dot}", "."}, {"[://]", "://"}, {"[.]", "."}, {"(.)", "."},
    {"{.}", "."},   {"[:]", ":"},   {"(:)", ":"},   {"[/]", "/"},     {"[@]", "@"}, {"(@)", "@"},
    {"[at]", "@"},  {"(at)", "@"},  {"\\.", "."},   {"[.", "."},      {".]", "."}};

/* What all of those begin with; almost no character of an indicator is one. */
static bool may_be_defanged(span s) {
  char first = s.bytes[0];
  return first == '[' || first == '(' || first == '{' || first == '\\' ||
         (first == '.' && s.length > 1 && s.bytes[1] == ']');
}

/* Undoes it in `out`, which is as long as `s`. */
static span refang(span s, char *out) {
  size_t length = 0;
  bool has_bracket = false;
  if (find_set(s, BRACKET) == s.length)
    return s;
  while (s.length) {
    size_t n_forms = sizeof DEFANGED / sizeof *DEFANGED, i = may_be_defanged(s) ? 0 : n_forms;
    while (i < n_forms && !begins_with(s, DEFANGED[i][0]))
      i++;
    if (i < n_forms) {
      size_t n = strlen(DEFANGED[i][1]);
      memcpy(out + length, DEFANGED[i][1], n);
      length += n;
      s = cut_front(s, strlen(DEFANGED[i][0]));
      continue;
    }
    has_bracket = has_bracket || s.bytes[0] == '[';
    out[length++] = s.bytes[0];
    s = cut_front(s, 1);
  }
  if (length && out[length - 1] == ']' && !has_bracket) /* "evil[.com]" */
    length--;
  return (span){out, length};
}

/* Whether it begins with a scheme and "://", whatever the scheme: hxxp, h**p, fxp … *ret_rest: what follows. */
static bool take_scheme(span s, span *ret_rest) {
  size_t at = 0;
  while (at < s.length && at < SCHEME_BYTES &&
         (is_letter(s.bytes[at]) || is_digit(s.bytes[at]) || s.bytes[at] == '+' || s.bytes[at] == '-' ||
          s.bytes[at] == '*'))
    at++;
  if (at == 0 || s.length - at < 3 || memcmp(s.bytes + at, "://", 3) != 0)
    return false;
  *ret_rest = cut_front(s, at + 3);
  return true;
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

/* Addresses that are another machine in every network, or none at all. Those for documentation are left. */
static bool is_private_ipv4(const uint8_t *b) {
  return b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224 || (b[0] == 100 && (b[1] & 0xC0) == 64) ||
         (b[0] == 169 && b[1] == 254) || (b[0] == 172 && (b[1] & 0xF0) == 16) || (b[0] == 192 && b[1] == 168);
}

static const char private_address[] = "a private or reserved address, which is another machine elsewhere";

static bool is_private_ipv6(const uint8_t *b) {
  return (b[0] & 0xE0) != 0x20; /* all that is given out lies in 2000::/3 */
}

/* Four decimal numbers without leading zeros: others are octal to some programs. */
static bool parse_ipv4(span s, uint8_t *out) {
  size_t at = 0;
  for (int i = 0; i < 4; i++) {
    if (i > 0 && (at >= s.length || s.bytes[at++] != '.'))
      return false;
    size_t start = at;
    unsigned value = 0;
    while (at < s.length && is_digit(s.bytes[at]) && at - start < 3)
      value = 10 * value + (unsigned)(s.bytes[at++] - '0');
    if (at == start || value > 255 || (at - start > 1 && s.bytes[start] == '0'))
      return false;
    out[i] = (uint8_t)value;
  }
  return at == s.length;
}

static bool parse_ipv6(span s, uint8_t *out) {
  char text[INET6_ADDRSTRLEN];
  if (s.length >= sizeof text)
    return false;
  memcpy(text, s.bytes, s.length);
  text[s.length] = '\0';
  return inet_pton(AF_INET6, text, out) == 1;
}

static onus_status keep_address(reader *r, const uint8_t *bytes, unsigned length_bytes, span text) {
  memcpy(r->out->ip_bytes, bytes, length_bytes);
  r->out->ip_length_bytes = length_bytes;
  r->out->ip = keep(r, text);
  r->out->kind = length_bytes == 4 ? ONUS_INDICATOR_IPV4 : ONUS_INDICATOR_IPV6;
  return ONUS_OK;
}

static onus_status take_address(reader *r, const uint8_t *bytes, unsigned length_bytes) {
  static const uint8_t MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (length_bytes == 16 && memcmp(bytes, MAPPED, sizeof MAPPED) == 0)
    return take_address(r, bytes + 12, 4);
  if (length_bytes == 4 ? is_private_ipv4(bytes) : is_private_ipv6(bytes))
    return refuse(r, private_address);
  char text[INET6_ADDRSTRLEN];
  if (!inet_ntop(length_bytes == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text))
    return ONUS_FAIL(r->error, ONUS_INTERNAL, "an address cannot be written");
  return keep_address(r, bytes, length_bytes, (span){text, strlen(text)});
}

/* Four numbers without leading zeros are the canonical text already. */
static onus_status take_ipv4(reader *r, span s) {
  uint8_t bytes[4];
  if (!parse_ipv4(s, bytes))
    return refuse(r, "an address has four numbers from 0 to 255, without leading zeros");
  if (is_private_ipv4(bytes))
    return refuse(r, private_address);
  return keep_address(r, bytes, 4, s);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

/* Names outside the public DNS that programs resolve all the same; "onion" is in the list itself. */
static const char *const OTHER_ROOTS[] = {"i2p", "bit", "bazar", "coin", "emc", "lib", "libre", "eth"};

static bool is_top_level_domain(onus_suffixes *suffixes, const char *label) {
  if (onus_suffixes_ask(suffixes, label) & ONUS_SUFFIX_TOP)
    return true;
  for (size_t i = 0; i < sizeof OTHER_ROOTS / sizeof *OTHER_ROOTS; i++)
    if (strcmp(label, OTHER_ROOTS[i]) == 0)
      return true;
  return false;
}

/* Why a name in ASCII is none; NULL if it is one. */
static const char *fault_of_name(onus_suffixes *suffixes, const char *name) {
  const char *label = name, *dot;
  if (!strchr(name, '.'))
    return "a word without a dot";
  for (;; label = dot + 1) {
    dot = strchrnul(label, '.');
    if (dot == label || dot - label > LABEL_BYTES)
      return "a name's parts have 1 to 63 characters";
    for (const char *c = label; c < dot; c++)
      if (*c == '*')
        return "a wildcard inside a name";
      else if (!is_letter(*c) && !is_digit(*c) && *c != '-' && *c != '_')
        return "a name has letters, digits and hyphens";
    if (!*dot)
      break;
  }
  return is_top_level_domain(suffixes, label) ? NULL : "its last part is no top-level domain";
}

/* An internationalised name as it stands in the DNS. */
static onus_status take_international(reader *r, span s) {
  char name[4 * HOST_BYTES + 1];
  if (s.length >= sizeof name)
    return refuse(r, "a name has at most 253 characters");
  memcpy(name, s.bytes, s.length);
  name[s.length] = '\0';
  char *ascii = NULL;
  int status = idn2_to_ascii_8z(name, &ascii, IDN2_NONTRANSITIONAL);
  if (status == IDN2_MALLOC)
    return ONUS_FAIL_NO_MEMORY(r->error);
  if (status != IDN2_OK)
    return refuse(r, "not an internationalised name");
  size_t length = strlen(ascii);
  const char *fault = length > HOST_BYTES ? "a name has at most 253 characters" : NULL;
  r->out->host = fault ? "" : keep(r, (span){ascii, length});
  idn2_free(ascii);
  if (!fault)
    fault = fault_of_name(r->suffixes, r->out->host);
  if (fault)
    return refuse(r, fault);
  r->out->kind = ONUS_INDICATOR_HOST;
  return ONUS_OK;
}

static onus_status take_name(reader *r, span s) {
  if (begins_with(s, "*.")) /* a name and all below it: the name is what was registered */
    s = cut_front(s, 2);
  else if (begins_with(s, ".") && s.length > 1)
    s = cut_front(s, 1);
  while (s.length && s.bytes[s.length - 1] == '.')
    s.length--;
  bool is_numeric = true;
  for (size_t i = 0; i < s.length; i++) {
    if ((unsigned char)s.bytes[i] >= 0x80)
      return take_international(r, s);
    is_numeric = is_numeric && (is_digit(s.bytes[i]) || s.bytes[i] == '.');
  }
  if (s.length == 0)
    return refuse(r, "no name and no address");
  if (is_numeric && !memchr(s.bytes, '.', s.length))
    return refuse(r, "a word without a dot");
  if (is_numeric)
    return take_ipv4(r, s);
  if (s.length > HOST_BYTES)
    return refuse(r, "a name has at most 253 characters");
  r->out->host = keep(r, s);
  const char *fault = fault_of_name(r->suffixes, r->out->host);
  if (fault)
    return refuse(r, fault);
  r->out->kind = ONUS_INDICATOR_HOST;
  return ONUS_OK;
}

/* --- authority ---------------------------------------------------------------------------------------------------- */

/* Digits of a port; none of them means none given. */
static bool take_port(reader *r, span s) {
  unsigned port = 0;
  if (s.length > 5)
    return false;
  for (size_t i = 0; i < s.length; i++) {
    if (!is_digit(s.bytes[i]))
      return false;
    port = 10 * port + (unsigned)(s.bytes[i] - '0');
  }
  r->out->port = port;
  return s.length == 0 || (port >= 1 && port <= 65535);
}

/* Name or address, and port. */
static onus_status take_authority(reader *r, span s) {
  uint8_t bytes[16];
  span port = {"", 0};
  bool is_ipv6 = false;
  if (begins_with(s, "[")) {
    size_t end = find(s, ']');
    if (end == s.length || !parse_ipv6((span){s.bytes + 1, end - 1}, bytes) ||
        (end + 1 < s.length && s.bytes[end + 1] != ':'))
      return refuse(r, "not an IPv6 address and port");
    is_ipv6 = true;
    if (end + 1 < s.length)
      port = cut_front(s, end + 2);
  } else {
    size_t colon = find(s, ':');
    if (colon < s.length && memchr(s.bytes + colon + 1, ':', s.length - colon - 1)) {
      if (!parse_ipv6(s, bytes))
        return refuse(r, "not an IPv6 address");
      is_ipv6 = true;
    } else if (colon < s.length) {
      port = cut_front(s, colon + 1);
      s.length = colon;
    }
  }
  if (!take_port(r, port))
    return refuse(r, "a port is a number from 1 to 65535");
  return is_ipv6 ? take_address(r, bytes, 16) : take_name(r, s);
}

static onus_status take_email(reader *r, span local, span domain) {
  if (local.length == 0 || local.length > LOCAL_PART_BYTES || memchr(local.bytes, '@', local.length))
    return refuse(r, "not an e-mail address");
  ONUS_TRY(take_name(r, domain));
  if (is_refused(r))
    return ONUS_OK;
  if (r->out->kind != ONUS_INDICATOR_HOST)
    return refuse(r, "an e-mail address with an IP address");
  char address[LOCAL_PART_BYTES + 1 + HOST_BYTES + 1];
  int length = snprintf(address, sizeof address, "%.*s@%s", (int)local.length, local.bytes, r->out->host);
  r->out->kind = ONUS_INDICATOR_EMAIL;
  r->out->value = keep(r, (span){address, (size_t)length});
  return ONUS_OK;
}

/* "192.0.2.0/24". */
static bool is_network(const reader *r, span rest) {
  if (rest.length < 2 || rest.length > 4 || rest.bytes[0] != '/' || r->out->ip_length_bytes == 0 || r->out->port)
    return false;
  for (size_t i = 1; i < rest.length; i++)
    if (!is_digit(rest.bytes[i]))
      return false;
  return true;
}

/* Path and query; a fragment never reaches a server. */
static void take_path(reader *r, span s) {
  size_t hash = find(s, '#');
  s.length = hash;
  size_t question = find(s, '?');
  span path = {s.bytes, question}, query = {"", 0};
  if (question < s.length)
    query = cut_front(s, question + 1);
  if (path.length > 1)
    r->out->path = keep(r, path);
  if (query.length)
    r->out->query = keep(r, query);
  if (r->out->path[0] || r->out->query[0])
    r->out->kind = r->out->host[0] || r->out->ip[0] ? ONUS_INDICATOR_URL : ONUS_INDICATOR_PATH;
}

static onus_status take_location(reader *r, span s) {
  span rest = s;
  bool has_scheme = take_scheme(s, &rest);
  bool is_mail = !has_scheme && begins_with(s, "mailto:");
  if (is_mail)
    rest = cut_front(s, strlen("mailto:"));
  if (!has_scheme && begins_with(rest, "/")) {
    take_path(r, rest);
    return r->out->kind == ONUS_INDICATOR_PATH ? ONUS_OK : refuse(r, "a path with nothing in it");
  }
  size_t end = find_set(rest, AUTHORITY_END);
  span authority = {rest.bytes, end};
  rest = cut_front(rest, end);
  if (begins_with(rest, "\\"))
    return refuse(r, "a backslash in it: a path on a disk");
  size_t at = authority.length;
  while (at > 0 && authority.bytes[at - 1] != '@')
    at--;
  if (at > 0 && !has_scheme)
    return rest.length && !is_mail ? refuse(r, "an e-mail address with a path")
                                   : take_email(r, (span){authority.bytes, at - 1}, cut_front(authority, at));
  if (is_mail)
    return refuse(r, "not an e-mail address");
  ONUS_TRY(take_authority(r, cut_front(authority, at))); /* without a user's name and password */
  if (is_refused(r))
    return ONUS_OK;
  if (!has_scheme && is_network(r, rest)) {
    const char *whole = r->out->ip_length_bytes == 4 ? "/32" : "/128";
    bool is_whole = rest.length == strlen(whole) && begins_with(rest, whole);
    return is_whole ? ONUS_OK : refuse(r, "a network; give its addresses");
  }
  take_path(r, rest);
  return ONUS_OK;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

onus_status onus_indicator_parse(const char *text, size_t text_bytes, onus_indicator *ret_indicator,
                                 onus_error *error) {
  return onus_indicator_parse_with(NULL, text, text_bytes, ret_indicator, error);
}

onus_status onus_indicator_parse_with(onus_suffixes *suffixes, const char *text, size_t text_bytes,
                                      onus_indicator *ret_indicator, onus_error *error) {
  reader r = {.suffixes = suffixes, .out = ret_indicator, .error = error};
  refuse(&r, NULL);
  span s = unwrap((span){text, text_bytes});
  if (s.length == 0)
    return refuse(&r, "nothing in it");
  if (s.length > ONUS_INDICATOR_BYTES)
    return refuse(&r, "longer than 2,048 bytes");
  if (!is_text(s))
    return refuse(&r, "control characters, or bytes that are not UTF-8");
  if (take_fingerprint(&r, s) || take_hash(&r, s))
    return ONUS_OK;
  if (find_set(s, BLANK) < s.length)
    return refuse(&r, "blanks in it");
  char refanged[ONUS_INDICATOR_BYTES];
  return take_location(&r, refang(s, refanged));
}

const char *onus_indicator_kind_name(onus_indicator_kind kind) {
  static const char *const NAMES[] = {"none", "host", "IPv4 address",   "IPv6 address", "URL",
                                      "path", "hash", "e-mail address", "fingerprint"};
  return (size_t)kind < sizeof NAMES / sizeof *NAMES ? NAMES[kind] : "none";
}
