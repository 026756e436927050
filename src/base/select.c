#include "base/select.h"

enum { PARTS_MAX = 24 };

static void swap(uint64_t *a, uint64_t *b) {
  uint64_t x = *a;
  *a = *b;
  *b = x;
}

/* Lets one of a heap sink to where it belongs; the greatest stands first. */
static void sift_down(uint64_t *heap, size_t n, size_t at) {
  for (;;) {
    size_t greatest = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++)
      greatest = heap[child] > heap[greatest] ? child : greatest;
    if (greatest == at)
      return;
    swap(&heap[at], &heap[greatest]);
    at = greatest;
  }
}

static void select_by_heap(uint64_t *numbers, size_t n, size_t n_wanted) {
  for (size_t at = n_wanted / 2; at-- > 0;)
    sift_down(numbers, n_wanted, at);
  for (size_t i = n_wanted; i < n; i++)
    if (numbers[i] < numbers[0]) {
      swap(&numbers[0], &numbers[i]);
      sift_down(numbers, n_wanted, 0);
    }
}

/* Those less than the last one go to the front, without branches. Returns where it stands then, behind them. */
static size_t part(uint64_t *numbers, size_t begin, size_t end) {
  size_t at = begin;
  uint64_t pivot = numbers[end - 1];
  for (size_t i = begin; i < end - 1; i++) {
    uint64_t number = numbers[i];
    numbers[i] = numbers[at];
    numbers[at] = number;
    at += number < pivot;
  }
  swap(&numbers[at], &numbers[end - 1]);
  return at;
}

void onus_select_least(uint64_t *numbers, size_t n, size_t n_wanted) {
  size_t begin = 0, end = n;
  for (unsigned round = 0; begin < n_wanted && n_wanted < end; round++) {
    if (round == PARTS_MAX) { /* more than ever needed, but for numbers that are in order, or the same */
      select_by_heap(numbers + begin, end - begin, n_wanted - begin);
      return;
    }
    size_t at = part(numbers, begin, end);
    if (at < n_wanted)
      begin = at + 1;
    else
      end = at;
  }
}
