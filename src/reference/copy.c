#include "reference/copy.h"

#include <stdlib.h>
#include <string.h>

void onus_copied_free(onus_copied *copied) {
  if (!copied)
    return;
  free(copied->from);
  free(copied->into);
  free(copied);
}

bool onus_copied_has_changed(const onus_copied *copied) {
  return copied->pulled.has_changed;
}

static onus_status new_copied(const char *from, const char *into, onus_copied **ret_copied, onus_error *error) {
  onus_copied *copied = calloc(1, sizeof *copied);
  if (copied) {
    copied->from = strdup(from);
    copied->into = strdup(into);
  }
  if (!copied || !copied->from || !copied->into) {
    onus_copied_free(copied);
    return ONUS_FAIL_NO_MEMORY(error);
  }
  *ret_copied = copied;
  return ONUS_OK;
}

onus_status onus_reference_pull(const char *location, const char *folder, onus_progress *progress,
                                void *progress_context, onus_copied **ret_copied, onus_error *error) {
  onus_copied *copied;
  ONUS_TRY(new_copied(location, folder, &copied, error));
  onus_status status = onus_store_pull(location, folder, progress, progress_context, &copied->pulled, error);
  if (status != ONUS_OK)
    onus_copied_free(copied);
  else
    *ret_copied = copied;
  return status;
}
