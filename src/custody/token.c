#include "custody/token.h"

#include <stdio.h>
#include <string.h>

enum {
  TAG_INTEGER = 0x02,
  TAG_OCTETS = 0x04,
  TAG_OID = 0x06,
  TAG_TIME = 0x18,
  TAG_SEQUENCE = 0x30,
  TAG_SET = 0x31,
  TAG_CONTEXT_0 = 0xA0
};

/* Bytes that are still to be read. */
typedef struct span {
  const unsigned char *at;
  size_t length;
} span;

/* The next value, when it has that tag (0: any). DER: lengths are definite and as short as can be; up to 2²⁴ bytes. */
static bool take(span *in, unsigned char tag, span *ret_value, unsigned char *ret_tag) {
  if (in->length < 2 || (tag && in->at[0] != tag))
    return false;
  size_t head = 2, length = in->at[1];
  if (length >= 0x80) {
    size_t n = length & 0x7F;
    if (n == 0 || n > 3 || in->length < 2 + n || in->at[2] == 0)
      return false;
    length = 0;
    for (size_t i = 0; i < n; i++)
      length = length << 8 | in->at[2 + i];
    if (length < 0x80)
      return false;
    head += n;
  }
  if (length > in->length - head)
    return false;
  if (ret_tag)
    *ret_tag = in->at[0];
  *ret_value = (span){in->at + head, length};
  in->at += head + length;
  in->length -= head + length;
  return true;
}

static bool take_oid(span *in, const char *oid, size_t length) {
  span value;
  return take(in, TAG_OID, &value, NULL) && value.length == length && memcmp(value.at, oid, length) == 0;
}

/* ContentInfo, SignedData, EncapsulatedContentInfo: down to the TSTInfo. */
static bool find_info(span token, span *ret_info) {
  static const char SIGNED_DATA[] = "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
  static const char TST_INFO[] = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04";
  span explicit_0, data, skipped, content, octets;
  return take_oid(&token, SIGNED_DATA, sizeof SIGNED_DATA - 1) && take(&token, TAG_CONTEXT_0, &explicit_0, NULL) &&
         take(&explicit_0, TAG_SEQUENCE, &data, NULL) && take(&data, TAG_INTEGER, &skipped, NULL) &&
         take(&data, TAG_SET, &skipped, NULL) && take(&data, TAG_SEQUENCE, &content, NULL) &&
         take_oid(&content, TST_INFO, sizeof TST_INFO - 1) && take(&content, TAG_CONTEXT_0, &explicit_0, NULL) &&
         take(&explicit_0, TAG_OCTETS, &octets, NULL) && take(&octets, TAG_SEQUENCE, ret_info, NULL);
}

static bool read_time(span value, char out[32]) {
  if (value.length < 15 || value.length > 30 || value.at[value.length - 1] != 'Z')
    return false;
  for (size_t i = 0; i < 14; i++)
    if (value.at[i] < '0' || value.at[i] > '9')
      return false;
  const char *t = (const char *)value.at;
  snprintf(out, 32, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t, t + 4, t + 6, t + 8, t + 10, t + 12);
  return true;
}

static bool read_info(span info, onus_token *out) {
  static const char SHA256[] = "\x60\x86\x48\x01\x65\x03\x04\x02\x01";
  span skipped, imprint, algorithm, digest, serial, time;
  bool is_good = take(&info, TAG_INTEGER, &skipped, NULL) && take(&info, TAG_OID, &skipped, NULL) &&
                 take(&info, TAG_SEQUENCE, &imprint, NULL) && take(&imprint, TAG_SEQUENCE, &algorithm, NULL) &&
                 take_oid(&algorithm, SHA256, sizeof SHA256 - 1) && take(&imprint, TAG_OCTETS, &digest, NULL) &&
                 digest.length == ONUS_HASH_BYTES && take(&info, TAG_INTEGER, &serial, NULL) &&
                 take(&info, TAG_TIME, &time, NULL) && read_time(time, out->time_utc);
  if (is_good)
    memcpy(out->imprint.bytes, digest.at, ONUS_HASH_BYTES);
  return is_good;
}

onus_status onus_token_parse(const char *path, const char *bytes, size_t length, onus_token *ret_token,
                             onus_error *error) {
  span in = {(const unsigned char *)bytes, length}, outer, inner, status, number;
  onus_token token = {.time_utc = ""};
  bool is_good = take(&in, TAG_SEQUENCE, &outer, NULL) && in.length == 0;
  span response = outer;
  /* A response is a status (0 granted, 1 granted with changes) before the token; a token begins with an OID. */
  token.is_bare = is_good && (outer.length == 0 || outer.at[0] != TAG_SEQUENCE);
  if (is_good && !token.is_bare) {
    is_good = take(&response, TAG_SEQUENCE, &status, NULL) && take(&status, TAG_INTEGER, &number, NULL);
    if (is_good && (number.length != 1 || number.at[0] > 1))
      return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                          "the time stamp authority refused to stamp; ask it why, and for another one");
    is_good = is_good && take(&response, TAG_SEQUENCE, &outer, NULL) && response.length == 0;
  }
  if (!is_good || !find_info(outer, &inner) || !read_info(inner, &token))
    return ONUS_FAIL_AT(error, ONUS_BAD_INPUT, path, 0, 0,
                        "no time stamp of RFC 3161 over SHA-256; ask the authority for one, as with `openssl ts`");
  *ret_token = token;
  return ONUS_OK;
}
