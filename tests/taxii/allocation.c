/* Memory that runs out while a collection is pulled or pushed, at every place in turn; the network is simulated. As
 * tests/store/allocation.c. */
#include <unistd.h>

#include "simulated.h"

#include "../allocation/wrapped_heap.h"

#define FAULT(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

static char output[128], bundle[128], state[160];
static simulated server;

static onus_status pull(onus_error *error) {
  server = (simulated){.n_objects = 20, .n_same = 3};
  onus_taxii_client client = simulated_client(&server, 1);
  onus_transfer *t = simulated_transfer(ONUS_TRANSFER_PULL, output);
  onus_taxii_filters filters = {.added_after = "2023-01-01", .type = "malware"};
  onus_status status = t ? onus_taxii_pull_by(&client, t, "C", &filters, 8, error) : ONUS_FAIL_NO_MEMORY(error);
  if (status == ONUS_OK && t->n_objects != 20)
    FAULT("%zu objects pulled rather than 20", t->n_objects);
  onus_text text;
  if (status == ONUS_OK && (status = onus_transfer_render(t, ONUS_FORMAT_JSON, NULL, &text, error)) == ONUS_OK)
    onus_text_free(&text);
  onus_transfer_free(t);
  snprintf(state, sizeof state, "%s.pull", output);
  unlink(state);
  return status;
}

/* Two runs: the second goes on where the first was broken off. */
static onus_status push(onus_error *error) {
  server = (simulated){.is_pending = true, .stored = {[3] = 1}};
  onus_status status = ONUS_OK;
  for (int run = 0; run < 2 && status == ONUS_OK; run++) {
    server.share_broken = run == 0 ? 0.4 : 0;
    server.seed = 5;
    onus_error why = {0};
    onus_taxii_client client = simulated_client(&server, 2);
    onus_transfer *t = simulated_transfer(ONUS_TRANSFER_PUSH, bundle);
    status = t ? onus_taxii_push_by(&client, t, "C", NULL, 8, &why) : ONUS_FAIL_NO_MEMORY(&why);
    if (status == ONUS_OK && t->n_accepted != 20)
      FAULT("%zu objects accepted rather than 20", t->n_accepted);
    onus_text text;
    if (status == ONUS_OK && (status = onus_transfer_render(t, ONUS_FORMAT_TEXT, NULL, &text, &why)) == ONUS_OK)
      onus_text_free(&text);
    onus_transfer_free(t);
    if (run == 0 && status == ONUS_IO)
      status = ONUS_OK; /* as it was meant to */
    if (status != ONUS_OK)
      *error = why;
  }
  snprintf(state, sizeof state, "%s.push", bundle);
  unlink(state);
  return status;
}

static onus_status list(onus_error *error) {
  server = (simulated){0};
  onus_taxii_client client = simulated_client(&server, 1);
  onus_transfer *t = simulated_transfer(ONUS_TRANSFER_LIST, NULL);
  onus_status status = t ? onus_taxii_find_all(&client, t, error) : ONUS_FAIL_NO_MEMORY(error);
  onus_text text;
  if (status == ONUS_OK && (status = onus_transfer_render(t, ONUS_FORMAT_TEXT, NULL, &text, error)) == ONUS_OK)
    onus_text_free(&text);
  onus_transfer_free(t);
  return status;
}

static void sweep(const char *name, onus_status (*call)(onus_error *error)) {
  unsigned long n = 1, n_failures = 0;
  for (int keeps_failing = 0; keeps_failing < 2; keeps_failing++) {
    for (n = 1;; n++) {
      onus_error error = {0};
      long before = heap.n_live;
      heap.n_requests = 0;
      heap.fail_at = n;
      heap.keeps_failing = keeps_failing;
      heap.has_failed = false;
      onus_status status = call(&error);
      heap.fail_at = 0;
      if (heap.n_live != before)
        FAULT("%s: %ld blocks leaked with request %lu refused", name, heap.n_live - before, n);
      if (status != ONUS_OK && (status != ONUS_NO_MEMORY || error.status != status || !heap.has_failed))
        FAULT("%s: %s (%s) with request %lu refused", name, onus_status_name(status), error.text, n);
      n_failures += status != ONUS_OK;
      if (!heap.has_failed)
        break;
    }
  }
  printf("%s: %lu requests, %lu failures\n", name, n - 1, n_failures);
}

int main(void) {
  char folder[] = "/tmp/onus-taxii-XXXXXX";
  if (!mkdtemp(folder))
    return 2;
  snprintf(output, sizeof output, "%s/out.json", folder);
  snprintf(bundle, sizeof bundle, "%s/in.json", folder);
  if (!simulated_bundle(bundle, 20))
    return 2;
  sweep("list", list);
  sweep("pull", pull);
  sweep("push", push);
  unlink(output);
  unlink(bundle);
  rmdir(folder);
  return 0;
}
