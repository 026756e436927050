/* Two clocks: what the calendar says, and one that never jumps. */
#ifndef ONUS_SERVER_CLOCK_H
#define ONUS_SERVER_CLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { ONUS_TIME_TEXT_BYTES = 40 };

int64_t onus_clock_now_us(void);    /* since 1970, UTC; may jump */
int64_t onus_clock_steady_us(void); /* for spans */

/* "2014-12-22T15:04:05.000006Z" */
void onus_clock_text(int64_t time_us, char text[ONUS_TIME_TEXT_BYTES]);

#endif
