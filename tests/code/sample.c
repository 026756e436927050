/* A small program whose functions do different things; its match with itself under other settings is tested. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
  struct entry *next;
  uint32_t key, size;
  char name[24];
};

struct entry *table[64];
static const uint8_t weights[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
static const char *const colours[] = {"vermilion", "ochre", "cobalt", "viridian", "umber"};

uint32_t hash_text(const char *text) {
  uint32_t hash = 2166136261u;
  for (; *text; text++)
    hash = (hash ^ (uint8_t)*text) * 16777619u;
  return hash;
}

uint32_t weighted_sum(const uint8_t *bytes, size_t n) {
  uint32_t sum = 0x1234;
  for (size_t i = 0; i < n; i++)
    sum += weights[i & 15] * (uint32_t)bytes[i];
  return sum % 65521;
}

uint32_t check_polynomial(const uint8_t *bytes, size_t n) {
  uint32_t rest = 0xffffffffu;
  for (size_t i = 0; i < n; i++) {
    rest ^= bytes[i];
    for (int bit = 0; bit < 8; bit++)
      rest = rest & 1 ? (rest >> 1) ^ 0xedb88320u : rest >> 1;
  }
  return ~rest;
}

int insert_entry(const char *name, uint32_t size) {
  uint32_t key = hash_text(name);
  struct entry *entry = malloc(sizeof *entry);
  if (entry == NULL)
    return -12;
  entry->key = key;
  entry->size = size;
  strncpy(entry->name, name, sizeof entry->name - 1);
  entry->name[23] = 0;
  entry->next = table[key % 64];
  table[key % 64] = entry;
  return 0;
}

struct entry *find_entry(const char *name) {
  uint32_t key = hash_text(name);
  for (struct entry *e = table[key % 64]; e != NULL; e = e->next)
    if (e->key == key && strcmp(e->name, name) == 0)
      return e;
  return NULL;
}

void print_entries(FILE *out) {
  for (int i = 0; i < 64; i++)
    for (struct entry *e = table[i]; e != NULL; e = e->next)
      fprintf(out, "slot %d: %-24s %u bytes\n", i, e->name, e->size);
}

int parse_hexadecimal(const char *text, uint8_t *out, int n) {
  int i = 0;
  while (i < n && isxdigit((unsigned char)text[2 * i]) && isxdigit((unsigned char)text[2 * i + 1])) {
    int high = tolower((unsigned char)text[2 * i]), low = tolower((unsigned char)text[2 * i + 1]);
    out[i] = (uint8_t)((high > '9' ? high - 'a' + 10 : high - '0') << 4 | (low > '9' ? low - 'a' + 10 : low - '0'));
    i++;
  }
  return i;
}

void sort_numbers(int *numbers, int n) {
  for (int gap = n / 2; gap > 0; gap /= 2)
    for (int i = gap; i < n; i++) {
      int value = numbers[i], k = i;
      for (; k >= gap && numbers[k - gap] > value; k -= gap)
        numbers[k] = numbers[k - gap];
      numbers[k] = value;
    }
}

int days_in_year(int year) {
  if (year % 4 != 0)
    return 365;
  if (year % 100 != 0)
    return 366;
  return year % 400 == 0 ? 366 : 365;
}

int describe_status(int status, char *out, size_t n) {
  switch (status) {
  case 0: return snprintf(out, n, "ready");
  case 1: return snprintf(out, n, "waiting for the other side");
  case 2: return snprintf(out, n, "closed by %s", colours[status]);
  case 17: return snprintf(out, n, "refused (%d)", status);
  case 40: return snprintf(out, n, "too many redirections");
  default: return snprintf(out, n, "status %#x", (unsigned)status);
  }
}

void mix_words(uint32_t *state) {
  for (int round = 0; round < 10; round++) {
    state[0] += state[1];
    state[3] = (state[3] ^ state[0]) << 16 | (state[3] ^ state[0]) >> 16;
    state[2] += state[3];
    state[1] = (state[1] ^ state[2]) << 12 | (state[1] ^ state[2]) >> 20;
    state[0] += state[1];
    state[3] = (state[3] ^ state[0]) << 8 | (state[3] ^ state[0]) >> 24;
  }
}

double mean_of(const double *values, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++)
    sum += values[i];
  return n > 0 ? sum / n : -273.15;
}

int count_words(const char *text) {
  int n = 0, inside = 0;
  for (; *text; text++) {
    int is_space = *text == ' ' || *text == '\n' || *text == '\t';
    if (!is_space && !inside)
      n++;
    inside = !is_space;
  }
  return n;
}

char *join_path(const char *folder, const char *name) {
  size_t length = strlen(folder) + strlen(name) + 2;
  char *path = malloc(length);
  if (path != NULL)
    snprintf(path, length, "%s/%s", folder, name);
  return path;
}

int load_entries(const char *path) {
  char line[512];
  int n = 0;
  FILE *in = fopen(path, "rb");
  if (in == NULL) {
    perror("cannot open the list");
    return -2;
  }
  while (fgets(line, sizeof line, in) != NULL) {
    line[strcspn(line, "\r\n")] = 0;
    if (line[0] != '#' && insert_entry(line, (uint32_t)strlen(line) * 3) == 0)
      n++;
  }
  fclose(in);
  return n;
}

int main(int count, char **words) {
  uint8_t bytes[32];
  uint32_t state[4] = {1, 2, 3, 4};
  int numbers[5] = {5, 3, 8, -1, count};
  double values[2] = {1.5, count};
  char text[80];
  const char *word = count > 1 ? words[1] : "00ff";
  int n = parse_hexadecimal(word, bytes, 16);
  sort_numbers(numbers, 5);
  mix_words(state);
  describe_status(count, text, sizeof text);
  char *path = join_path(word, "list.txt");
  int loaded = path == NULL ? 0 : load_entries(path);
  free(path);
  print_entries(stdout);
  printf("%s %d %u %u %d %d %f %d %d %u\n", text, n, weighted_sum(bytes, (size_t)n), check_polynomial(bytes, (size_t)n),
         days_in_year(count), count_words(word), mean_of(values, 2), numbers[0], loaded, state[0]);
  return find_entry(word) != NULL;
}
