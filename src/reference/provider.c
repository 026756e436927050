/* Who gives a name to whom. The longest suffix that some list has decides, so that a provider below a provider is seen.
 *
 * Providers come from a table (provider_table.c) and from the private part of the public suffix list, whose owners say
 * themselves that they give names to strangers. The two short lists here are ours.
 */
#include "reference/provider_internal.h"

#include <libpsl.h>
#include <stdlib.h>
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

static int compare_suffix(const void *key, const void *row) {
  return strcmp(key, ((const onus_provider_row *)row)->suffix);
}

/* What the lists say of this very name. */
static onus_provider_class class_of_suffix(const char *name) {
  for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
    if (OURS[i].suffix[0] == name[0] && strcmp(OURS[i].suffix, name) == 0)
      return OURS[i].provider;
  const onus_provider_row *row =
      bsearch(name, ONUS_PROVIDER_ROWS, ONUS_PROVIDER_N_ROWS, sizeof *ONUS_PROVIDER_ROWS, compare_suffix);
  if (row)
    return row->provider;
  bool is_private = psl_is_public_suffix2(psl_builtin(), name, PSL_TYPE_PRIVATE | PSL_TYPE_NO_STAR_RULE) == 1;
  return is_private ? ONUS_PROVIDER_HOSTING : ONUS_PROVIDER_NONE;
}

const char *onus_provider_suffix(const char *host, onus_provider_class *ret_provider) {
  for (const char *name = host; name && *name; name = strchr(name, '.') ? strchr(name, '.') + 1 : NULL) {
    onus_provider_class provider = class_of_suffix(name);
    if (provider != ONUS_PROVIDER_NONE) {
      if (ret_provider)
        *ret_provider = provider;
      return name;
    }
  }
  return NULL;
}

onus_provider_class onus_provider_of(const char *host) {
  onus_provider_class provider = ONUS_PROVIDER_NONE;
  onus_provider_suffix(host, &provider);
  return provider;
}

const char *onus_provider_registered(const char *host) {
  onus_provider_class provider = ONUS_PROVIDER_NONE;
  const char *registered = psl_registrable_domain(psl_builtin(), host);
  const char *suffix = onus_provider_suffix(host, &provider);
  if (!suffix || (provider != ONUS_PROVIDER_DYNAMIC_DNS && provider != ONUS_PROVIDER_HOSTING))
    return registered;
  if (registered && registered < suffix) /* the public suffix list knows of a longer one */
    return registered;
  const char *name = suffix;
  while (name > host && (name == suffix || name[-1] != '.'))
    name--;
  return name == suffix ? NULL : name;
}

const char *onus_provider_class_name(onus_provider_class provider) {
  static const char *const NAMES[] = {"", "dynamic DNS", "web hosting for strangers", "sinkhole", "everybody's"};
  return (size_t)provider < sizeof NAMES / sizeof *NAMES ? NAMES[provider] : "";
}
