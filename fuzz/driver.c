/* Replays files through a fuzzer, without libFuzzer: each argument is a file, or a folder of files. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_replayed;

static void replay_file(const char *path, FILE *file) {
  uint8_t *bytes = NULL;
  size_t size = 0, capacity = 0, got = 0;
  do {
    size += got;
    if (size == capacity) {
      capacity = capacity == 0 ? 4096 : 2 * capacity;
      uint8_t *grown = realloc(bytes, capacity);
      if (grown == NULL)
        abort();
      bytes = grown;
    }
    got = fread(bytes + size, 1, capacity - size, file);
  } while (got > 0);
  fprintf(stderr, "%s: %zu bytes\n", path, size);
  /* In a block of its very size, so that reading beyond it shows. */
  uint8_t *exact = malloc(size > 0 ? size : 1);
  if (exact == NULL)
    abort();
  if (size > 0)
    memcpy(exact, bytes, size);
  free(bytes);
  LLVMFuzzerTestOneInput(exact, size);
  free(exact);
  n_replayed++;
}

static int replay(const char *path) {
  DIR *folder = opendir(path);
  if (folder == NULL) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
      perror(path);
      return 1;
    }
    replay_file(path, file);
    fclose(file);
    return 0;
  }
  int status = 0;
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    char inside[4096];
    int length = snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
    if (entry->d_name[0] != '.' && length > 0 && (size_t)length < sizeof inside)
      status |= replay(inside);
  }
  closedir(folder);
  return status;
}

int main(int argc, char **argv) {
  int status = 0;
  for (int i = 1; i < argc; i++)
    status |= replay(argv[i]);
  printf("%zu inputs replayed\n", n_replayed);
  return status != 0 || n_replayed == 0;
}
