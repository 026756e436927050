/* libonus-verify: this file in place of all that libonus has beyond it. */
#include "verify/verification.h"

onus_status onus_case_verify(const char *folder, const onus_verify_options *options,
                             onus_verification **ret_verification, onus_error *error) {
  return onus_verification_make(folder, options, ret_verification, error);
}
