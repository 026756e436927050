"""What a server with TLS agrees to: tls_test.py ONUS [NAME...]

Hellos are made here byte by byte, because no library of TLS offers any more what must be refused; OpenSSL asks for the rest.
"""
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

from running import Server, check, equal, people, run

ONUS = pathlib.Path(sys.argv[1]).resolve()
HANDSHAKE, ALERT, HEARTBEAT = 22, 21, 24
TLS12, TLS13 = 0x0303, 0x0304
SUITES_13 = {0x1301, 0x1302, 0x1303}
# ECDHE and DHE, each with AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305.
SUITES_ECDSA, SUITES_RSA = {0xC02B, 0xC02C, 0xCCA9}, {0xC02F, 0xC030, 0xCCA8, 0x009E, 0x009F, 0xCCAA}


def openssl(*arguments, **how):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **how)


def make_certificates(folder):
    """A root, an authority below it, and two certificates of that: RSA and ECDSA, each as a chain."""
    root, middle = f"{folder}/root", f"{folder}/middle"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"

    def make(name, issuer, key, extension):
        signed_by = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"] if issuer else []
        openssl("req", "-x509", "-newkey", key, *(["-pkeyopt", "ec_paramgen_curve:prime256v1"] if key == "ec" else []), "-nodes",
                "-days", "2", "-subj", f"/CN={pathlib.Path(name).name}", "-addext", extension, "-keyout", f"{name}.key", "-out",
                f"{name}.pem", *signed_by)

    try:
        make(root, None, "ec", "keyUsage=keyCertSign")
        make(middle, root, "ec", "basicConstraints=critical,CA:true")
        for kind in ("ec", "rsa:2048"):
            make(f"{folder}/{kind[:3].rstrip(':')}", middle, kind, names)
    except subprocess.CalledProcessError as failure:
        check(False, failure.stderr)
    for kind in ("ec", "rsa"):
        whole = pathlib.Path(f"{folder}/{kind}.pem").read_text() + pathlib.Path(f"{middle}.pem").read_text()
        pathlib.Path(f"{folder}/{kind}-chain.pem").write_text(whole, encoding="ascii")


def vector(width, data):
    return len(data).to_bytes(width, "big") + data


def extension(number, data):
    return struct.pack(">H", number) + vector(2, data)


def hello(suites, version=TLS12, compressions=b"\0", extensions=b"", record_version=0x0301):
    """A record with a hello of a client that knows every curve and signature."""
    signatures = struct.pack(">10H", 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201)
    extensions += (extension(0, vector(2, b"\0" + vector(2, b"localhost"))) +
                   extension(10, vector(2, struct.pack(">6H", 29, 23, 24, 25, 256, 257))) + extension(11, b"\1\0") +
                   extension(13, vector(2, signatures)) + extension(0xFF01, b"\0"))
    if version == TLS13:
        extensions += extension(43, b"\2\3\4") + extension(51, vector(2, struct.pack(">H", 29) + vector(2, os.urandom(32))))
    body = (struct.pack(">H", min(version, TLS12)) + os.urandom(32) + vector(1, os.urandom(32)) +
            vector(2, b"".join(struct.pack(">H", suite) for suite in suites)) + vector(1, compressions) + vector(2, extensions))
    message = b"\1" + vector(3, body)
    return struct.pack(">BH", HANDSHAKE, record_version) + vector(2, message)


class Agreed:
    """The hello of a server."""

    def __init__(self, body):
        self.version, n_session = struct.unpack_from(">H", body)[0], body[34]
        self.suite, self.compression = struct.unpack_from(">HB", body, 35 + n_session)
        self.extensions, rest = {}, body[40 + n_session:]
        while rest:
            number, length = struct.unpack_from(">HH", rest)
            self.extensions[number], rest = rest[4:4 + length], rest[4 + length:]


def exactly(connection, length):
    data = b""
    while len(data) < length:
        piece = connection.recv(length - len(data))
        if not piece:
            raise ConnectionError("ended")
        data += piece
    return data


def record(connection):
    kind, _, length = struct.unpack(">BHH", exactly(connection, 5))
    return kind, exactly(connection, length)


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), 60)


def offer(server, data):
    """What the server agrees to; None when it refuses, by an alert or without a word."""
    with connect(server) as connection:
        connection.sendall(data)
        try:
            kind, body = record(connection)
        except ConnectionError:
            return None
        if kind == ALERT:
            return None
        equal((kind, body[0]), (HANDSHAKE, 2), "no hello of a server")
        return Agreed(body[4:4 + int.from_bytes(body[1:4], "big")])


def agreed_suites(server, version):
    """All of the 65,536 that there can be are offered."""
    found, left = set(), [suite for suite in range(65536) if suite not in (0x00FF, 0x5600)]
    while left:
        part = left[:2048]
        agreed = offer(server, hello(part, version))
        if agreed is None:
            left = left[2048:]
            continue
        check(agreed.suite in part, "a suite that was not offered", hex(agreed.suite))
        equal(agreed.compression, 0)
        found.add(agreed.suite)
        left.remove(agreed.suite)
    return found


def client(server, folder, *options, say=""):
    """OpenSSL's client; gives what it wrote. With something to say it must be the server that ends the connection."""
    process = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", f"{folder}/root.pem",
                                *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if say:
        process.stdin.write(say)  # which is read once they have agreed
        process.stdin.flush()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            check(False, "the server goes on after", say, process.stdout.read()[-600:])
    return process.communicate(timeout=120)[0]


def check_versions(server, folder):
    every = sorted(SUITES_ECDSA | SUITES_RSA) + [0x002F, 0x0035, 0xC009, 0xC00A, 0xC013, 0xC014, 0x000A]
    for version in (0x0002, 0x0300, 0x0301, 0x0302):
        equal(offer(server, hello(every, version, record_version=max(version, 0x0300))), None, f"version {version:#x}")
    with connect(server) as connection:  # of SSL 2
        connection.sendall(b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x07\x00\xc0\x03\x00\x80\x01\x00\x80" + os.urandom(28))
        check(connection.recv(100)[:1] in (b"", b"\x15"), "SSL 2 is answered")
    for option, is_good in (("-tls1_3", True), ("-tls1_2", True), ("-tls1_1", False), ("-tls1", False)):
        said = client(server, folder, option, "-cipher", "ALL:@SECLEVEL=0")
        equal("Cipher is (NONE)" not in said, is_good, option, said[-500:])
    fallen = offer(server, hello(every + [0x5600], 0x0302))
    equal(fallen, None, "a client that fell back")


def check_extensions(server):
    """Nothing is offered that is not needed: no compression, no heartbeat, no tickets, nothing to resume."""
    asked = extension(15, b"\1") + extension(35, b"") + extension(13172, b"")
    agreed = offer(server, hello(sorted(SUITES_ECDSA | SUITES_RSA), compressions=b"\1\0", extensions=asked))
    equal((agreed.version, agreed.compression), (TLS12, 0))
    check(not {15, 35, 13172} & set(agreed.extensions), agreed.extensions)
    check({23, 0xFF01} >= set(agreed.extensions) - {11}, "what is that?", agreed.extensions)
    check(0xFF01 in agreed.extensions, "renegotiation is not secure")
    with connect(server) as connection:
        connection.sendall(hello(sorted(SUITES_ECDSA | SUITES_RSA), extensions=extension(15, b"\1")))
        record(connection)
        connection.sendall(struct.pack(">BHH", HEARTBEAT, TLS12, 3) + b"\1\x40\x00")  # says that it is 16 KiB long
        try:
            while True:
                kind, _ = record(connection)
                check(kind != HEARTBEAT, "a heartbeat is answered")
        except OSError:
            pass


def check_sessions(server, folder):
    said = client(server, folder, "-tls1_2", say="R\n")
    check("RENEGOTIATING" in said and "read R BLOCK" not in said and said.count("Server certificate") == 1, said[-600:])
    context = ssl.create_default_context(cafile=f"{folder}/root.pem")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.minimum_version = context.maximum_version = version
        session = None
        for _ in range(2):
            with context.wrap_socket(connect(server), server_hostname="localhost", session=session) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                check(connection.recv(1000).startswith(b"HTTP/1.1 200"), "no answer")
                check(not connection.session_reused and not (connection.session and connection.session.has_ticket),
                      "a session goes on")
                session = connection.session
    check("No ALPN negotiated" not in client(server, folder, "-alpn", "h2,http/1.1"), "http/1.1 is not chosen")


def check_chain(server, folder):
    said = client(server, folder, "-showcerts", "-verify_return_error", "-verify_hostname", "localhost", "-servername", "localhost")
    equal((said.count("BEGIN CERTIFICATE"), "Verify return code: 0 (ok)" in said), (2, True), said[-600:])
    said = client(server, folder, "-verify_return_error", "-verify_hostname", "other.example", "-servername", "other.example")
    check("hostname mismatch" in said.lower(), "another name", said[-600:])


def test_what_is_agreed():
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        make_certificates(folder)
        for kind, suites in (("ec", SUITES_ECDSA), ("rsa", SUITES_RSA)):
            server = Server(ONUS, None, "--tls-cert", f"{folder}/{kind}-chain.pem", "--tls-key", f"{folder}/{kind}.key",
                            certificate=f"{folder}/root.pem")
            who = people(server, "ada")
            found = agreed_suites(server, TLS12)
            check(found <= suites and len(found) >= 3, kind, [f"{suite:04x}" for suite in found])
            equal(agreed_suites(server, TLS13), SUITES_13, kind)
            check_versions(server, folder)
            check_extensions(server)
            check_sessions(server, folder)
            check_chain(server, folder)
            who["ada"].close()
            equal(who["ada"].get("/healthz").headers["Strict-Transport-Security"], "max-age=31536000")
            server.stop()
            server.remove()


def test_a_key_that_is_another():
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        make_certificates(folder)
        pathlib.Path(folder, "empty").touch()
        for certificate, key in (("ec.pem", "rsa.key"), ("ec.pem", "middle.key"), ("ec.pem", "ec.pem"), ("ec.key", "ec.key"),
                                 ("empty", "ec.key"), ("ec.pem", "none")):
            done = subprocess.run([ONUS, "serve", "--listen", "127.0.0.1:0", "--data", f"{folder}/data", "--tls-cert",
                                   f"{folder}/{certificate}", "--tls-key", f"{folder}/{key}"], capture_output=True, text=True,
                                  timeout=60)
            check(done.returncode in (1, 2) and len(done.stderr.strip().splitlines()) == 1, certificate, key, done.stderr)
            check("certificate" in done.stderr or "PEM" in done.stderr, done.stderr)


if __name__ == "__main__":
    sys.exit(run(globals(), sys.argv[2:]))
