"""A TAXII 2.1 server on the loopback, for tests: as the standard has it, unless a test says how it shall misbehave.

`Server(...)` listens as soon as it is made. `before` is called with each request (an http.server handler) first; when it
returns true it has answered, in whatever way. `requests` lists what was asked.
"""
import base64
import datetime
import http.server
import json
import ssl
import threading
import urllib.parse
import uuid

MEDIA_TYPE = "application/taxii+json;version=2.1"
API = "/api/"


def stamp(number):
    """The time at which the object of that number was added: a microsecond apart."""
    return (datetime.datetime(2024, 1, 1) + datetime.timedelta(microseconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def version_of(item):
    return item.get("modified", item.get("created", ""))


class Collection:
    def __init__(self, title, objects=(), **properties):
        self.about = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, title)), "title": title, "can_read": True,
                      "can_write": True, **properties}
        self.items = []  # (added, object)
        self.n_same_time = 1  # objects that share a time of adding
        self.add(objects)

    @property
    def id(self):
        return self.about["id"]

    def has(self, item):
        return any(known["id"] == item["id"] and version_of(known) == version_of(item) for _, known in self.items)

    def add(self, objects):
        for item in objects:
            self.items.append((stamp(len(self.items) // self.n_same_time), item))

    def select(self, query):
        def wanted(added, item):
            kinds, ids = query.get("match[type]"), query.get("match[id]")
            return ((not kinds or item["type"] in kinds.split(",")) and (not ids or item["id"] in ids.split(","))
                    and added > query.get("added_after", ""))
        return [(added, item) for added, item in self.items if wanted(added, item)]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, content_type=MEDIA_TYPE, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def fail(self, status, text, **headers):
        self.answer({"title": "failure", "description": text, "http_status": str(status)}, status, **headers)

    def handle_one(self, method):
        taxii = self.server.taxii
        url = urllib.parse.urlsplit(self.path)
        self.url_path = url.path
        self.query = dict(urllib.parse.parse_qsl(url.query))
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length) if length else b""
        with taxii.lock:
            taxii.requests.append((method, self.path, self.body, dict(self.headers)))
        if taxii.before and taxii.before(self):
            return
        wanted = taxii.authorization
        if wanted and self.headers.get("Authorization") != wanted:
            return self.fail(401, "who are you?")
        if MEDIA_TYPE not in self.headers.get("Accept", ""):
            return self.fail(406, "only TAXII 2.1")
        with taxii.lock:
            taxii.route(self, method)

    def do_GET(self):
        self.handle_one("GET")

    def do_POST(self):
        self.handle_one("POST")


class Server:
    def __init__(self, collections=(), user=None, password="", token=None, before=None, max_bytes=1 << 20, page=1000,
                 certificate=None, pending_polls=0):
        self.collections = {collection.id: collection for collection in collections}
        self.before, self.max_bytes, self.page, self.pending_polls = before, max_bytes, page, pending_polls
        self.authorization = None
        if token:
            self.authorization = "Bearer " + token
        elif user:
            self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.requests, self.statuses = [], {}
        self.lock = threading.RLock()
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.taxii = self
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        self.port = self.http.server_address[1]
        self.origin = f"{scheme}://127.0.0.1:{self.port}"
        self.url = self.origin + "/taxii2/"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def count(self, method, part):
        return sum(1 for request in self.requests if request[0] == method and part in request[1])

    # --- what is asked

    def route(self, handler, method):
        path = handler.url_path
        if path == "/taxii2/":
            return handler.answer({"title": "Test", "api_roots": [API]})
        if path == API:
            return handler.answer({"title": "Root", "versions": [MEDIA_TYPE], "max_content_length": self.max_bytes})
        if path == API + "collections/":
            abouts = [collection.about for collection in self.collections.values()]
            return handler.answer({"collections": abouts} if abouts else {})
        parts = path.removeprefix(API).strip("/").split("/")
        if parts[0] == "status" and len(parts) == 2:
            return self.tell_status(handler, parts[1])
        collection = self.collections.get(parts[1]) if parts[0] == "collections" and len(parts) > 1 else None
        if not collection:
            return handler.fail(404, "no such thing")
        if len(parts) == 2:
            return handler.answer(collection.about)
        if parts[2] == "manifest" and method == "GET" and collection.about["can_read"]:
            return self.tell(handler, collection, lambda added, item: {
                "id": item["id"], "date_added": added, "version": version_of(item) or added})
        if parts[2] == "objects" and method == "GET" and collection.about["can_read"]:
            return self.tell(handler, collection, lambda added, item: item)
        if parts[2] == "objects" and method == "POST" and collection.about["can_write"]:
            return self.take(handler, collection)
        return handler.fail(403, "not for you")

    def tell(self, handler, collection, show):
        found = collection.select(handler.query)
        start = int(handler.query.get("next", 0))
        limit = min(int(handler.query.get("limit", self.page)), self.page)
        some = found[start:start + limit]
        envelope = {"more": start + limit < len(found), "objects": [show(*one) for one in some]} if some else {}
        headers = {}
        if envelope.get("more"):
            envelope["next"] = str(start + limit)
        if some:
            headers = {"X_TAXII_Date_Added_First": some[0][0], "X_TAXII_Date_Added_Last": some[-1][0]}
        handler.answer(envelope, **headers)

    def take(self, handler, collection):
        if handler.headers.get("Content-Type") != MEDIA_TYPE:
            return handler.fail(415, "only TAXII 2.1")
        if len(handler.body) > self.max_bytes:
            return handler.fail(413, "too much")
        objects = json.loads(handler.body)["objects"]
        details = [{"id": item["id"], "version": version_of(item) or stamp(0)} for item in objects]
        bad = [item["id"] for item in objects if item.get("name") == "refuse me"]
        collection.add([item for item in objects if item["id"] not in bad and not collection.has(item)])
        good = [detail for detail in details if detail["id"] not in bad]
        failures = [dict(detail, message="not liked") for detail in details if detail["id"] in bad]
        status = {"id": str(uuid.uuid4()), "status": "complete", "total_count": len(objects),
                  "success_count": len(good), "successes": good, "failure_count": len(failures), "failures": failures,
                  "pending_count": 0}
        self.statuses[status["id"]] = [self.pending_polls, status]
        self.answer_status(handler, status["id"], 202)

    def answer_status(self, handler, name, code):
        left, status = self.statuses[name]
        if left > 0:
            self.statuses[name][0] -= 1
            status = {"id": name, "status": "pending", "total_count": status["total_count"], "success_count": 0,
                      "failure_count": 0, "pending_count": status["total_count"]}
        handler.answer(status, code)

    def tell_status(self, handler, name):
        if name not in self.statuses:
            return handler.fail(404, "no such status")
        return self.answer_status(handler, name, 200)
