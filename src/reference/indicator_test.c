#include "reference/indicator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* An indicator in one line: kind and the parts that it has. */
static void show(const onus_indicator *indicator, char *out, size_t out_bytes) {
  size_t n = (size_t)snprintf(out, out_bytes, "%s", onus_indicator_kind_name(indicator->kind));
  const struct {
    const char *name, *value;
  } parts[] = {{"host", indicator->host},   {"ip", indicator->ip},       {"path", indicator->path},
               {"query", indicator->query}, {"value", indicator->value}, {"fault", indicator->fault}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (parts[i].value && parts[i].value[0] && n < out_bytes)
      n += (size_t)snprintf(out + n, out_bytes - n, "|%s=%s", parts[i].name, parts[i].value);
  if (indicator->port && n < out_bytes)
    snprintf(out + n, out_bytes - n, "|port=%u", indicator->port);
}

static const struct {
  const char *text, *shown;
} READINGS[] = {
    /* hosts */
    {"evil.com", "host|host=evil.com"},
    {"EVIL.Com.", "host|host=evil.com"},
    {"evil.com..", "host|host=evil.com"},
    {"www.evil.co.uk", "host|host=www.evil.co.uk"},
    {"*.evil.com", "host|host=evil.com"},
    {".evil.com", "host|host=evil.com"},
    {"a_b.-c-.evil.com", "host|host=a_b.-c-.evil.com"},
    {"evil.com:443", "host|host=evil.com|port=443"},
    {"evil.com:", "host|host=evil.com"},
    {"evil.com:65535", "host|host=evil.com|port=65535"},
    {"evil.com/", "host|host=evil.com"},
    {"duskgytldkxiuqc6.onion", "host|host=duskgytldkxiuqc6.onion"},
    {"c2.bazar", "host|host=c2.bazar"},
    /* around it */
    {"  evil.com\r\n", "host|host=evil.com"},
    {"\"evil.com\",", "host|host=evil.com"},
    {"<https://evil.com/a>", "URL|host=evil.com|path=/a"},
    {"\xE2\x80\x9C"
     "evil.com\xE2\x80\x9D",
     "host|host=evil.com"},
    {"\xEF\xBB\xBF"
     "evil.com",
     "host|host=evil.com"},
    /* defanged */
    {"evil[.]com", "host|host=evil.com"},
    {"evil(.)com", "host|host=evil.com"},
    {"evil{.}com", "host|host=evil.com"},
    {"evil[dot]com", "host|host=evil.com"},
    {"evil(DOT)com", "host|host=evil.com"},
    {"evil[.com", "host|host=evil.com"},
    {"evil.]com", "host|host=evil.com"},
    {"evil[.com]", "host|host=evil.com"},
    {"evil\\.com", "host|host=evil.com"},
    {"hxxp://evil[.]com/a", "URL|host=evil.com|path=/a"},
    {"hXXps[:]//evil[.]com[:]8443/a", "URL|host=evil.com|path=/a|port=8443"},
    {"hxxp[://]evil[.]com[/]a", "URL|host=evil.com|path=/a"},
    {"h**p://evil.com", "host|host=evil.com"},
    {"fxp://evil.com/x.bin", "URL|host=evil.com|path=/x.bin"},
    {"tcp://198.51.100.7:4444", "IPv4 address|ip=198.51.100.7|port=4444"},
    {"198.51.100[.]7", "IPv4 address|ip=198.51.100.7"},
    {"198[.]51[.]100[.]7[:]443", "IPv4 address|ip=198.51.100.7|port=443"},
    {"2001[:]db8[:][:]1", "IPv6 address|ip=2001:db8::1"},
    {"me[@]evil[.]com", "e-mail address|host=evil.com|value=me@evil.com"},
    {"me[at]evil[dot]com", "e-mail address|host=evil.com|value=me@evil.com"},
    /* internationalised names */
    {"b\xC3\xBC"
     "cher.example.com",
     "host|host=xn--bcher-kva.example.com"},
    {"B\xC3\x9C"
     "CHER.com",
     "host|host=xn--bcher-kva.com"},
    {"xn--bcher-kva.com", "host|host=xn--bcher-kva.com"},
    {"\xD0\xBF\xD1\x80\xD0\xB8\xD0\xBC\xD0\xB5\xD1\x80.\xD1\x80\xD1\x84", "host|host=xn--e1afmkfd.xn--p1ai"},
    {"evil\xE3\x80\x82"
     "com",
     "host|host=evil.com"},
    {"a_b.b\xC3\xBC"
     "cher.com",
     "host|host=a_b.xn--bcher-kva.com"},
    {"me@b\xC3\xBC"
     "cher.com",
     "e-mail address|host=xn--bcher-kva.com|value=me@xn--bcher-kva.com"},
    {"b\xC3\xBC"
     "cher",
     "none|fault=a word without a dot"},
    {"b\xC3\xBC"
     "cher.invoice",
     "none|fault=its last part is no top-level domain"},
    /* addresses */
    {"198.51.100.7", "IPv4 address|ip=198.51.100.7"},
    {"198.51.100.7.", "IPv4 address|ip=198.51.100.7"},
    {"198.51.100.7/32", "IPv4 address|ip=198.51.100.7"},
    {"2001:DB8:0:0::1", "IPv6 address|ip=2001:db8::1"},
    {"[2001:db8::1]", "IPv6 address|ip=2001:db8::1"},
    {"[2001:db8::1]:8080", "IPv6 address|ip=2001:db8::1|port=8080"},
    {"2001:db8::1/128", "IPv6 address|ip=2001:db8::1"},
    {"http://[2001:db8::1]:80/x", "URL|ip=2001:db8::1|path=/x|port=80"},
    {"::ffff:198.51.100.7", "IPv4 address|ip=198.51.100.7"},
    {"[::ffff:198[.]51[.]100[.]7]:80", "IPv4 address|ip=198.51.100.7|port=80"},
    /* URLs and paths */
    {"http://evil.com/A/b.PHP?Id=1&x#top", "URL|host=evil.com|path=/a/b.php|query=id=1&x"},
    {"evil.com/?ind=", "URL|host=evil.com|query=ind="},
    {"evil.com?x=1", "URL|host=evil.com|query=x=1"},
    {"http://user:pass@evil.com/x", "URL|host=evil.com|path=/x"},
    {"http://user@evil.com", "host|host=evil.com"},
    {"https://evil.com/r?u=http://other.org/x", "URL|host=evil.com|path=/r|query=u=http://other.org/x"},
    {"198.51.100.7:8080/a/b", "URL|ip=198.51.100.7|path=/a/b|port=8080"},
    {"http://198.51.100.7/24", "URL|ip=198.51.100.7|path=/24"},
    {"/gate.php", "path|path=/gate.php"},
    {"/@/@/h31l0", "path|path=/@/@/h31l0"},
    {"/?lfdkj=", "path|query=lfdkj="},
    {"/a//b/", "path|path=/a//b/"},
    /* hashes */
    {"D41D8CD98F00B204E9800998ECF8427E", "hash|value=d41d8cd98f00b204e9800998ecf8427e"},
    {"md5: d41d8cd98f00b204e9800998ecf8427e", "hash|value=d41d8cd98f00b204e9800998ecf8427e"},
    {"SHA-1:da39a3ee5e6b4b0d3255bfef95601890afd80709", "hash|value=da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "hash|value=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    /* e-mail */
    {"Me.Too+x@Evil.com", "e-mail address|host=evil.com|value=me.too+x@evil.com"},
    {"mailto:me@evil.com?subject=x", "e-mail address|host=evil.com|value=me@evil.com"},
    /* fingerprints */
    {"jarm:2AD2AD", "fingerprint|value=jarm:2ad2ad"},
    {"FAVICON_HASH=c874", "fingerprint|value=favicon:c874"},
    {"favicon:c874", "fingerprint|value=favicon:c874"},
    {"CERT_FINGERPRINT=f97d", "fingerprint|value=cert-sha1:f97d"},
    {"BANNER_0_HASH=efe6", "fingerprint|value=banner-0-hash:efe6"},
    {"TITLE=Naver Login", "fingerprint|value=title:naver login"},
    {"title: Naver Login", "fingerprint|value=title:naver login"},
    {"CERT_EMAILADDRESS=email@dottordentista.com", "fingerprint|value=cert-emailaddress:email@dottordentista.com"},
    /* none */
    {"", "none|fault=nothing in it"},
    {" \"\" ", "none|fault=nothing in it"},
    {"localhost", "none|fault=a word without a dot"},
    {"1234", "none|fault=a word without a dot"},
    {"invoice.pdf", "none|fault=its last part is no top-level domain"},
    {"System.Net.Http", "none|fault=its last part is no top-level domain"},
    {"gov.pakmarines", "none|fault=its last part is no top-level domain"},
    {"connects to evil.com", "none|fault=blanks in it"},
    {"evil.com\tevil.org", "none|fault=control characters, or bytes that are not UTF-8"},
    {"ev\xC0\xAFil.com", "none|fault=control characters, or bytes that are not UTF-8"},
    {"evil..com", "none|fault=a name's parts have 1 to 63 characters"},
    {"a*.evil.com", "none|fault=a wildcard inside a name"},
    {"ev!l.com", "none|fault=a name has letters, digits and hyphens"},
    {"evil.com:0", "none|fault=a port is a number from 1 to 65535"},
    {"evil.com:65536", "none|fault=a port is a number from 1 to 65535"},
    {"198.51.100.7:99999", "none|fault=a port is a number from 1 to 65535"},
    {"198.51.100.7:4294967739", "none|fault=a port is a number from 1 to 65535"},
    {"evil.com:http", "none|fault=a port is a number from 1 to 65535"},
    {"198.51.100.256", "none|fault=an address has four numbers from 0 to 255, without leading zeros"},
    {"198.51.100", "none|fault=an address has four numbers from 0 to 255, without leading zeros"},
    {"198.51.100.07", "none|fault=an address has four numbers from 0 to 255, without leading zeros"},
    {"1.2.3.4.5", "none|fault=an address has four numbers from 0 to 255, without leading zeros"},
    {"10.1.2.3", "none|fault=a private or reserved address, which is another machine elsewhere"},
    {"172.31.0.1:80", "none|fault=a private or reserved address, which is another machine elsewhere"},
    {"http://192.168.1.1/x", "none|fault=a private or reserved address, which is another machine elsewhere"},
    {"127.0.0.1", "none|fault=a private or reserved address, which is another machine elsewhere"},
    {"fe80::1", "none|fault=a private or reserved address, which is another machine elsewhere"},
    {"::1", "none|fault=a private or reserved address, which is another machine elsewhere"},
    {"::ffff:10.0.0.1", "none|fault=a private or reserved address, which is another machine elsewhere"},
    {"198.51.100.0/24", "none|fault=a network; give its addresses"},
    {"2001:db8::/12", "none|fault=a network; give its addresses"},
    {"2001:db8::1::2", "none|fault=not an IPv6 address"},
    {"a:b:c", "none|fault=not an IPv6 address"},
    {"[2001:db8::1", "none|fault=not an IPv6 address and port"},
    {"[2001:db8::1]8080", "none|fault=not an IPv6 address and port"},
    {"[evil.com]:80", "none|fault=not an IPv6 address and port"},
    {"fe80::1%eth0", "none|fault=not an IPv6 address"},
    {"/", "none|fault=a path with nothing in it"},
    {"http://", "none|fault=no name and no address"},
    {"http:///x", "none|fault=no name and no address"},
    {"http://:80/x", "none|fault=no name and no address"},
    {"...", "none|fault=no name and no address"},
    {"C:\\Windows\\x.dll", "none|fault=a backslash in it: a path on a disk"},
    {"@evil.com", "none|fault=not an e-mail address"},
    {"a@b@evil.com", "none|fault=not an e-mail address"},
    {"me@localhost", "none|fault=a word without a dot"},
    {"me@198.51.100.7", "none|fault=an e-mail address with an IP address"},
    {"me@evil.com/x", "none|fault=an e-mail address with a path"},
    {"mailto:evil.com", "none|fault=not an e-mail address"},
    {"TITLE=", "none|fault=a word without a dot"},
};

static void read_one(const char *text, size_t text_bytes, char *shown, size_t shown_bytes) {
  onus_indicator *indicator = malloc(sizeof *indicator);
  char *exact = malloc(text_bytes ? text_bytes : 1); /* of its very size, so that reading beyond it shows */
  assert_non_null(indicator);
  assert_non_null(exact);
  memcpy(exact, text, text_bytes);
  memset(indicator, 0x5A, sizeof *indicator);
  assert_int_equal(onus_indicator_parse(exact, text_bytes, indicator, NULL), ONUS_OK);
  free(exact);
  show(indicator, shown, shown_bytes);
  free(indicator);
}

static void test_readings(void **state) {
  (void)state;
  char shown[4096];
  int n_wrong = 0;
  for (size_t i = 0; i < sizeof READINGS / sizeof *READINGS; i++) {
    read_one(READINGS[i].text, strlen(READINGS[i].text), shown, sizeof shown);
    if (strcmp(shown, READINGS[i].shown) != 0) {
      print_error("%s\n  found    %s\n  expected %s\n", READINGS[i].text, shown, READINGS[i].shown);
      n_wrong++;
    }
  }
  assert_int_equal(n_wrong, 0);
}

static void test_lengths(void **state) {
  (void)state;
  char shown[8192], text[8192];
  /* the longest that are taken fill their room and no more */
  memset(text, 'a', sizeof text);
  memcpy(text, "evil.com/", 9);
  read_one(text, ONUS_INDICATOR_BYTES, shown, sizeof shown);
  assert_int_equal(strncmp(shown, "URL|host=evil.com|path=/aaa", 27), 0);
  read_one(text, ONUS_INDICATOR_BYTES + 1, shown, sizeof shown);
  assert_string_equal(shown, "none|fault=longer than 2,048 bytes");
  memset(text, 'a', sizeof text);
  memcpy(text, "TITLE=", 6);
  read_one(text, ONUS_INDICATOR_BYTES, shown, sizeof shown);
  assert_int_equal(strncmp(shown, "fingerprint|value=title:aaa", 27), 0);
  memset(text, 'a', sizeof text);
  for (size_t i = 63; i < 253; i += 64)
    text[i] = '.';
  memcpy(text + 249, ".com", 4);
  read_one(text, 253, shown, sizeof shown);
  assert_int_equal(strncmp(shown, "host|host=aaa", 13), 0);
  memcpy(text + 249, "a.com", 5);
  read_one(text, 254, shown, sizeof shown);
  assert_string_equal(shown, "none|fault=a name has at most 253 characters");
  memset(text, 'a', 64);
  memcpy(text + 64, ".com", 4);
  read_one(text, 68, shown, sizeof shown);
  assert_string_equal(shown, "none|fault=a name's parts have 1 to 63 characters");
  memset(text, 'a', 65);
  memcpy(text + 65, "@evil.com", 9);
  read_one(text + 1, 73, shown, sizeof shown);
  assert_int_equal(strncmp(shown, "e-mail", 6), 0);
  read_one(text, 74, shown, sizeof shown);
  assert_string_equal(shown, "none|fault=not an e-mail address");
  read_one("evil.com\0.org", 13, shown, sizeof shown);
  assert_string_equal(shown, "none|fault=control characters, or bytes that are not UTF-8");
  read_one("evil.com\0", 9, shown, sizeof shown);
  assert_string_equal(shown, "none|fault=control characters, or bytes that are not UTF-8");
}

/* What is read, written down and read again is the same. */
static void test_again(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof READINGS / sizeof *READINGS; i++) {
    onus_indicator first, second;
    assert_int_equal(onus_indicator_parse(READINGS[i].text, strlen(READINGS[i].text), &first, NULL), ONUS_OK);
    char text[2 * ONUS_INDICATOR_BYTES], shown[2][8192];
    if (first.kind == ONUS_INDICATOR_NONE)
      continue;
    const char *place = first.host[0] ? first.host : first.ip;
    int n = first.value[0] ? snprintf(text, sizeof text, "%s", first.value)
                           : snprintf(text, sizeof text, first.ip_length_bytes == 16 ? "[%s]" : "%s", place);
    if (first.port)
      n += snprintf(text + n, sizeof text - (size_t)n, ":%u", first.port);
    if (!first.value[0])
      snprintf(text + n, sizeof text - (size_t)n, "%s%s%s", first.path[0] || !first.query[0] ? first.path : "/",
               first.query[0] ? "?" : "", first.query);
    if (first.ip[0] && first.path[0]) /* "192.0.2.1/24" would be a network */
      continue;
    if (first.kind == ONUS_INDICATOR_FINGERPRINT) /* names of scanners' own stand before "=" only */
      continue;
    assert_int_equal(onus_indicator_parse(text, strlen(text), &second, NULL), ONUS_OK);
    show(&first, shown[0], sizeof shown[0]);
    show(&second, shown[1], sizeof shown[1]);
    assert_string_equal(shown[1], shown[0]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_readings), cmocka_unit_test(test_lengths),
                                     cmocka_unit_test(test_again)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
