/* Who gives a name to whom. The longest suffix that some list has decides, so that a provider below a provider is seen.
 *
 * Providers come from a table (provider_table.c) and from the private part of the public suffix list, whose owners say
 * themselves that they give names to strangers. The two short lists here are ours.
 */
#include "reference/provider_internal.h"

#include <string.h>

static const onus_provider_row OURS[] = {
    /* Names that those who took a domain away from an attacker point it at: what two incidents have in common here is
     * the firm that cleaned up. Each is told by its owner or stands in public lists of sinkholes. */
    {"arbors1nkh0le.com", ONUS_PROVIDER_SINKHOLE},
    {"conficker-sinkhole.com", ONUS_PROVIDER_SINKHOLE},
    {"conficker-sinkhole.net", ONUS_PROVIDER_SINKHOLE},
    {"conficker-sinkhole.org", ONUS_PROVIDER_SINKHOLE},
    {"microsoftinternetsafety.net", ONUS_PROVIDER_SINKHOLE}, /* Microsoft's digital crimes unit */
    {"shadowserver.org", ONUS_PROVIDER_SINKHOLE},
    {"sinkdns.org", ONUS_PROVIDER_SINKHOLE},
    {"sinkhole.abuse.ch", ONUS_PROVIDER_SINKHOLE},
    {"torpig-sinkhole.org", ONUS_PROVIDER_SINKHOLE},

    /* Names that everybody's machines ask for, attacked or not: search, mail, updates … */
    {"amazon.com", ONUS_PROVIDER_COMMON},
    {"apple.com", ONUS_PROVIDER_COMMON},
    {"baidu.com", ONUS_PROVIDER_COMMON},
    {"bing.com", ONUS_PROVIDER_COMMON},
    {"cloudflare.com", ONUS_PROVIDER_COMMON},
    {"facebook.com", ONUS_PROVIDER_COMMON},
    {"gmail.com", ONUS_PROVIDER_COMMON},
    {"google.com", ONUS_PROVIDER_COMMON},
    {"hotmail.com", ONUS_PROVIDER_COMMON},
    {"icloud.com", ONUS_PROVIDER_COMMON},
    {"instagram.com", ONUS_PROVIDER_COMMON},
    {"linkedin.com", ONUS_PROVIDER_COMMON},
    {"live.com", ONUS_PROVIDER_COMMON},
    {"mail.ru", ONUS_PROVIDER_COMMON},
    {"microsoft.com", ONUS_PROVIDER_COMMON},
    {"mozilla.org", ONUS_PROVIDER_COMMON},
    {"naver.com", ONUS_PROVIDER_COMMON},
    {"office.com", ONUS_PROVIDER_COMMON},
    {"outlook.com", ONUS_PROVIDER_COMMON},
    {"proton.me", ONUS_PROVIDER_COMMON},
    {"protonmail.com", ONUS_PROVIDER_COMMON},
    {"qq.com", ONUS_PROVIDER_COMMON},
    {"twitter.com", ONUS_PROVIDER_COMMON},
    {"vk.com", ONUS_PROVIDER_COMMON},
    {"wikipedia.org", ONUS_PROVIDER_COMMON},
    {"windowsupdate.com", ONUS_PROVIDER_COMMON},
    {"x.com", ONUS_PROVIDER_COMMON},
    {"yahoo.com", ONUS_PROVIDER_COMMON},
    {"yandex.ru", ONUS_PROVIDER_COMMON},
    {"youtube.com", ONUS_PROVIDER_COMMON},

    /* … and services that anybody may put something on, or ask for the address he has, without a name of his own. */
    {"api.ipify.org", ONUS_PROVIDER_COMMON},
    {"bit.ly", ONUS_PROVIDER_COMMON},
    {"bitbucket.org", ONUS_PROVIDER_COMMON},
    {"discord.com", ONUS_PROVIDER_COMMON},
    {"discordapp.com", ONUS_PROVIDER_COMMON},
    {"dropbox.com", ONUS_PROVIDER_COMMON},
    {"dropboxusercontent.com", ONUS_PROVIDER_COMMON},
    {"github.com", ONUS_PROVIDER_COMMON},
    {"gitlab.com", ONUS_PROVIDER_COMMON},
    {"googleapis.com", ONUS_PROVIDER_COMMON},
    {"icanhazip.com", ONUS_PROVIDER_COMMON},
    {"ifconfig.me", ONUS_PROVIDER_COMMON},
    {"ip-api.com", ONUS_PROVIDER_COMMON},
    {"ipinfo.io", ONUS_PROVIDER_COMMON},
    {"jsonkeeper.com", ONUS_PROVIDER_COMMON},
    {"mediafire.com", ONUS_PROVIDER_COMMON},
    {"mega.nz", ONUS_PROVIDER_COMMON},
    {"npoint.io", ONUS_PROVIDER_COMMON},
    {"pastebin.com", ONUS_PROVIDER_COMMON},
    {"raw.githubusercontent.com", ONUS_PROVIDER_COMMON},
    {"t.me", ONUS_PROVIDER_COMMON},
    {"telegram.org", ONUS_PROVIDER_COMMON},
    {"tinyurl.com", ONUS_PROVIDER_COMMON},
    {"transfer.sh", ONUS_PROVIDER_COMMON}};

static onus_provider_class class_of_ours(const char *name) {
  for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
    if (OURS[i].suffix[0] == name[0] && strcmp(OURS[i].suffix, name) == 0)
      return OURS[i].provider;
  return ONUS_PROVIDER_NONE;
}

/* What the lists say of this very name. `answer`: of the public suffix list. */
static onus_provider_class class_of_suffix(const onus_suffixes *suffixes, const char *name, unsigned answer) {
  onus_provider_class provider = class_of_ours(name);
  if (provider != ONUS_PROVIDER_NONE)
    return provider;
  size_t row = onus_suffixes_provider(suffixes, name);
  if (row != ONUS_SUFFIX_NO_ROW)
    return ONUS_PROVIDER_ROWS[row].provider;
  return answer & ONUS_SUFFIX_PRIVATE ? ONUS_PROVIDER_HOSTING : ONUS_PROVIDER_NONE;
}

/* By the list alone, what somebody registered is the longest public suffix with one name in front of it. */
onus_host onus_host_read(onus_suffixes *suffixes, const char *host) {
  onus_host reading = {0};
  const char *registered = NULL;
  bool has_public = false;
  for (const char *name = host; name && *name; name = strchr(name, '.') ? strchr(name, '.') + 1 : NULL) {
    unsigned answer = onus_suffixes_ask(suffixes, name);
    has_public |= (answer & ONUS_SUFFIX_PUBLIC) != 0;
    if (!has_public)
      registered = name;
    onus_provider_class provider = class_of_suffix(suffixes, name, answer);
    if (provider != ONUS_PROVIDER_NONE) {
      reading.suffix = name;
      reading.provider = provider;
      break;
    }
  }
  /* Below a provider, `registered` may not be found yet: its suffix need not be a public one. */
  for (const char *name = reading.suffix; !has_public && name && *name;
       name = strchr(name, '.') ? strchr(name, '.') + 1 : NULL) {
    has_public = (onus_suffixes_ask(suffixes, name) & ONUS_SUFFIX_PUBLIC) != 0;
    if (!has_public)
      registered = name;
  }
  reading.registered = registered;
  bool gives_names = reading.provider == ONUS_PROVIDER_DYNAMIC_DNS || reading.provider == ONUS_PROVIDER_HOSTING;
  if (!gives_names || (registered && registered < reading.suffix)) /* the list knows of a longer one */
    return reading;
  const char *name = reading.suffix;
  while (name > host && (name == reading.suffix || name[-1] != '.'))
    name--;
  reading.registered = name == reading.suffix ? NULL : name;
  return reading;
}

const char *onus_provider_suffix(const char *host, onus_provider_class *ret_provider) {
  onus_host reading = onus_host_read(NULL, host);
  if (reading.suffix && ret_provider)
    *ret_provider = reading.provider;
  return reading.suffix;
}

onus_provider_class onus_provider_of(const char *host) {
  return onus_host_read(NULL, host).provider;
}

const char *onus_provider_registered(const char *host) {
  return onus_host_read(NULL, host).registered;
}

const char *onus_provider_class_name(onus_provider_class provider) {
  static const char *const NAMES[] = {"", "dynamic DNS", "web hosting for strangers", "sinkhole", "everybody's"};
  return (size_t)provider < sizeof NAMES / sizeof *NAMES ? NAMES[provider] : "";
}
