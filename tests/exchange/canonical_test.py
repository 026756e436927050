#!/usr/bin/env python3
"""Canonical JSON against the package rfc8785, identifiers of observables against stix2.

usage: canonical_test.py LINES [VALUES [OBSERVABLES]]
"""
import json
import math
import random
import struct
import subprocess
import sys

import rfc8785
import stix2


def lines(program, mode, values):
    text = "".join(json.dumps(value, ensure_ascii=random.random() < 0.5) + "\n" for value in values)
    done = subprocess.run([program, mode], input=text.encode(), capture_output=True, check=True)
    return done.stdout.split(b"\n")[:-1]


def number(rng):
    way = rng.randrange(8)
    if way == 0:
        return rng.randrange(-2**53 + 1, 2**53)
    if way == 1:
        return rng.randrange(-1000, 1000)
    if way == 2:
        return 2.0 ** rng.randrange(-1074, 1024)  # doubles lie half as dense below as above
    if way == 3:
        return math.nextafter(2.0 ** rng.randrange(-1022, 1023), rng.choice([0, math.inf]))
    if way == 4:
        return round(rng.uniform(-1000, 1000), rng.randrange(12))
    if way == 5:
        return float(f"{rng.randrange(1, 10**rng.randrange(1, 18))}e{rng.randrange(-40, 40)}")
    while True:
        value = struct.unpack("<d", rng.getrandbits(64).to_bytes(8, "little"))[0]
        if math.isfinite(value):
            return value


ALPHABETS = ["abcXYZ019 _-", "\"\\/\b\f\n\r\t\x01\x1f\x7f", "éßñÿ€", "\ue000\ufb33\uffff\ufffd", "\U00010000\U0001f600\U0010ffff",
             "\u2028\u2029\u202e\ufeff"]


def text(rng, least=0):
    return "".join(rng.choice(rng.choice(ALPHABETS)) for _ in range(rng.randrange(least, 9)))


def value(rng, depth=0):
    way = rng.randrange(10 if depth < 4 else 7)
    if way < 3:
        return number(rng)
    if way < 6:
        return text(rng)
    if way == 6:
        return rng.choice([None, True, False])
    if way == 7:
        return [value(rng, depth + 1) for _ in range(rng.randrange(5))]
    return {text(rng, 1): value(rng, depth + 1) for _ in range(rng.randrange(6))}


def check_canonical(program, count):
    rng, done = random.Random(8785), 0
    while done < count:
        batch = [value(rng) for _ in range(min(20000, count - done))]
        for given, ours in zip(batch, lines(program, "canonical", batch), strict=True):
            theirs = rfc8785.dumps(given)
            assert ours == theirs, f"{given!r}\n{ours}\n{theirs}"
        done += len(batch)


def hashes(rng):
    names = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64}
    chosen = rng.sample(sorted(names), rng.randrange(1, 4))
    return {name: "".join(rng.choice("0123456789abcdef") for _ in range(names[name])) for name in chosen}


def word(rng):
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyzäß€\U0001f600 ") for _ in range(rng.randrange(1, 20))).strip() or "x"


def observable(rng):
    ip = ".".join(str(rng.randrange(256)) for _ in range(4))
    time = f"{rng.randrange(1990, 2030)}-0{rng.randrange(1, 10)}-1{rng.randrange(10)}T0{rng.randrange(10)}:11:12"
    some = lambda **properties: {k: v for k, v in properties.items() if rng.random() < 0.6}
    address = stix2.v21.IPv4Address(value=ip)
    makers = [
        lambda: stix2.v21.Artifact(payload_bin="aGVsbG8=", **some(hashes=hashes(rng))),
        lambda: stix2.v21.AutonomousSystem(number=rng.randrange(2**32), **some(name=word(rng))),
        lambda: stix2.v21.Directory(path="C:\\" + word(rng)),
        lambda: stix2.v21.DomainName(value=word(rng).replace(" ", "") + ".example"),
        lambda: stix2.v21.EmailAddress(value="a@" + word(rng).replace(" ", "") + ".example"),
        lambda: stix2.v21.EmailMessage(is_multipart=False, body=word(rng), **some(subject=word(rng))),
        lambda: stix2.v21.File(name=word(rng), **some(hashes=hashes(rng), size=rng.randrange(10**9), parent_directory_ref=stix2.v21.Directory(path="/x").id)),
        lambda: stix2.v21.File(hashes=hashes(rng), extensions={"ntfs-ext": {"sid": word(rng)}}),
        lambda: address,
        lambda: stix2.v21.IPv6Address(value=f"2001:db8::{rng.randrange(1, 65536):x}"),
        lambda: stix2.v21.MACAddress(value=":".join(f"{rng.randrange(256):02x}" for _ in range(6))),
        lambda: stix2.v21.Mutex(name=word(rng)),
        lambda: stix2.v21.NetworkTraffic(src_ref=address.id, protocols=["ipv4", word(rng).replace(" ", "")],
                                         **some(start=time + rng.choice(["Z", ".5Z", ".123456Z"]), src_port=rng.randrange(65536), dst_port=rng.randrange(65536))),
        lambda: stix2.v21.Software(name=word(rng), **some(vendor=word(rng), version=word(rng), cpe="cpe:2.3:a:x:y:1:*:*:*:*:*:*:*")),
        lambda: stix2.v21.URL(value="https://example.org/" + word(rng).replace(" ", "%20")),
        lambda: stix2.v21.UserAccount(user_id=word(rng), **some(account_type="unix", account_login=word(rng))),
        lambda: stix2.v21.WindowsRegistryKey(key="HKEY_LOCAL_MACHINE\\" + word(rng), **some(values=[{"name": word(rng), "data": word(rng), "data_type": "REG_SZ"}])),
        lambda: stix2.v21.X509Certificate(**(some(hashes=hashes(rng)) | {"serial_number": word(rng)})),
    ]
    return rng.choice(makers)()


def check_ids(program, count):
    rng = random.Random(21)
    made = [json.loads(observable(rng).serialize()) for _ in range(count)]
    for thing, ours in zip(made, lines(program, "id", made), strict=True):
        assert ours.decode() == thing["id"], f"{thing}: {ours}"
    process = json.loads(stix2.v21.Process(pid=7).serialize())
    assert lines(program, "id", [process]) == [b"-"]


def main():
    program = sys.argv[1]
    values = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    observables = int(sys.argv[3]) if len(sys.argv) > 3 else 10000
    random.seed(1)
    check_canonical(program, values)
    check_ids(program, observables)
    print(f"{values} values, {observables} observables")


if __name__ == "__main__":
    main()
