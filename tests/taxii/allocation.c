/* Memory that runs out while a collection is pulled or pushed, at every place in turn; the network is simulated. As
 * tests/store/allocation.c. */
#include <unistd.h>

#include "simulated.h"

#include "../allocation/sweep_call.h"

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
