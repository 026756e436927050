/* A reference in a cluster of ClickHouse: bench_cluster PLACE FOLDER FUNCTIONS INDICATORS ROUNDS PID...
 *
 * Ours in the cluster, ours in a folder, the folder pulled from the cluster, and a plain client of the same cluster
 * (plain.h) load FUNCTIONS functions, 16 keys, one exact key and a signature each, and INDICATORS indicators. Then, in
 * turn, ROUNDS batches of 2,000 functions are asked for, other ones each time: the functions that have each key, those
 * of the exact keys, and the signatures of all that share two keys or more; and 10,000 indicators as of a day, with the
 * number of their holders. The plain client has a table for exact keys, ours has all keys in one, as a reference of
 * programs does. The plain client keeps 64 bits of their keys, and in a second form the whole keys, as ours
 * does. The answers are compared. PLACE ends with "/"; PIDs are those of the nodes: processor time
 * is theirs and this program's. Prints one line of JSON. Making functions and indicators is part of no figure. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/random.h"
#include "plain.h"
#include "store/store.h"
#include "timing.h"

enum {
  KEYS = 16,
  SIGNATURE_BYTES = 64,
  BATCH = 16384,
  ASKED = 2000,
  KEY_CAP = 1000,
  INDICATORS_ASKED = 10000,
  AS_OF_DAY = 18500,
  DAY_S = 86400,
  ROUNDS_MAX = 100,
  PLAIN_FUNCTIONS = 200000, /* that the plain client inserts at once */
  PLAIN_INDICATORS = 3000000
};

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
  exit(1);
}

static void check(onus_status status, const onus_error *error) {
  if (status != ONUS_OK)
    fail(error->text);
}

static void *need(size_t count, size_t size) {
  void *memory = calloc(count + 1, size);
  if (!memory)
    fail("no memory left");
  return memory;
}

/* For all that waits, so that nothing is set aside: large references are to be imported in parts that fit. */
static const onus_store_writer_options with_room = {.budget_bytes = (size_t)1 << 30};

/* --- time --------------------------------------------------------------------------------------------------------- */

static char **node_pids;
static size_t n_node_pids;

/* Of the nodes, in seconds. */
static double cpu_of_nodes(void) {
  double seconds = 0;
  for (size_t i = 0; i < n_node_pids; i++) {
    char path[64], line[1024] = "";
    unsigned long user = 0, kernel = 0;
    snprintf(path, sizeof path, "/proc/%.20s/stat", node_pids[i]);
    FILE *file = fopen(path, "r");
    const char *rest = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (!rest || sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
      fail("a node has ended");
    fclose(file);
    seconds += (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
  }
  return seconds;
}

/* On the clock, and of the processor. */
typedef struct spent {
  double clock_s, cpu_s;
} spent;

static double cpu_of_all(void) {
  return cpu_seconds_now() + cpu_of_nodes();
}

static spent start(void) {
  return (spent){seconds_now(), cpu_of_all()};
}

static void stop(spent started, spent *sum) {
  sum->clock_s += seconds_now() - started.clock_s;
  sum->cpu_s += cpu_of_all() - started.cpu_s;
}

/* Of loading, which is stopped while more is made: what the nodes do then, and until they are at rest, is counted in
 * the end. */
static spent start_client(void) {
  return (spent){seconds_now(), cpu_seconds_now()};
}

static void stop_client(spent started, spent *sum) {
  sum->clock_s += seconds_now() - started.clock_s;
  sum->cpu_s += cpu_seconds_now() - started.cpu_s;
}

/* --- functions ---------------------------------------------------------------------------------------------------- */

typedef struct function {
  uint32_t keys[KEYS], exact;
  uint64_t wide_keys[KEYS], wide_exact; /* the same for the plain client */
  struct {
    uint32_t program, family;
    uint8_t bytes[SIGNATURE_BYTES];
  } row;
} function;

/* Of an exact key, in the table of all keys: nothing but such a key has it. */
static const uint32_t exact_bit = UINT32_C(1) << 31;

/* The plain client has keys of 64 bits. They have to be random in all of them: keys that end in zeros compress better,
 * and take a server half as long again to read. */
static uint64_t wide(uint32_t key) {
  return XXH3_64bits(&key, sizeof key);
}

/* Half of the functions are the only ones of their kind; the others are changed copies of those that many programs
 * have, of some much more often than of others. */
static void make_function(uint64_t number, uint64_t n_functions, uint64_t salt, function *out) {
  static const uint64_t changed_of_65536[] = {0, 0, 0, 3277, 3277, 3277, 9830, 9830, 19661, 19661};
  uint64_t bits = onus_random_bits(1, salt, number), kind = number | UINT64_C(1) << 63;
  if (bits & 1) {
    double u = (double)(bits >> 11) * 0x1p-53;
    kind = (uint64_t)((double)(n_functions / 50) * u * u * u);
  }
  uint64_t changes = onus_random_bits(2, salt, number), threshold = changed_of_65536[changes % 10],
           values[SIGNATURE_BYTES];
  bool is_changed = false;
  for (size_t i = 0; i < SIGNATURE_BYTES; i++) {
    values[i] = onus_random_bits(3, (kind >> 63) ? salt : 0, kind * SIGNATURE_BYTES + i);
    uint64_t change = threshold > 0 ? onus_random_bits(4, changes, i) : UINT64_MAX;
    if ((change & 0xffff) < threshold) {
      values[i] = change >> 16;
      is_changed = true;
    }
    out->row.bytes[i] = (uint8_t)values[i];
  }
  for (size_t k = 0; k < KEYS; k++) {
    out->keys[k] = (uint32_t)XXH3_64bits_withSeed(&values[4 * k], 4 * sizeof *values, k) & ~exact_bit;
    out->wide_keys[k] = wide(out->keys[k]);
  }
  out->exact = exact_bit | (uint32_t)XXH3_64bits(values, is_changed ? sizeof values : 8 * sizeof *values);
  out->wide_exact = wide(out->exact);
  out->row.program = (uint32_t)(number / 2000);
  out->row.family = out->row.program / 5;
}

typedef struct functions {
  size_t count;
  function items[BATCH];
  onus_store_pair keys[BATCH * KEYS], exact[BATCH];
  uint8_t rows[BATCH][sizeof((function *)0)->row];
} functions;

static void make_functions(functions *f, uint64_t first, uint64_t n_functions) {
  f->count = n_functions - first < BATCH ? (size_t)(n_functions - first) : BATCH;
  for (size_t i = 0; i < f->count; i++) {
    function *item = &f->items[i];
    make_function(first + i, n_functions, 1, item);
    for (size_t k = 0; k < KEYS; k++)
      f->keys[i * KEYS + k] = (onus_store_pair){item->keys[k], (uint32_t)(first + i)};
    f->exact[i] = (onus_store_pair){item->exact, (uint32_t)(first + i)};
    memcpy(f->rows[i], &item->row, sizeof item->row);
  }
}

static void load_functions(const char *place, uint64_t n_functions, functions *f, spent *sum) {
  onus_error error;
  onus_store_writer *writer;
  uint32_t first;
  spent s = start_client();
  check(onus_store_writer_open(place, &with_room, &writer, &error), &error);
  stop_client(s, sum);
  for (uint64_t at = 0; at < n_functions; at += f->count) {
    make_functions(f, at, n_functions);
    s = start_client();
    check(onus_store_put_pairs(writer, "key", f->keys, f->count * KEYS, &error), &error);
    check(onus_store_put_pairs(writer, "key", f->exact, f->count, &error), &error);
    check(onus_store_append_rows(writer, "function", sizeof f->rows[0], f->rows, f->count, &first, &error), &error);
    stop_client(s, sum);
  }
  s = start_client();
  check(onus_store_seal(writer, &error), &error);
  onus_store_writer_close(writer);
  stop_client(s, sum);
}

static void load_plain_functions(plain *p, uint64_t n_functions, functions *f, spent *sum) {
  enum { BAND, EXACT, SIGNATURE, N_TABLES };
  static const char *const names[N_TABLES] = {"band", "exact", "sig"};
  onus_buffer waiting[N_TABLES][PLAIN_SHARDS_MAX];
  for (size_t t = 0; t < N_TABLES; t++)
    for (size_t i = 0; i < p->n_shards; i++)
      waiting[t][i] = onus_buffer_new(SIZE_MAX / 4);
  for (uint64_t at = 0, n_waiting = 0; at < n_functions;) {
    make_functions(f, at, n_functions);
    spent s = start_client();
    for (size_t i = 0; i < f->count; i++) {
      const function *item = &f->items[i];
      uint32_t number = (uint32_t)(at + i);
      for (size_t k = 0; k < KEYS; k++) {
        uint64_t row[2] = {item->wide_keys[k], number};
        onus_buffer_append(&waiting[BAND][row[0] % p->n_shards], (const char *)row, 12);
      }
      uint64_t exact = item->wide_exact;
      uint32_t of[3] = {number, item->row.program, item->row.family};
      onus_buffer *out = &waiting[EXACT][exact % p->n_shards];
      onus_buffer_append(out, (const char *)&exact, sizeof exact);
      onus_buffer_append(out, (const char *)of, sizeof of);
      out = &waiting[SIGNATURE][number % p->n_shards];
      onus_buffer_append(out, (const char *)of, sizeof of);
      onus_buffer_append(out, (const char *)item->row.bytes, SIGNATURE_BYTES);
    }
    at += f->count;
    n_waiting += f->count;
    if (n_waiting >= PLAIN_FUNCTIONS || at >= n_functions) {
      n_waiting = 0;
      for (size_t t = 0; t < N_TABLES; t++) {
        for (size_t i = 0; i < p->n_shards; i++) {
          onus_buffer swapped = p->sent[i];
          p->sent[i] = waiting[t][i];
          waiting[t][i] = swapped;
        }
        plain_insert(p, names[t]);
      }
    }
    stop_client(s, sum);
  }
  for (size_t t = 0; t < N_TABLES; t++)
    for (size_t i = 0; i < p->n_shards; i++)
      onus_buffer_free(&waiting[t][i]);
}

/* --- asking for functions ----------------------------------------------------------------------------------------- */

typedef struct question {
  size_t n_keys;
  uint32_t keys[ASKED * KEYS + ASKED]; /* each once; behind them the exact keys */
  uint32_t exact[ASKED];
  uint64_t wide_keys[ASKED * KEYS], wide_exact[ASKED];
} question;

static int by_key(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void make_question(question *q, uint64_t round, uint64_t n_functions) {
  function asked;
  for (size_t i = 0; i < ASKED; i++) {
    make_function(n_functions + round * ASKED + i, n_functions, 99 + round, &asked);
    memcpy(&q->keys[i * KEYS], asked.keys, sizeof asked.keys);
    q->exact[i] = asked.exact;
  }
  qsort(q->exact, ASKED, sizeof *q->exact, by_key);
  for (size_t i = 0; i < ASKED; i++)
    q->wide_exact[i] = wide(q->exact[i]);
  qsort(q->keys, ASKED * KEYS, sizeof *q->keys, by_key);
  q->n_keys = 0;
  for (size_t i = 0; i < ASKED * KEYS; i++)
    if (q->n_keys == 0 || q->keys[i] != q->keys[q->n_keys - 1])
      q->keys[q->n_keys++] = q->keys[i];
  for (size_t i = 0; i < q->n_keys; i++)
    q->wide_keys[i] = wide(q->keys[i]);
  memcpy(&q->keys[q->n_keys], q->exact, sizeof q->exact);
}

/* What was found, whatever its order. */
typedef struct sums {
  uint64_t functions, exact, signatures;
} sums;

static uint64_t mixed(uint64_t a, uint64_t b) {
  uint64_t both[2] = {a, b};
  return XXH3_64bits(both, sizeof both);
}

/* Functions that share two keys or more, each once. */
typedef struct votes {
  uint8_t *seen;
  uint32_t *chosen;
  size_t n_chosen, capacity;
} votes;

static void vote(votes *v, uint32_t number) {
  if (v->seen[number] < 2 && ++v->seen[number] == 2) {
    if (v->n_chosen == v->capacity) {
      v->capacity = 2 * v->capacity + 1024;
      v->chosen = realloc(v->chosen, v->capacity * sizeof *v->chosen);
      if (!v->chosen)
        fail("no memory left");
    }
    v->chosen[v->n_chosen++] = number;
  }
}

/* Parts of the time: the functions of all keys, the signatures. */
typedef struct asked_times {
  spent all, keys, signatures;
} asked_times;

/* All keys lie in one table, as those of a reference do, and are asked for at once. */
static asked_times ask_ours(const onus_store *store, const question *q, uint64_t n_functions, sums *out) {
  asked_times t = {0};
  onus_error error;
  onus_store_numbers numbers;
  votes v = {.seen = need(n_functions, 1)};
  spent all = start(), s = all;
  onus_store_pair_query query = {"key", q->keys, q->n_keys + ASKED, KEY_CAP};
  check(onus_store_look_up_pairs(store, &query, &numbers, &error), &error);
  stop(s, &t.keys);
  for (size_t i = 0; i < q->n_keys; i++)
    for (size_t k = numbers.first[i]; numbers.n_there[i] <= KEY_CAP && k < numbers.first[i + 1]; k++)
      vote(&v, numbers.numbers[k]);
  size_t row_bytes = sizeof((function *)0)->row;
  uint8_t *rows = need(v.n_chosen, row_bytes);
  s = start();
  check(onus_store_rows(store, "function", row_bytes, v.chosen, v.n_chosen, rows, &error), &error);
  stop(s, &t.signatures);
  stop(all, &t.all);
  for (size_t i = 0; i < v.n_chosen; i++) {
    out->functions += mixed(v.chosen[i], 0);
    out->signatures += XXH3_64bits_withSeed(rows + i * row_bytes, row_bytes, v.chosen[i]);
  }
  for (size_t i = 0; i < ASKED; i++)
    out->exact += mixed(q->exact[i], numbers.n_there[q->n_keys + i]);
  onus_store_numbers_free(&numbers);
  free(v.seen);
  free(v.chosen);
  free(rows);
  return t;
}

static void vote_plain(const onus_buffer *answer, votes *v) {
  const uint8_t *at = (const uint8_t *)answer->bytes, *end = at + answer->length_bytes;
  while (at < end) {
    uint32_t n_there, number;
    uint64_t n = 0;
    memcpy(&n_there, at + 8, 4);
    at += 12;
    for (unsigned shift = 0, goes_on = 1; goes_on; shift += 7) {
      n |= (uint64_t)(*at & 127) << shift;
      goes_on = *at++ >> 7;
    }
    for (uint64_t i = 0; i < n; i++, at += 4) {
      memcpy(&number, at, 4);
      if (n_there <= KEY_CAP)
        vote(v, number);
    }
  }
}

static uint64_t *exact_of(const plain *p, size_t *ret_count) {
  size_t n = 0;
  uint64_t *rows = need(ASKED, 3 * sizeof *rows);
  for (size_t i = 0; i < p->n_shards; i++)
    for (size_t at = 0; at + 24 <= p->answers[i].length_bytes && n < ASKED; at += 24, n++)
      memcpy(&rows[3 * n], p->answers[i].bytes + at, 24);
  *ret_count = n;
  return rows;
}

static asked_times ask_plain(plain *p, const question *q, uint64_t n_functions, sums *out) {
  asked_times t = {0};
  votes v = {.seen = need(n_functions, 1)};
  spent all = start(), s = all;
  for (size_t i = 0; i < q->n_keys; i++)
    plain_add(p, q->wide_keys[i] % p->n_shards, &q->wide_keys[i], 8);
  plain_ask(p,
            "SELECT k, toUInt32(count()) AS n, groupArray(1000)(f) FROM plain_%zu.band WHERE k IN x GROUP BY k "
            "FORMAT RowBinary",
            "UInt64");
  stop(s, &t.keys);
  for (size_t i = 0; i < p->n_shards; i++)
    vote_plain(&p->answers[i], &v);
  s = start();
  for (size_t i = 0; i < ASKED; i++)
    plain_add(p, q->wide_exact[i] % p->n_shards, &q->wide_exact[i], 8);
  plain_ask(p,
            "SELECT h, count() AS n, uniqExact(fam) AS nf FROM plain_%zu.exact WHERE h IN x GROUP BY h "
            "FORMAT RowBinary",
            "UInt64");
  size_t n_exact;
  uint64_t *exact = exact_of(p, &n_exact);
  stop(s, &t.keys);
  s = start();
  for (size_t i = 0; i < v.n_chosen; i++)
    plain_add(p, v.chosen[i] % p->n_shards, &(uint64_t){v.chosen[i]}, 8);
  plain_ask(p, "SELECT f, prog, fam, sig FROM plain_%zu.sig WHERE f IN (SELECT toUInt32(k) FROM x) FORMAT RowBinary",
            "UInt64");
  stop(s, &t.signatures);
  stop(all, &t.all);
  for (size_t i = 0; i < v.n_chosen; i++)
    out->functions += mixed(v.chosen[i], 0);
  for (size_t i = 0; i < p->n_shards; i++)
    for (size_t at = 0; at + 76 <= p->answers[i].length_bytes; at += 76) {
      uint32_t number;
      memcpy(&number, p->answers[i].bytes + at, 4);
      out->signatures += XXH3_64bits_withSeed(p->answers[i].bytes + at + 4, 72, number);
    }
  for (size_t i = 0; i < ASKED; i++) {
    uint64_t n_there = 0;
    for (size_t k = 0; k < n_exact; k++)
      n_there = exact[3 * k] == q->wide_exact[i] ? exact[3 * k + 1] : n_there;
    out->exact += mixed(q->exact[i], n_there);
  }
  free(exact);
  free(v.seen);
  free(v.chosen);
  return t;
}

/* --- indicators --------------------------------------------------------------------------------------------------- */

enum { INDICATOR_BATCH = 4096, INDICATOR_KEY_BYTES = 40 };

typedef struct indicators {
  size_t count;
  char text[INDICATORS_ASKED][INDICATOR_KEY_BYTES];
  onus_store_key keys[INDICATORS_ASKED];
  onus_store_record records[INDICATOR_BATCH];
  uint32_t seconds[INDICATOR_BATCH]; /* of their days, which the plain client keeps */
} indicators;

static void make_key(indicators *in, size_t i, uint64_t number) {
  uint64_t bits = onus_random_bits(5, 1, number);
  int n =
      snprintf(in->text[i], INDICATOR_KEY_BYTES, "n%08" PRIx32 "-%" PRIu64 ".example", (uint32_t)(bits >> 32), number);
  in->keys[i] = (onus_store_key){in->text[i], (size_t)n};
}

/* Half as many indicators as records, some used very often. */
static uint64_t indicator_of(uint64_t record, uint64_t n_records) {
  double u = (double)(onus_random_bits(6, 1, record) >> 11) * 0x1p-53;
  return (uint64_t)((double)(n_records / 2) * pow(u, 1.6));
}

static void make_indicators(indicators *in, uint64_t first, uint64_t n_records) {
  in->count = n_records - first < INDICATOR_BATCH ? (size_t)(n_records - first) : INDICATOR_BATCH;
  for (size_t i = 0; i < in->count; i++) {
    uint64_t bits = onus_random_bits(7, 1, first + i);
    int32_t day = 16200 + (int32_t)((bits >> 20) % 3500);
    in->seconds[i] = (uint32_t)(onus_random_bits(9, 1, first + i) % DAY_S);
    make_key(in, i, indicator_of(first + i, n_records));
    in->records[i] = (onus_store_record){
        in->keys[i], {(uint32_t)(bits % 5000), (uint32_t)(bits >> 40) % 200, day, day + (int32_t)(bits >> 56), 0}};
  }
}

static void load_indicators(const char *place, uint64_t n_records, indicators *in, spent *sum) {
  onus_error error;
  onus_store_writer *writer;
  spent s = start_client();
  check(onus_store_writer_open(place, &with_room, &writer, &error), &error);
  stop_client(s, sum);
  for (uint64_t at = 0; at < n_records; at += in->count) {
    make_indicators(in, at, n_records);
    s = start_client();
    check(onus_store_put(writer, "indicator", in->records, in->count, &error), &error);
    stop_client(s, sum);
  }
  s = start_client();
  check(onus_store_seal(writer, &error), &error);
  onus_store_writer_close(writer);
  stop_client(s, sum);
}

/* How the plain client names a key: by its hash, as the trial did, or as it is. */
static void add_plain_key(plain *p, bool is_whole, onus_store_key key, size_t *ret_shard) {
  uint64_t hash = XXH3_64bits(key.bytes, key.length_bytes);
  uint8_t length = (uint8_t)key.length_bytes; /* below 128 */
  *ret_shard = hash % p->n_shards;
  plain_add(p, *ret_shard, is_whole ? (const void *)&length : &hash, is_whole ? 1 : sizeof hash);
  if (is_whole)
    plain_add(p, *ret_shard, key.bytes, key.length_bytes);
}

static void load_plain_indicators(plain *p, uint64_t n_records, bool is_whole, indicators *in, spent *sum) {
  for (uint64_t at = 0, n_waiting = 0; at < n_records;) {
    make_indicators(in, at, n_records);
    spent s = start_client();
    for (size_t i = 0; i < in->count; i++) {
      const onus_store_posting *posting = &in->records[i].posting;
      uint32_t of[3] = {posting->holder, (uint32_t)posting->first_day * DAY_S + in->seconds[i],
                        (uint32_t)posting->last_day * DAY_S + in->seconds[i]};
      uint16_t report = (uint16_t)posting->report;
      size_t shard;
      add_plain_key(p, is_whole, in->keys[i], &shard);
      plain_add(p, shard, of, sizeof of);
      plain_add(p, shard, &report, sizeof report);
    }
    at += in->count;
    n_waiting += in->count;
    if (n_waiting >= PLAIN_INDICATORS || at >= n_records) {
      plain_insert(p, is_whole ? "ind_whole" : "ind");
      n_waiting = 0;
    }
    stop_client(s, sum);
  }
}

static void make_asked(indicators *in, uint64_t round, uint64_t n_records) {
  for (size_t i = 0; i < INDICATORS_ASKED; i++) { /* half of them are not there */
    uint64_t drawn = onus_random_bits(8, round, i);
    make_key(in, i, i % 2 ? indicator_of(n_records + drawn % n_records, n_records) : n_records + drawn);
  }
}

/* *ret_sum: of the holders. */
static spent ask_indicators(const onus_store *store, const indicators *in, uint64_t *ret_sum) {
  onus_error error;
  onus_store_postings found;
  onus_store_query query = {"indicator", in->keys, INDICATORS_ASKED, AS_OF_DAY, UINT32_MAX, true};
  spent t = {0}, s = start();
  check(onus_store_look_up(store, &query, &found, &error), &error);
  stop(s, &t);
  for (size_t i = 0; i < INDICATORS_ASKED; i++)
    if (found.n_holders[i] > 0)
      *ret_sum += mixed(XXH3_64bits(in->keys[i].bytes, in->keys[i].length_bytes), found.n_holders[i]);
  onus_store_postings_free(&found);
  return t;
}

typedef struct plain_degree {
  uint64_t hash, count, holders;
} plain_degree;

static int by_hash(const void *a, const void *b) {
  uint64_t x = ((const plain_degree *)a)->hash, y = ((const plain_degree *)b)->hash;
  return (x > y) - (x < y);
}

/* Rows of hash or key, count and number of holders. */
static size_t read_degrees(const onus_buffer *answer, bool is_whole, plain_degree *rows, size_t capacity) {
  size_t n = 0, at = 0;
  while (at < answer->length_bytes && n < capacity) {
    const char *bytes = answer->bytes + at;
    size_t key_bytes = is_whole ? 1 + (size_t)(uint8_t)bytes[0] : sizeof rows->hash;
    if (is_whole)
      rows[n].hash = XXH3_64bits(bytes + 1, key_bytes - 1);
    else
      memcpy(&rows[n].hash, bytes, key_bytes);
    memcpy(&rows[n].count, bytes + key_bytes, 8);
    memcpy(&rows[n++].holders, bytes + key_bytes + 8, 8);
    at += key_bytes + 16;
  }
  return n;
}

static uint64_t sum_plain_degrees(const plain *p, bool is_whole, const indicators *in) {
  size_t n = 0;
  uint64_t sum = 0;
  plain_degree *rows = need(INDICATORS_ASKED, sizeof *rows);
  for (size_t i = 0; i < p->n_shards; i++)
    n += read_degrees(&p->answers[i], is_whole, rows + n, INDICATORS_ASKED - n);
  qsort(rows, n, sizeof *rows, by_hash);
  for (size_t i = 0; i < INDICATORS_ASKED; i++) {
    plain_degree asked = {.hash = XXH3_64bits(in->keys[i].bytes, in->keys[i].length_bytes)};
    const plain_degree *found = bsearch(&asked, rows, n, sizeof *rows, by_hash);
    if (found)
      sum += mixed(found->hash, found->holders);
  }
  free(rows);
  return sum;
}

static spent ask_plain_indicators(plain *p, bool is_whole, const indicators *in, uint64_t *ret_sum) {
  char sql[256];
  spent t = {0}, s = start();
  for (int degree = 0; degree < 2; degree++) {
    size_t shard;
    for (size_t i = 0; i < INDICATORS_ASKED; i++)
      add_plain_key(p, is_whole, in->keys[i], &shard);
    snprintf(sql, sizeof sql, "SELECT h, %s FROM plain_%%zu.%s WHERE h IN x AND fs < %d %s FORMAT RowBinary",
             degree ? "count(), uniqExact(actor)" : "actor, fs, ls, src", is_whole ? "ind_whole" : "ind",
             (AS_OF_DAY + 1) * DAY_S, degree ? "GROUP BY h" : "");
    plain_ask(p, sql, is_whole ? "String" : "UInt64");
  }
  stop(s, &t);
  *ret_sum = sum_plain_degrees(p, is_whole, in);
  return t;
}

/* --- together ----------------------------------------------------------------------------------------------------- */

/* WHOLE: the plain client with whole keys, of indicators. */
enum { OURS, PLAIN, FOLDER, PULLED, N_ENGINES, WHOLE = N_ENGINES, N_OF_INDICATORS };
static const char *const engine_names[N_OF_INDICATORS] = {"ours", "plain", "folder", "pulled", "whole"};

/* Of one copy. */
static void weigh(plain *p, const char *databases, const char *tables, double *ret_bytes, double *ret_rows) {
  char sql[256];
  *ret_bytes = *ret_rows = 0;
  snprintf(sql, sizeof sql,
           "SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND database LIKE '%s' "
           "AND match(table, '%s')",
           databases, tables);
  for (size_t node = 0; node < p->n_shards; node++) {
    double bytes = 0, rows = 0;
    plain_run(p, node, sql);
    sscanf(p->answers[node].bytes, "%lf %lf", &bytes, &rows);
    *ret_bytes += bytes / 2;
    *ret_rows += rows / 2;
  }
}

typedef struct bench {
  plain plain;
  char cluster[1024], folder[4096], pulled[4096];
  onus_store *stores[N_ENGINES];
  size_t rounds;
} bench;

/* Until the nodes have merged what they merge by themselves, or a minute has passed. What they have spent since
 * `nodes_s` is added to `load`. */
static double settle(bench *b, double nodes_s, spent *load) {
  for (unsigned i = 0; i < 120; i++) {
    bool is_busy = false;
    for (size_t node = 0; node < b->plain.n_shards; node++) {
      plain_run(&b->plain, node, "SELECT count() FROM system.merges");
      is_busy |= b->plain.answers[node].length_bytes > 0 && b->plain.answers[node].bytes[0] != '0';
    }
    if (!is_busy && i > 2)
      break;
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
  }
  double now_s = cpu_of_nodes();
  load->cpu_s += now_s - nodes_s;
  return now_s;
}

static void print_medians(const char *engine, const char *what, const spent *times, size_t n) {
  double values[ROUNDS_MAX];
  for (size_t i = 0; i < n; i++)
    values[i] = times[i].clock_s;
  printf(", \"%s_%s_ms\": %.4f", engine, what, 1e3 * median(values, n));
  double cpu = 0; /* of ticks of 10 ms: the mean */
  for (size_t i = 0; i < n; i++)
    cpu += times[i].cpu_s / (double)n;
  printf(", \"%s_%s_cpu_ms\": %.4f", engine, what, 1e3 * cpu);
}

static void print_load(const char *engine, const char *what, spent load) {
  printf(", \"%s_%s_load_s\": %.4f, \"%s_%s_load_cpu_s\": %.4f", engine, what, load.clock_s, engine, what, load.cpu_s);
}

static void open_stores(bench *b, const char *what) {
  onus_error error;
  onus_store_pulled pulled;
  spent pull = {0}, s = start();
  check(onus_store_pull(b->cluster, b->pulled, NULL, NULL, &pulled, &error), &error);
  stop(s, &pull);
  print_load("pulled", what, pull);
  const char *places[N_ENGINES] = {b->cluster, NULL, b->folder, b->pulled};
  for (size_t e = 0; e < N_ENGINES; e++)
    if (places[e])
      check(onus_store_open(places[e], &b->stores[e], &error), &error);
  onus_store_description description;
  check(onus_store_describe(b->stores[FOLDER], false, &description, &error), &error);
  printf(", \"folder_%s_bytes\": %.0f", what, (double)description.n_bytes);
  onus_store_description_free(&description);
}

static void close_stores(bench *b) {
  for (size_t e = 0; e < N_ENGINES; e++)
    if (b->stores[e])
      onus_store_close(b->stores[e]);
  memset(b->stores, 0, sizeof b->stores);
}

static void print_weights(bench *b, const char *what, const char *plain_tables) {
  double bytes, rows;
  weigh(&b->plain, what, "block", &bytes, &rows);
  printf(", \"ours_%s_bytes\": %.0f, \"ours_%s_rows\": %.0f", what, bytes, what, rows);
  weigh(&b->plain, "plain%", plain_tables, &bytes, &rows);
  printf(", \"plain_%s_bytes\": %.0f, \"plain_%s_rows\": %.0f", what, bytes, what, rows);
}

static void run_functions(bench *b, uint64_t n_functions) {
  functions *f = need(1, sizeof *f);
  spent loads[N_ENGINES] = {{0}};
  double nodes_s = cpu_of_nodes();
  load_functions(b->cluster, n_functions, f, &loads[OURS]);
  nodes_s = settle(b, nodes_s, &loads[OURS]);
  load_plain_functions(&b->plain, n_functions, f, &loads[PLAIN]);
  settle(b, nodes_s, &loads[PLAIN]);
  load_functions(b->folder, n_functions, f, &loads[FOLDER]);
  free(f);
  for (size_t e = 0; e <= FOLDER; e++)
    print_load(engine_names[e], "functions", loads[e]);
  open_stores(b, "functions");
  print_weights(b, "functions", "band|exact|sig");
  static asked_times times[N_ENGINES][ROUNDS_MAX];
  question *q = need(1, sizeof *q);
  for (size_t round = 0; round < b->rounds + 1; round++) { /* one to warm up */
    sums found[N_ENGINES] = {{0}};
    make_question(q, round, n_functions);
    for (size_t e = 0; e < N_ENGINES; e++)
      times[e][round == 0 ? 0 : round - 1] = e == PLAIN ? ask_plain(&b->plain, q, n_functions, &found[e])
                                                        : ask_ours(b->stores[e], q, n_functions, &found[e]);
    for (size_t e = 1; e < N_ENGINES; e++)
      if (memcmp(&found[0], &found[e], sizeof found[0]) != 0)
        fail("the answers about functions differ");
  }
  free(q);
  for (size_t e = 0; e < N_ENGINES; e++) {
    spent parts[3][ROUNDS_MAX];
    for (size_t r = 0; r < b->rounds; r++) {
      parts[0][r] = times[e][r].all;
      parts[1][r] = times[e][r].keys;
      parts[2][r] = times[e][r].signatures;
    }
    static const char *const names[] = {"batch", "keys", "signatures"};
    for (size_t i = 0; i < 3; i++)
      print_medians(engine_names[e], names[i], parts[i], b->rounds);
  }
  close_stores(b);
}

static void run_indicators(bench *b, uint64_t n_records) {
  indicators *in = need(1, sizeof *in);
  spent loads[N_OF_INDICATORS] = {{0}};
  double nodes_s = cpu_of_nodes();
  load_indicators(b->cluster, n_records, in, &loads[OURS]);
  nodes_s = settle(b, nodes_s, &loads[OURS]);
  load_plain_indicators(&b->plain, n_records, false, in, &loads[PLAIN]);
  nodes_s = settle(b, nodes_s, &loads[PLAIN]);
  load_plain_indicators(&b->plain, n_records, true, in, &loads[WHOLE]);
  settle(b, nodes_s, &loads[WHOLE]);
  load_indicators(b->folder, n_records, in, &loads[FOLDER]);
  for (size_t e = 0; e <= FOLDER; e++)
    print_load(engine_names[e], "indicators", loads[e]);
  print_load(engine_names[WHOLE], "indicators", loads[WHOLE]);
  open_stores(b, "indicators");
  print_weights(b, "indicators", "^ind$");
  double bytes, rows;
  weigh(&b->plain, "plain%", "ind_whole", &bytes, &rows);
  printf(", \"whole_indicators_bytes\": %.0f", bytes);
  static spent times[N_OF_INDICATORS][ROUNDS_MAX];
  for (size_t round = 0; round < b->rounds + 1; round++) {
    uint64_t found[N_OF_INDICATORS] = {0};
    make_asked(in, round, n_records);
    for (size_t e = 0; e < N_OF_INDICATORS; e++)
      times[e][round == 0 ? 0 : round - 1] = e == PLAIN || e == WHOLE
                                                 ? ask_plain_indicators(&b->plain, e == WHOLE, in, &found[e])
                                                 : ask_indicators(b->stores[e], in, &found[e]);
    for (size_t e = 1; e < N_OF_INDICATORS; e++)
      if (found[e] != found[0])
        fail("the answers about indicators differ");
  }
  free(in);
  for (size_t e = 0; e < N_OF_INDICATORS; e++)
    print_medians(engine_names[e], "indicators", times[e], b->rounds);
  close_stores(b);
}

static void set_places(bench *b, const char *place, const char *folder, const char *what) {
  snprintf(b->cluster, sizeof b->cluster, "%s%s", place, what);
  snprintf(b->folder, sizeof b->folder, "%s/%s", folder, what);
  snprintf(b->pulled, sizeof b->pulled, "%s/%s-pulled", folder, what);
}

int main(int argc, char **argv) {
  const char *password = getenv("ONUS_CLICKHOUSE_PASSWORD_FILE");
  if (argc < 7 || !password)
    fail("PLACE FOLDER FUNCTIONS INDICATORS ROUNDS PID..., and ONUS_CLICKHOUSE_PASSWORD_FILE");
  static bench b;
  uint64_t n_functions = strtoull(argv[3], NULL, 10), n_indicators = strtoull(argv[4], NULL, 10);
  b.rounds = strtoul(argv[5], NULL, 10);
  node_pids = argv + 6;
  n_node_pids = (size_t)argc - 6;
  if (b.rounds == 0 || b.rounds > ROUNDS_MAX)
    fail("ROUNDS from 1 to 100");
  plain_open(&b.plain, argv[1], password);
  plain_create(&b.plain);
  printf("{\"functions\": %" PRIu64 ", \"indicators\": %" PRIu64, n_functions, n_indicators);
  if (n_functions > 0) {
    set_places(&b, argv[1], argv[2], "functions");
    run_functions(&b, n_functions);
  }
  if (n_indicators > 0) {
    set_places(&b, argv[1], argv[2], "indicators");
    run_indicators(&b, n_indicators);
  }
  printf("}\n");
  plain_close(&b.plain);
  return 0;
}
