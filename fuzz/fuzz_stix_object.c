/* What a TAXII client adds: a list of objects, and the times in them. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/taxii.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Text that sorts and microseconds agree about times. */
static void check_times(const char *a, const char *b) {
  char key_a[ONUS_TAXII_KEY_BYTES], key_b[ONUS_TAXII_KEY_BYTES];
  int64_t us_a = 0, us_b = 0;
  bool is_a = onus_taxii_key(a, key_a), is_b = onus_taxii_key(b, key_b);
  if (is_a != onus_taxii_time(a, &us_a) || is_b != onus_taxii_time(b, &us_b))
    abort();
  if (is_a && is_b && us_a < us_b && strcmp(key_a, key_b) >= 0 && !strstr(a, ":60") && !strstr(b, ":60"))
    abort(); /* a leap second has no number of its own */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL)
    abort();
  memcpy(text, data, size);
  text[size] = '\0';
  char *second = strchr(text, ' ');
  if (second != NULL) {
    *second = '\0';
    check_times(text, second + 1);
    *second = ' ';
  }
  json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
  size_t n = 0, length = 0;
  const char *bytes = NULL, *at = text + strspn(text, " \t\r\n");
  while (json_is_array(json) && onus_json_list_next(&at, &bytes, &length)) {
    onus_stix_object object;
    json_t *element = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (element == NULL || !json_equal(element, json_array_get(json, n++)))
      abort(); /* an element is cut out as it stands */
    json_decref(element);
    if (onus_stix_object_read(bytes, length, &object) == NULL &&
        (object.id[0] == '\0' || object.type[0] == '\0' || object.spec == NULL))
      abort();
  }
  if (json_is_array(json) && n != json_array_size(json))
    abort();
  json_decref(json);
  free(text);
  return 0;
}
