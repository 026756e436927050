/* Who is one actor. The data are small copies of what sources really say about each other's names; a union of all that
 * share a name would make two or three actors of them. */
#include "reference/test_reference_internal.h"

/* "mitre G1 + maltrail x | mitre G2": actors by their entries. */
static char *actors_of(test_reference *t) {
  static char text[4096];
  test_seal(t);
  test_open(t);
  text[0] = '\0';
  for (size_t i = 0; i < t->catalogue->n_actors; i++)
    for (size_t k = 0; k < t->catalogue->actors[i].n_entries; k++) {
      const onus_entry *entry = &t->catalogue->entries[t->catalogue->actors[i].entries[k]];
      size_t length = strlen(text);
      snprintf(text + length, sizeof text - length, "%s%s", k > 0 ? "+" : i > 0 ? " " : "", entry->upstream_id);
    }
  return text;
}

static void test_equal_names_of_two_sources_are_one(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  test_actor(&t, "mitre", "G0032", "Lazarus Group", NULL);
  test_actor(&t, "mitre", "G0034", "Sandworm Team", NULL);
  test_actor(&t, "maltrail", "lazarus", "lazarus", NULL);
  test_actor(&t, "maltrail", "sandworm", "sandworm", NULL);
  test_actor(&t, "misp", "u1", "LAZARUS-GROUP", NULL);
  test_actor(&t, "misp", "u2", "Team", NULL); /* nothing would be left */
  assert_string_equal(actors_of(&t), "G0032+lazarus+u1 G0034+sandworm u2");
  assert_string_equal(t.catalogue->actors[0].name, "Lazarus Group");
  test_end(&t);
}

static void test_a_name_that_one_lists_joins_nothing(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  test_actor(&t, "mitre", "G0067", "APT37", TEST_NAMES("Reaper", "ScarCruft"));
  test_actor(&t, "maltrail", "reaper", "reaper", NULL);
  test_actor(&t, "maltrail", "scarcruft", "scarcruft", NULL);
  assert_string_equal(actors_of(&t), "G0067 reaper scarcruft");
  test_end(&t);
}

static void test_sources_that_list_each_other_agree(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  test_actor(&t, "mitre", "G0099", "APT-C-36", TEST_NAMES("Blind Eagle"));
  test_actor(&t, "maltrail", "blindeagle", "blindeagle", TEST_NAMES("apt-c-36", "aguilaciega"));
  assert_string_equal(actors_of(&t), "G0099+blindeagle");
  test_end(&t);
}

/* apt36 is a name of two lists of maltrail, and of one group elsewhere. */
static void test_a_name_that_a_source_gives_twice_joins_nothing(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  test_actor(&t, "maltrail", "blindeagle", "blindeagle", TEST_NAMES("apt36"));
  test_actor(&t, "maltrail", "transparenttribe", "transparenttribe", TEST_NAMES("apt36"));
  test_actor(&t, "ms", "m1", "apt36", TEST_NAMES("blindeagle", "transparenttribe"));
  assert_string_equal(actors_of(&t), "blindeagle transparenttribe m1");
  uint32_t *actors;
  size_t n;
  TEST_OK(onus_reference_find_actors(t.reference, "APT 36", &actors, &n, error));
  assert_int_equal(n, 3); /* all of them stay to be seen */
  free(actors);
  test_end(&t);
}

static void test_two_entries_of_a_source_stay_two(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  /* "Kimsuky" and "APT43" are one to MITRE; MISP holds them apart. */
  test_actor(&t, "mitre", "G0094", "Kimsuky", TEST_NAMES("APT43"));
  test_actor(&t, "misp", "u1", "Kimsuky", TEST_NAMES("APT43"));
  test_actor(&t, "misp", "u2", "APT43", TEST_NAMES("Kimsuky"));
  test_actor(&t, "misp", "u3", "kimsuky", NULL);
  /* Two primary names of one source are equal: whom of them MITRE means nobody can tell. */
  assert_string_equal(actors_of(&t), "G0094 u1 u2 u3");
  test_end(&t);
  /* Through others neither: a–b and b–c would put a and c of one source together. */
  test_write(&t);
  test_actor(&t, "one", "a", "Alpha", TEST_NAMES("Beta"));
  test_actor(&t, "two", "b", "Alpha", TEST_NAMES("Gamma"));
  test_actor(&t, "one", "c", "Gamma", TEST_NAMES("Alpha-2"));
  test_actor(&t, "three", "d", "Gamma", TEST_NAMES("Alpha"));
  assert_string_equal(actors_of(&t), "a+b c+d");
  test_end(&t);
}

static void test_an_upstream_id_is_enough(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  test_actor(&t, "mitre", "G0032", "Lazarus Group", NULL);
  test_actor(&t, "vendor", "v1", "Diamond Sleet", TEST_NAMES("G0032"));
  test_actor(&t, "maltrail", "45", "45", NULL);
  test_actor(&t, "other", "o1", "Something", TEST_NAMES("45")); /* a plain name, not an id */
  assert_string_equal(actors_of(&t), "G0032+v1 45 o1");
  test_end(&t);
  test_write(&t);
  test_actor(&t, "mitre", "G0032", "Lazarus Group", NULL);
  test_actor(&t, "vendor", "v1", "Diamond Sleet", TEST_NAMES("G0032"));
  test_actor(&t, "vendor", "v2", "Onyx Sleet", TEST_NAMES("G0032"));
  assert_string_equal(actors_of(&t), "G0032 v1 v2");
  test_end(&t);
}

/* What plain union makes of these: Lazarus, Kimsuky, APT37 and Machete in one; APT41, Sidewinder, Patchwork in one. */
static void test_the_wrong_merges_do_not_happen(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  test_actor(&t, "mitre", "G0032", "Lazarus Group", TEST_NAMES("Labyrinth Chollima", "HIDDEN COBRA", "ZINC"));
  test_actor(&t, "mitre", "G0094", "Kimsuky", TEST_NAMES("Black Banshee", "Velvet Chollima", "THALLIUM"));
  test_actor(&t, "mitre", "G0067", "APT37", TEST_NAMES("InkySquid", "ScarCruft", "Group123"));
  test_actor(&t, "mitre", "G0095", "Machete", TEST_NAMES("APT-C-43", "El Machete"));
  test_actor(&t, "mitre", "G0096", "APT41", TEST_NAMES("Wicked Panda", "BARIUM"));
  test_actor(&t, "mitre", "G0121", "Sidewinder", TEST_NAMES("T-APT-04", "Rattlesnake"));
  test_actor(&t, "mitre", "G0040", "Patchwork", TEST_NAMES("Hangover Group", "Dropping Elephant"));
  test_actor(&t, "maltrail", "lazarus", "lazarus", TEST_NAMES("hidden cobra", "zinc", "group123", "black banshee"));
  test_actor(&t, "maltrail", "kimsuky", "kimsuky", TEST_NAMES("black banshee", "apt43", "apt-c-43", "hidden cobra"));
  test_actor(&t, "maltrail", "reaper", "reaper", TEST_NAMES("apt37", "group123", "kimsuky", "scarcruft"));
  test_actor(&t, "maltrail", "machete", "machete", TEST_NAMES("apt-c-43", "apt43"));
  test_actor(&t, "maltrail", "wickedpanda", "wickedpanda", TEST_NAMES("apt41", "barium", "rattlesnake"));
  test_actor(&t, "maltrail", "sidewinder", "sidewinder", TEST_NAMES("rattlesnake", "hangover", "apt41"));
  test_actor(&t, "maltrail", "patchwork", "patchwork", TEST_NAMES("dropping elephant", "hangover", "sidewinder"));
  /* wickedpanda and APT41 list each other, but maltrail calls sidewinder apt41 too: they stay apart. */
  assert_string_equal(actors_of(&t), "G0032+lazarus G0094+kimsuky G0067 G0095+machete G0096 G0121+sidewinder "
                                     "G0040+patchwork reaper wickedpanda");
  onus_name_conflict *conflicts;
  size_t n, n_apt41 = 0;
  TEST_OK(onus_reference_conflicts(t.reference, &conflicts, &n, error));
  for (size_t i = 0; i < n; i++)
    if (strcasecmp(conflicts[i].name, "apt41") == 0)
      n_apt41 = conflicts[i].n_actors;
  assert_int_equal(n_apt41, 3);
  assert_true(n >= 8);
  free(conflicts);
  test_end(&t);
}

static void test_campaigns_are_no_actors(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  test_actor(&t, "mitre", "G1", "Alpha", NULL);
  test_campaign(&t, "other", "Alpha");
  assert_string_equal(actors_of(&t), "G1");
  assert_int_equal(t.catalogue->entries[1].actor, ONUS_NO_NUMBER);
  test_end(&t);
}

static void test_names_that_are_near_are_told(void **state) {
  (void)state;
  test_reference t = {0};
  test_write(&t);
  test_actor(&t, "mitre", "G0032", "Lazarus Group", TEST_NAMES("HIDDEN COBRA"));
  test_actor(&t, "mitre", "G0007", "APT28", NULL);
  test_seal(&t);
  test_open(&t);
  const char *near[ONUS_NEAR_NAMES];
  assert_int_equal(onus_reference_near_names(t.reference, "lazarus", near), 1);
  assert_string_equal(near[0], "Lazarus Group");
  assert_int_equal(onus_reference_near_names(t.reference, "hiden cobra", near), 1);
  assert_string_equal(near[0], "HIDDEN COBRA");
  assert_int_equal(onus_reference_near_names(t.reference, "APT29", near), 1);
  assert_int_equal(onus_reference_near_names(t.reference, "entirely different", near), 0);
  uint32_t *actors;
  size_t n;
  TEST_OK(onus_reference_find_actors(t.reference, "g0007", &actors, &n, error));
  assert_int_equal(n, 1);
  assert_int_equal(actors[0], 1);
  free(actors);
  TEST_OK(onus_reference_find_actors(t.reference, "--", &actors, &n, error));
  assert_int_equal(n, 0);
  free(actors);
  test_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_equal_names_of_two_sources_are_one),
      cmocka_unit_test(test_a_name_that_one_lists_joins_nothing),
      cmocka_unit_test(test_sources_that_list_each_other_agree),
      cmocka_unit_test(test_a_name_that_a_source_gives_twice_joins_nothing),
      cmocka_unit_test(test_two_entries_of_a_source_stay_two),
      cmocka_unit_test(test_an_upstream_id_is_enough),
      cmocka_unit_test(test_the_wrong_merges_do_not_happen),
      cmocka_unit_test(test_campaigns_are_no_actors),
      cmocka_unit_test(test_names_that_are_near_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
