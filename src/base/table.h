/* Names to numbers: a hash table from strings to indices, for ids. */
#ifndef ONUS_BASE_TABLE_H
#define ONUS_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct onus_table onus_table;

#define ONUS_NONE ((size_t)-1)

/* NULL without memory. */
onus_table *onus_table_new(void);
void onus_table_free(onus_table *table);

/* Adds `key` (borrowed: it must outlive the table). False without memory. A key that is there already keeps its value;
 * ask onus_table_get first. */
bool onus_table_put(onus_table *table, const char *key, size_t value);

/* The value of `key`, ONUS_NONE when it is not there. */
size_t onus_table_get(const onus_table *table, const char *key);

#endif
