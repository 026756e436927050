/* A program that shares no function with sample.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct body {
  double place[3], speed[3], mass;
};

double distance(const struct body *a, const struct body *b) {
  double sum = 0;
  for (int i = 0; i < 3; i++)
    sum += (a->place[i] - b->place[i]) * (a->place[i] - b->place[i]);
  return sqrt(sum);
}

void attract(struct body *bodies, int n, double step) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < n; k++) {
      double r = distance(&bodies[i], &bodies[k]);
      for (int axis = 0; axis < 3 && r > 1e-9; axis++)
        bodies[i].speed[axis] += step * bodies[k].mass * (bodies[k].place[axis] - bodies[i].place[axis]) / (r * r * r);
    }
}

void move(struct body *bodies, int n, double step) {
  for (int i = 0; i < n; i++)
    for (int axis = 0; axis < 3; axis++)
      bodies[i].place[axis] += step * bodies[i].speed[axis];
}

long collatz(unsigned long n) {
  long steps = 0;
  while (n > 1) {
    n = n % 2 == 0 ? n / 2 : 3 * n + 1;
    steps++;
  }
  return steps;
}

void life(unsigned char *cells, unsigned char *next, int width, int height) {
  for (int y = 1; y < height - 1; y++)
    for (int x = 1; x < width - 1; x++) {
      int n = 0;
      for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
          n += (dx || dy) && cells[(y + dy) * width + x + dx];
      next[y * width + x] = n == 3 || (n == 2 && cells[y * width + x]);
    }
}

int main(int count, char **words) {
  struct body bodies[2] = {{{0}, {0}, 1}, {{1, 0, 0}, {0, 1, 0}, 1e-3}};
  static unsigned char cells[64 * 64], next[64 * 64];
  cells[70] = cells[71] = cells[72] = 1;
  for (int i = 0; i < count * 10; i++) {
    attract(bodies, 2, 0.01);
    move(bodies, 2, 0.01);
    life(cells, next, 64, 64);
  }
  printf("%.3f %ld %d\n", bodies[1].place[0], collatz(count > 1 ? strtoul(words[1], NULL, 10) : 27), next[70]);
  return 0;
}
