/* Functions of system libraries that never come back to their caller. */
#include "code/discover_internal.h"

#include <stdlib.h>

static const char *const never_return[] = {
    "ExitProcess",
    "ExitThread",
    "FatalAppExitA",
    "FatalAppExitW",
    "FatalExit",
    "FreeLibraryAndExitThread",
    "RtlExitUserProcess",
    "RtlExitUserThread",
    "RtlRaiseException",
    "RtlRaiseStatus",
    "_CxxThrowException",
    "_Exit",
    "_Unwind_Resume",
    "_ZSt10unexpectedv",
    "_ZSt9terminatev",
    "__assert",
    "__assert_fail",
    "__assert_perror_fail",
    "__assert_rtn",
    "__chk_fail",
    "__cxa_bad_cast",
    "__cxa_bad_typeid",
    "__cxa_call_unexpected",
    "__cxa_pure_virtual",
    "__cxa_rethrow",
    "__cxa_throw",
    "__cxa_throw_bad_array_new_length",
    "__fortify_fail",
    "__longjmp_chk",
    "__stack_chk_fail",
    "_amsg_exit",
    "_assert",
    "_exit",
    "_invalid_parameter_noinfo_noreturn",
    "_invoke_watson",
    "_longjmp",
    "_wassert",
    "abort",
    "err",
    "errx",
    "exit",
    "longjmp",
    "pthread_exit",
    "quick_exit",
    "siglongjmp",
    "terminate",
    "thrd_exit",
    "verr",
    "verrx",
};

static int compare(const void *key, const void *element) {
  return strcmp(key, *(const char *const *)element);
}

bool onus_import_returns(const char *name) {
  const char *plain = name;
  if (bsearch(plain, never_return, sizeof never_return / sizeof *never_return, sizeof *never_return, compare))
    return false;
  if (strncmp(name, "_ZSt", 4) == 0 && strstr(name, "__throw_"))
    return false; /* std::__throw_length_error and its kin */
  if (strncmp(name, "?terminate@@", 12) == 0 || strncmp(name, "?_Xlength_error@", 16) == 0 ||
      strncmp(name, "?_Xout_of_range@", 16) == 0 || strncmp(name, "?_Xbad_alloc@", 13) == 0)
    return false;
  return true;
}
