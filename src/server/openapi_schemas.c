#include "server/openapi.h"

#define TEXT "{\"type\":\"string\"}"
#define TEXT_OR_NULL "{\"type\":[\"string\",\"null\"]}"
#define COUNT "{\"type\":\"integer\",\"minimum\":0}"
#define BOOLEAN "{\"type\":\"boolean\"}"
#define TIME "{\"type\":\"string\",\"format\":\"date-time\"}"
/* OBJECT(names of required members) members END */
#define OBJECT(required)                                                                                               \
  "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[" required "],\"properties\":{"
#define END "}}"
#define LIST(of) "{\"type\":\"array\",\"items\":" of "}"
#define FILES LIST(OBJECT("\"path\"") "\"path\":" TEXT ",\"text\":" TEXT ",\"base64\":" TEXT END)
#define PLACES "\"path\":" TEXT ",\"line\":" COUNT ",\"column\":" COUNT
#define NAMED LIST(OBJECT("\"id\",\"name\"") "\"id\":" TEXT ",\"name\":" TEXT END)

const char onus_openapi_schemas[] = "{\"Error\":" OBJECT("\"error\"") "\"error\":" OBJECT(
    "\"status\",\"text\"") "\"status\":" TEXT ",\"text\":" TEXT "," PLACES
                           ",\"problems\":" LIST(OBJECT("\"found\",\"remedy\"") PLACES ",\"found\":" TEXT
                                                                                       ",\"remedy\":" TEXT END)
    /* The text that lines and columns count in, where the caller has not sent it. */
    ",\"text_checked\":" TEXT END END
    ",\"Conflicts\":" OBJECT("\"error\",\"version\",\"conflicts\"") "\"error\":" OBJECT(
        "\"status\",\"text\"") "\"status\":" TEXT ",\"text\":" TEXT END ",\"version\":" COUNT
                               ",\"conflicts\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"path\"],\"properties\":{"
                               "\"path\":" TEXT ",\"base\":{},\"mine\":{},\"theirs\":{}}}}" END ",\"Health\":" OBJECT(
                                   "\"status\",\"version\"") "\"status\":{\"enum\":[\"ok\"]},\"version\":" TEXT
                                   END ",\"OpenAPI\":{\"type\":\"object\",\"required\":[\"openapi\",\"info\",\"paths\",\"components\"]}"
                                                             ",\"Session\":" OBJECT(
                                                                 "\"user\",\"csrf\",\"is_local\",\"is_administrator\"") "\"user\":" TEXT_OR_NULL ",\"csrf\":" TEXT_OR_NULL ",\"is_local\":" BOOLEAN ",\"is_administrator\":" BOOLEAN
                                                                 END ",\"Login\":" OBJECT(
                                                                     "\"user\",\"password\"") "\"user\":" TEXT ",\"password\":" TEXT
                                                                     END ",\"PasswordChange\":" OBJECT(
                                                                         "\"old\",\"new\"") "\"old\":" TEXT ",\"new\":" TEXT
                                                                         END ",\"Tokens\":" OBJECT("\"tokens\"") "\"tokens\":" LIST(
                                                                             OBJECT(
                                                                                 "\"id\",\"name\",\"created\",\"expires\"") "\"id\":" TEXT
                                                                                                                            ",\"name\":" TEXT
                                                                                                                            ",\"created\":" TIME
                                                                                                                            ",\"expires\":" TIME
                                                                                                                                END)
                                                                             END
    ",\"NewToken\":" OBJECT(
        "\"name\"") "\"name\":" TEXT ",\"days\":{\"type\":\"integer\",\"minimum\":1}" END
                    ",\"Token\":" OBJECT("\"id\",\"token\"") "\"id\":" TEXT ",\"token\":" TEXT
                        END ",\"Accounts\":" OBJECT("\"accounts\"") "\"accounts\":" LIST(OBJECT(
                            "\"user\",\"is_administrator\",\"is_disabled\",\"created\"") "\"user\":" TEXT
                                                                                         ",\"is_administrator\":" BOOLEAN
                                                                                         ",\"is_disabled\":" BOOLEAN
                                                                                         ",\"created\":" TIME END) END
    ",\"NewAccount\":" OBJECT("\"user\",\"password\"") "\"user\":" TEXT ",\"password\":" TEXT ",\"is_administrator\":" BOOLEAN END ",\"Account\":" OBJECT(
        "\"user\"") "\"user\":" TEXT END ",\"AccountChange\":" OBJECT("") "\"password\":" TEXT ",\"is_administrator\":" BOOLEAN ",\"is_disabled\":" BOOLEAN
        END ",\"Audit\":" OBJECT("\"entries\",\"holds\"") "\"entries\":" LIST(
            OBJECT("\"n\",\"time\",\"user\",\"action\",\"case\",\"detail\",\"hash\"") "\"n\":" COUNT ",\"time\":" TIME ",\"user\":" TEXT ",\"action\":" TEXT ",\"case\":" TEXT_OR_NULL ",\"detail\":" TEXT_OR_NULL ",\"hash\":" TEXT
                END) ",\"holds\":{\"type\":[\"boolean\",\"null\"]}" END
                     ",\"Cases\":" OBJECT("\"cases\"") "\"cases\":" LIST(OBJECT(
                         "\"id\",\"title\",\"question\",\"version\",\"role\",\"position\",\"updated\",\"author\"") "\"id\":" TEXT
                                                                                                                   ",\"title\":" TEXT
                                                                                                                   ",\"question\":" TEXT
                                                                                                                   ",\"version\":" COUNT
                                                                                                                   ",\"role\":{\"enum\":[\"owner\",\"party\","
                                                                                                                   "\"reader\"]},\"position\":" TEXT
                                                                                                                   ",\"updated\":" TIME
                                                                                                                   ",\"author\":" TEXT
                                                                                                                       END)
                         END ",\"NewCase\":" OBJECT("\"id\",\"text\"") "\"id\":" TEXT ",\"text\":" TEXT ",\"note\":" TEXT ",\"files\":" FILES END ",\"Version\":" OBJECT(
                             "\"id\",\"version\",\"merged\"") "\"id\":" TEXT ",\"version\":" COUNT ",\"merged\":" BOOLEAN
                             END ",\"Case\":" OBJECT(
                                 "\"id\",\"title\",\"question\",\"version\",\"head\",\"role\",\"position\",\"positions\","
                                 "\"hypotheses\",\"propositions\",\"counts\",\"updated\",\"author\"") "\"id\":" TEXT
                                                                                                      ",\"title\":" TEXT
                                                                                                      ",\"question\":" TEXT
                                                                                                      ",\"version\":" COUNT
                                                                                                      ",\"head\":" COUNT
                                                                                                      ",\"role\":{\"enum\":[\"owner\",\"party\",\"reader\"]},\"position\":" TEXT_OR_NULL ",\"positions\":" NAMED ",\"hypotheses\":" NAMED ",\"propositions\":" NAMED ",\"updated\":" TIME ",\"author\":" TEXT ",\"counts\":" OBJECT("\"hypotheses\",\"propositions\",\"sources\",\"undercutters\",\"items\",\"questions\",\"positions\"") "\"hypotheses\":" COUNT
                                                                                                                                                                                                                                                                                                                                                                                                                                          ",\"propositions\":" COUNT
                                                                                                                                                                                                                                                                                                                                                                                                                                          ",\"sources\":" COUNT
                                                                                                                                                                                                                                                                                                                                                                                                                                          ",\"undercutters\":" COUNT ",\"items\":" COUNT ",\"questions\":" COUNT
                                                                                                                                                                                                                                                                                                                                                                                                                                          ",\"positions\":" COUNT
                                                                                                                                                                                                                                                                                                                                                                                                                                              END END ",\"Edit\":" OBJECT("") "\"base\":{\"type\":\"integer\",\"minimum\":1},\"text\":" TEXT ",\"document\":{\"type\":\"object\"},\"note\":" TEXT
                                                                                                                                                                                                                                                                                                                                                                                                                                                                              ",\"files\":" FILES
                                                                                                                                                                                                                                                                                                                                                                                                                                                                              ",\"remove_files\":" LIST(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  TEXT)
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  END
    ",\"Checked\":" OBJECT(
        "\"problems\"") "\"problems\":{\"type\":\"array\",\"maxItems\":0}" END
                        ",\"Versions\":" OBJECT("\"versions\"") "\"versions\":" LIST(OBJECT(
                            "\"version\",\"author\",\"time\",\"note\",\"bytes\"") "\"version\":" COUNT
                                                                                  ",\"author\":" TEXT ",\"time\":" TIME
                                                                                  ",\"note\":" TEXT
                                                                                  ",\"bytes\":" COUNT END) END
    ",\"Document\":{\"type\":\"object\",\"required\":[\"title\",\"question\",\"hypotheses\",\"evidence\"]}"
    ",\"Files\":" OBJECT("\"files\"") "\"files\":" LIST(
        OBJECT("\"path\",\"bytes\",\"sha256\"") "\"path\":" TEXT ",\"bytes\":" COUNT ",\"sha256\":" TEXT END) END
    ",\"WhatIf\":" OBJECT(
        "") "\"position\":" TEXT ",\"as_of\":" TEXT ",\"about\":" TEXT ",\"seed\":" COUNT ",\"brief\":" BOOLEAN
            ",\"overrides\":{\"$ref\":\"what-if.schema.json\"}" END
            ",\"Draft\":" OBJECT("\"document\",\"items\",\"notes\",\"version\"") "\"document\":{\"type\":\"object\"},\"items\":" LIST(
                TEXT) ",\"notes\":" LIST(TEXT) ",\"version\":" COUNT
                END ",\"Members\":" OBJECT("\"members\"") "\"members\":" LIST(OBJECT(
                    "\"user\",\"role\",\"position\"") "\"user\":" TEXT
                                                      ",\"role\":{\"enum\":[\"owner\",\"party\",\"reader\"]},\"position\":" TEXT_OR_NULL
                                                                                  END) END
    ",\"Member\":" OBJECT(
        "\"role\"") "\"role\":{\"enum\":[\"owner\",\"party\",\"reader\"]},\"position\":" TEXT_OR_NULL END
                    ",\"Openings\":" OBJECT("\"openings\"") "\"openings\":" LIST(
                        OBJECT("\"item\",\"position\",\"user\",\"time\"") "\"item\":" TEXT ",\"position\":" TEXT
                                                                          ",\"user\":" TEXT ",\"time\":" TIME END) END
    ",\"Opening\":" OBJECT("\"item\",\"position\"") "\"item\":" TEXT ",\"position\":" TEXT END
                                                    ",\"Names\":{\"type\":\"object\"}}";
