"""medallion on a loopback port of its own choice: medallion_server.py MAX_PAGE MEMORY_FILE [indexed]

Prints the port, then serves one request after the other. When standard input ends it writes its collections to MEMORY_FILE
and is gone.

medallion looks for each object's entry in the manifest by going through all of it, so that one question about 10,000 objects
takes minutes. `indexed` replaces the two places by ones that give the same and keep an index."""
import collections
import datetime
import json
import logging
import os
import sys
import threading

import medallion
import medallion.backends.memory_backend
import medallion.filters.basic_filter
from medallion.common import find_att, string_to_datetime
from werkzeug.serving import make_server


class Indexed(medallion.filters.basic_filter.BasicFilter):
    def sort_and_paginate(self, data, limit, manifest):
        if not data or not manifest:
            return super().sort_and_paginate(data, limit, manifest)
        manifest.sort(key=lambda entry: entry["date_added"])
        first = {}
        for item in data:
            first.setdefault((item["id"], find_att(item)), item)
        found = [(entry, first[key]) for entry in manifest if (key := (entry["id"], find_att(entry))) in first]
        page = found[:limit] if limit and limit < len(data) else found
        rest = [item for _, item in found[len(page):]]
        headers = {"X-TAXII-Date-Added-First": page[0][0]["date_added"], "X-TAXII-Date-Added-Last": page[-1][0]["date_added"]}
        return [item for _, item in page], rest, headers

    @staticmethod
    def filter_by_added_after(data, manifest_info, added_after_date):
        if manifest_info is None:
            return original_added_after(data, manifest_info, added_after_date)
        after, latest = string_to_datetime(added_after_date), collections.defaultdict(lambda: datetime.datetime.min)
        for entry in manifest_info:
            key = (entry["id"], find_att(entry))
            latest[key] = max(latest[key], string_to_datetime(entry["date_added"]))
        return [item for item in data if latest[(item["id"], find_att(item))] > after]


original_added_after = medallion.filters.basic_filter.BasicFilter.filter_by_added_after
logging.getLogger("werkzeug").setLevel(logging.ERROR)
MEDIA_TYPE = "application/taxii+json;version=2.1"


def collection(number, title):
    return {"id": f"91a7b528-80eb-42ed-a74d-c6fbd5a2611{number}", "title": title, "can_read": True, "can_write": True,
            "media_types": [], "objects": [], "manifest": []}


def main():
    if sys.argv[3:] == ["indexed"]:
        medallion.backends.memory_backend.BasicFilter = Indexed
    app = medallion.application_instance
    page, dump = int(sys.argv[1]), os.path.abspath(sys.argv[2])
    data = {"/discovery": {"title": "medallion", "api_roots": ["/api1/"], "default": "/api1/"},
            "api1": {"information": {"title": "one", "versions": [MEDIA_TYPE], "max_content_length": 200000}, "status": [],
                     "collections": [collection(n, title) for n, title in enumerate(["ours", "theirs"])]}}
    with open(dump, "w", encoding="utf-8") as file:
        json.dump(data, file)
    config = {"users": {"alice": "secret"}, "taxii": {"max_page_size": page},
              "backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend",
                          "filename": dump, "session_timeout": 3600}}
    for name in ("users", "taxii", "backend"):
        medallion.set_config(app, name, config)
    medallion.register_blueprints(app)
    server = make_server("127.0.0.1", 0, app, threaded=False)
    print(server.server_port, flush=True)

    def wait_for_end():
        sys.stdin.read()
        try:
            app.medallion_backend.save_data_to_file(dump)
        finally:
            os._exit(0)
    threading.Thread(target=wait_for_end, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
