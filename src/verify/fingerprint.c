/* The fingerprint of a key in words that two people can read to each other: each of the 256 words stands for a byte. */
#include "verify/fingerprint.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const char *const WORDS[256] = {
    "acid",   "acorn",  "adobe",  "agent",  "album",  "alley",   "amber",  "anchor",  "angle",  "apple",  "apron",
    "arena",  "armor",  "arrow",  "atlas",  "attic",  "bacon",   "badge",  "bagel",   "banjo",  "barn",   "basil",
    "beach",  "beard",  "berry",  "bison",  "blade",  "bloom",   "board",  "boots",   "brain",  "bread",  "brick",
    "broom",  "bugle",  "cabin",  "cable",  "cactus", "camel",   "candle", "canoe",   "cargo",  "carpet", "castle",
    "cedar",  "chalk",  "charm",  "chess",  "cider",  "clamp",   "cliff",  "clock",   "cloud",  "clover", "coast",
    "cobra",  "comet",  "coral",  "couch",  "cradle", "crane",   "crown",  "curry",   "daisy",  "dance",  "dawn",
    "denim",  "desk",   "diary",  "dingo",  "diver",  "dolphin", "donkey", "dough",   "draft",  "drum",   "dusk",
    "eagle",  "earth",  "easel",  "echo",   "elbow",  "elder",   "ember",  "engine",  "epoch",  "event",  "fable",
    "falcon", "fancy",  "feast",  "fence",  "ferry",  "fiber",   "fiddle", "flame",   "flint",  "flute",  "forest",
    "fossil", "fox",    "frost",  "fudge",  "galaxy", "garlic",  "gate",   "gecko",   "giant",  "ginger", "glass",
    "globe",  "goat",   "gold",   "gorge",  "grape",  "gravel",  "guitar", "habit",   "hammer", "harbor", "hazel",
    "heron",  "hinge",  "hobby",  "honey",  "hotel",  "husky",   "ice",    "igloo",   "index",  "ink",    "iris",
    "island", "ivory",  "jacket", "jade",   "jazz",   "jelly",   "jewel",  "joker",   "judge",  "juice",  "kayak",
    "kernel", "kettle", "kiosk",  "kite",   "koala",  "ladder",  "lagoon", "lantern", "lava",   "lemon",  "lens",
    "lily",   "linen",  "lizard", "lobby",  "locket", "logic",   "lotus",  "lunar",   "magnet", "maple",  "marble",
    "mason",  "meadow", "melon",  "metal",  "mint",   "mirror",  "mole",   "moss",    "motor",  "mural",  "napkin",
    "needle", "nickel", "north",  "novel",  "nutmeg", "oak",     "oasis",  "ocean",   "olive",  "onion",  "opal",
    "orbit",  "otter",  "oval",   "oyster", "paddle", "panda",   "parrot", "pasta",   "pearl",  "pebble", "pepper",
    "piano",  "pilot",  "pine",   "planet", "plaza",  "plum",    "pollen", "pony",    "prism",  "pulp",   "puzzle",
    "quartz", "queen",  "quill",  "rabbit", "radar",  "raven",   "ribbon", "river",   "robin",  "rocket", "ruby",
    "saddle", "salad",  "satin",  "scarf",  "shell",  "silver",  "sketch", "sonar",   "spark",  "stamp",  "sugar",
    "tango",  "tiger",  "timber", "topaz",  "tulip",  "tunnel",  "urban",  "valley",  "vapor",  "velvet", "violin",
    "vivid",  "waffle", "walnut", "wave",   "whale",  "willow",  "window", "winter",  "wolf",   "yacht",  "yarn",
    "zebra",  "zinc",   "zone",
};

void onus_fingerprint_make(const onus_public_key *key, onus_fingerprint *ret_fingerprint) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, key->bytes, sizeof key->bytes);
  size_t hex = 0, words = 0;
  onus_fingerprint out = {.hex = ""};
  for (size_t i = 0; i < ONUS_FINGERPRINT_BYTES; i++) {
    const char *between = i == 0 ? "" : i % 4 == 0 ? "  " : " ";
    hex += (size_t)snprintf(out.hex + hex, sizeof out.hex - hex, "%s%02x", i && i % 2 == 0 ? " " : "", digest[i]);
    words += (size_t)snprintf(out.words + words, sizeof out.words - words, "%s%s", between, WORDS[digest[i]]);
  }
  *ret_fingerprint = out;
}

onus_status onus_key_fingerprint(const char *public_key, onus_fingerprint *ret_fingerprint, onus_error *error) {
  onus_public_key key;
  ONUS_TRY(onus_public_key_parse(NULL, 0, public_key, strcspn(public_key, "\r\n"), &key, error));
  onus_fingerprint_make(&key, ret_fingerprint);
  return ONUS_OK;
}
