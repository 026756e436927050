"""Logging in, tokens, rights, where a server listens, TLS, the audit log: session_test.py ONUS [NAME...]"""
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

from running import PASSWORD, Server, check, equal, people, run, text_of

ONUS = pathlib.Path(sys.argv[1]).resolve()
API = "/api/v1"


def test_a_session_must_show_its_csrf():
    server = Server(ONUS)
    who = people(server, "ada", "bob")
    bob = who["bob"]
    answer = bob.post(f"{API}/session", {"user": "bob", "password": PASSWORD})
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        check(part in answer.headers["Set-Cookie"], answer.headers["Set-Cookie"])
    right, body = bob.csrf, {"name": "t"}
    for wrong in (None, "", "0" * 64, right[:-1], right.upper() + "x"):
        bob.csrf = wrong
        equal(bob.ask("POST", f"{API}/tokens", body).status, 403, wrong)
        equal(bob.ask("DELETE", f"{API}/session").status, 403, wrong)
    bob.csrf = who["ada"].csrf
    equal(bob.ask("POST", f"{API}/tokens", body).status, 403, "somebody else's")
    bob.csrf = right
    token = bob.post(f"{API}/tokens", body).json
    program = server.client(token=token["token"])  # a token needs none, and a browser never sends one by itself
    equal(program.get(f"{API}/session").json["user"], "bob")
    program.post(f"{API}/cases", {"id": "wiz", "text": text_of("wizardopium-2019")})
    equal(bob.ask("POST", f"{API}/cases", body, Content_Type="text/plain").status, 415)
    equal(server.client(token="0" * 64).ask("GET", f"{API}/cases").status, 401)
    equal(who["ada"].ask("DELETE", f"{API}/tokens/{token['id']}").status, 404, "not hers")
    equal(bob.ask("DELETE", f"{API}/tokens/{token['id']}").status, 204)
    equal(program.ask("GET", f"{API}/cases").status, 401)
    cookie = bob.cookie
    equal(bob.ask("DELETE", f"{API}/session").status, 204)
    bob.cookie = cookie
    equal(bob.ask("GET", f"{API}/cases").status, 401, "after logging out")
    bob.cookie, bob.csrf = None, None
    bob.log_in()
    equal(who["ada"].ask("PATCH", f"{API}/accounts/bob", {"is_disabled": True}).status, 204)
    equal(bob.ask("GET", f"{API}/cases").status, 401, "disabled")
    equal(bob.ask("POST", f"{API}/session", {"user": "bob", "password": PASSWORD}).status, 401)
    equal(who["ada"].ask("PATCH", f"{API}/accounts/ada", {"is_administrator": False}).status, 400)
    equal(who["ada"].ask("POST", f"{API}/accounts", {"user": "eve", "password": "short"}).status, 400)
    server.account("bob", "--reset", password="another one altogether")
    server.account("eve", "--reset", expect=2)
    server.stop()
    log = server.lines()
    check(PASSWORD not in log and right not in log and token["token"] not in log, "a secret is in the log")
    database = b"".join(path.read_bytes() for path in server.data.iterdir() if path.is_file())
    for secret in (PASSWORD, token["token"], cookie.split("=")[1]):
        check(secret.encode() not in database, "a secret is in the database")
    server.remove()


def test_guessing_passwords_ends():
    server = Server(ONUS)
    people(server, "ada")
    guesser = server.client()
    found = [guesser.ask("POST", f"{API}/session", {"user": "ada", "password": f"wrong password {i}"}).status for i in range(8)]
    equal(found, [401] * 5 + [429] * 3)
    equal(guesser.ask("POST", f"{API}/session", {"user": "ada", "password": PASSWORD}).status, 429)
    # 50 within five minutes. Where checking them takes longer than that, the count begins anew.
    found = [guesser.ask("POST", f"{API}/session", {"user": "nobody0", "password": "w"}).status]
    while found[-1] == 401 and len(found) < 150:
        found.append(guesser.ask("POST", f"{API}/session", {"user": f"nobody{len(found)}", "password": "w"}).status)
    check(found[-1] == 429 and len(found) > 40, found)
    server.stop()
    server.remove()


def test_a_server_without_accounts_answers_to_this_machine_alone():
    with Server(ONUS) as server:
        local = server.client().be_local()
        equal(local.get(f"{API}/session").json["user"], "local")
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "169.254.1.1", ""):
            equal(local.ask("GET", f"{API}/cases", Host=host).status, 403, host)
        for host in ("localhost", "127.0.0.1:80", f"localhost:{server.port}", "[::1]:8080"):
            equal(local.ask("GET", f"{API}/cases", Host=host).status, 200, host)
        csrf, local.csrf = local.csrf, None
        equal(local.ask("POST", f"{API}/cases", {"id": "a", "text": ""}).status, 403)
        local.csrf = csrf
        local.post(f"{API}/cases", {"id": "wiz", "text": text_of("wizardopium-2019")})
        token = local.post(f"{API}/tokens", {"name": "t"}).json["token"]
        equal(server.client(token=token).get(f"{API}/cases").json["cases"][0]["id"], "wiz")
        equal(local.ask("POST", f"{API}/accounts", {"user": "bob", "password": PASSWORD}).status, 400, "no administrator")
        local.post(f"{API}/accounts", {"user": "ada", "password": PASSWORD, "is_administrator": True})
        equal(local.ask("GET", f"{API}/cases").status, 401, "the first account ends it")
        equal(server.client(token=token).ask("GET", f"{API}/cases").status, 401)
        ada = server.client("ada").log_in()
        equal([case["role"] for case in ada.get(f"{API}/cases").json["cases"]], ["owner"])


def refused(listen, data, *options, reason):
    done = subprocess.run([ONUS, "serve", "--listen", listen, "--data", data, *options], capture_output=True, text=True,
                          timeout=60)
    equal(done.returncode, 2, done.stderr)
    check(reason in done.stderr, done.stderr)


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)
    return f"{folder}/cert.pem", f"{folder}/key.pem"


def test_others_are_let_in_by_tls_and_accounts_only():
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        certificate, key = make_certificate(folder)
        tls = ("--tls-cert", certificate, "--tls-key", key)
        data = f"{folder}/x/data"
        refused("0.0.0.0:0", data, reason="give --tls-cert")
        refused("[::]:0", data, reason="give --tls-cert")
        refused("0.0.0.0:0", data, *tls, reason="no account")
        refused("localhost", data, reason="no address with a port")
        refused("example.org:80", data, reason="no address with a port")
        refused("127.0.0.1:0", data, "--tls-cert", certificate, reason="go together")
        refused("127.0.0.1:0", data, "--reference", f"{folder}/none", reason="no reference")
        server = Server(ONUS, folder, *tls, listen="127.0.0.1:0", certificate=certificate)
        who = people(server, "ada")
        cookie = who["ada"].post(f"{API}/session", {"user": "ada", "password": PASSWORD}).headers["Set-Cookie"]
        check("; Secure" in cookie, cookie)
        check(who["ada"].get("/healthz").headers["Strict-Transport-Security"], "no HSTS")
        plain = Server(ONUS, folder)
        plain.host, plain.port = "127.0.0.1", server.port
        try:
            plain.client().ask("GET", "/healthz")
            check(False, "plain HTTP is answered")
        except (OSError, Exception) as failure:  # pylint: disable=broad-except
            check("answered" not in str(failure), failure)
        refused("127.0.0.1:0", server.data, reason="another server serves this folder")
        server.stop()


def test_clocks_that_jump():
    server = Server(ONUS)
    who = people(server, "ada")
    ada = who["ada"]
    ada.post(f"{API}/cases", {"id": "wiz", "text": text_of("wizardopium-2019")})
    server.stop()
    database = sqlite3.connect(server.data / "onus.sqlite")
    later = int((time.time() + 7 * 86400) * 1e6)
    # As if the clock had been a week ahead when all this was written, and was set back.
    database.executescript("DROP TRIGGER audit_no_update")
    database.execute("UPDATE sessions SET created=?, expires=?", (later, later + 12 * 3600 * 10 ** 6))
    database.execute("UPDATE versions SET time=?", (later,))
    database.commit()
    database.close()
    server.start()
    ada.close()
    equal(ada.ask("GET", f"{API}/cases").status, 401, "a session that begins next week")
    ada = server.client("ada").log_in()
    text = text_of("wizardopium-2019")
    for base in (1, 2):
        body = {"base": base, "text": text.replace("title:", f"title: {base}", 1)}
        equal(ada.ask("PUT", f"{API}/cases/wiz", body).status, 201)
    times = [version["time"] for version in ada.get(f"{API}/cases/wiz/versions").json["versions"]]
    check(times == sorted(times, reverse=True) and len(set(times)) == 3, "times went back", times)
    server.audit()
    server.stop()
    server.remove()


def test_the_audit_log_cannot_be_changed_unseen():
    server = Server(ONUS)
    who = people(server, "ada", "bob")
    who["bob"].post(f"{API}/cases", {"id": "wiz", "text": text_of("wizardopium-2019")})
    entries = who["ada"].get(f"{API}/audit?check=1").json
    equal(entries["holds"], True)
    actions = [entry["action"] for entry in entries["entries"]][::-1]
    equal(actions, ["account-added", "login", "account-added", "login", "case-added", "version"])
    equal([entry["action"] for entry in who["bob"].get(f"{API}/cases/wiz/audit").json["entries"]], ["version", "case-added"])
    head = server.audit()
    server.stop()
    number, digest = head.split(":")
    equal((int(number), digest), (len(actions), entries["entries"][0]["hash"]))
    path = server.data / "onus.sqlite"
    database = sqlite3.connect(path)
    for statement in ("UPDATE audit SET account='eve' WHERE number=2", "DELETE FROM audit WHERE number=3"):
        try:
            database.execute(statement)
            check(False, statement, "is let through")
        except sqlite3.IntegrityError as failure:
            check("appended" in str(failure), failure)
    database.executescript("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete")
    whole = list(database.execute("SELECT * FROM audit"))
    for statement, complaint in (("UPDATE audit SET account='eve' WHERE number=2", "row 2 is not"),
                                 ("UPDATE audit SET time=time+1 WHERE number=1", "row 1 is not"),
                                 ("UPDATE audit SET detail='x' WHERE number=6", "row 6 is not"),
                                 ("UPDATE audit SET action='versio', case_id='nwiz' WHERE number=6", "row 6 is not"),
                                 ("DELETE FROM audit WHERE number=3", "row 3 is missing"),
                                 ("DELETE FROM audit WHERE number=1", "row 1 is missing"),
                                 ("UPDATE audit SET hash=NULL WHERE number=4", None)):
        try:
            database.execute(statement)
        except sqlite3.IntegrityError:
            database.rollback()
            continue
        database.commit()
        check(complaint in server.audit(expect=2), statement)
        database.execute("DELETE FROM audit")
        database.executemany("INSERT INTO audit VALUES(?,?,?,?,?,?,?)", whole)
        database.commit()
    equal(server.audit("--since", head), head)
    database.execute("DELETE FROM audit WHERE number=6")
    database.commit()
    server.audit()  # nobody sees that the end is missing
    check("it was cut" in server.audit("--since", head, expect=2), "who kept the head does")
    database.close()
    server.remove()


def test_the_log_is_lines_of_json():
    with Server(ONUS, None, "--log", "json", "--log-requests") as server:
        server.client().ask("GET", "/no%0athing")
        server.client().ask("GET", "/\"\\")
    lines = [json.loads(line) for line in server.lines().splitlines()]
    check([line["event"] for line in lines].count("request") >= 2, lines)
    check(all(line["time"].endswith("Z") for line in lines), lines)


if __name__ == "__main__":
    sys.exit(run(globals(), sys.argv[2:]))
