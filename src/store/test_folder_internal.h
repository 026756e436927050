/* A folder for one test, under TMPDIR, gone afterwards. */
#ifndef ONUS_STORE_TEST_FOLDER_INTERNAL_H
#define ONUS_STORE_TEST_FOLDER_INTERNAL_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void test_folder_remove(const char *folder) {
  DIR *listing = opendir(folder);
  for (const struct dirent *entry = listing ? readdir(listing) : NULL; entry; entry = readdir(listing)) {
    char path[4096];
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path)
      unlink(path);
  }
  if (listing)
    closedir(listing);
  rmdir(folder);
}

/* Writes the path to `out` of 512 bytes. */
static inline void test_folder_make(char *out) {
  const char *root = getenv("TMPDIR");
  if (snprintf(out, 512, "%s/onus-store-XXXXXX", root && root[0] ? root : "/tmp") >= 512 || !mkdtemp(out)) {
    perror("a folder for the test");
    exit(1);
  }
}

static inline size_t test_folder_count(const char *folder, const char *part_of_name) {
  size_t count = 0;
  DIR *listing = opendir(folder);
  for (const struct dirent *entry = listing ? readdir(listing) : NULL; entry; entry = readdir(listing))
    count += strstr(entry->d_name, part_of_name) != NULL;
  if (listing)
    closedir(listing);
  return count;
}

#endif
