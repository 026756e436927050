/* How far a share that was counted can be trusted. */
#ifndef ONUS_BASE_SHARE_H
#define ONUS_BASE_SHARE_H

/* Wilson's interval of the share `hits` of `count` (> 0): the shares from which what was counted is at most `z`
 * standard deviations away. z is 1.644854 for 90 %, 1.959964 for 95 %. */
void onus_share_interval(double hits, double count, double z, double *ret_low, double *ret_high);

#endif
