#include "base/error.h"

const char *onus_status_name(onus_status status) {
  switch (status) {
  case ONUS_OK:
    return "ok";
  case ONUS_BAD_INPUT:
    return "bad input";
  case ONUS_BAD_ARGUMENT:
    return "bad argument";
  case ONUS_LIMIT:
    return "over a limit";
  case ONUS_IO:
    return "read or write failed";
  case ONUS_NO_MEMORY:
    return "no memory";
  case ONUS_UNSUPPORTED:
    return "not supported";
  case ONUS_CANCELLED:
    return "cancelled";
  case ONUS_INTERNAL:
    return "internal error";
  }
  return "unknown status";
}
