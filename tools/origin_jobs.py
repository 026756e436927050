#!/usr/bin/env python3
"""Which programs tools/fit_origin compares, out of the development corpus.

usage: origin_jobs.py CORPUS pairs|reference

CORPUS has matrix/SETTINGS/LIBRARY.stripped (seven C libraries under eighteen settings of compilers), elf/PACKAGE/FILE
(Debian) and pe/WHEEL/FILE (PyPI, npm). A line is a query against a few others: its family and path, then the family
and path of each, with tabs between them; --- is between the reference's state and the next one.

pairs      programs of the matrix, each two under different settings once, one against one
reference  the matrix under one setting, and a program of each other family, as a reference; asked for are the matrix
           under all other settings, Debian's own builds of the same libraries, other versions and word sizes of the
           wheels, and the programs of the reference themselves, against all but their own family"""
import os
import sys

LIBRARIES = "mbedtls lua5.4 zlib lz4 jansson cjson bzip2".split()
DEBIAN = {"mbedtls": "elf/libmbedcrypto7/libmbedcrypto.so.2.28.3", "lua5.4": "elf/liblua5.4-0/liblua5.4.so.0.0.0",
          "zlib": "elf/zlib1g/libz.so.1.2.13", "lz4": "elf/liblz4-1/liblz4.so.1.9.4",
          "jansson": "elf/libjansson4/libjansson.so.4.14.0", "bzip2": "elf/libbz2-1.0/libbz2.so.1.0.4"}
# Each family with its program in the reference, and others of it.
OTHERS = {
    "bash": ["elf/bash/bash"], "coreutils": ["elf/coreutils/ls"], "curl": ["elf/curl/curl"], "grep": ["elf/grep/grep"],
    "libcurl": ["elf/libcurl4/libcurl.so.4.8.0"], "expat": ["elf/libexpat1/libexpat.so.1.8.10"],
    "libpng": ["elf/libpng16-16/libpng16.so.16.39.0"], "sqlite": ["elf/libsqlite3-0/libsqlite3.so.0.8.6"],
    "openssl": ["elf/libssl3/libssl.so.3"],
    "cffi": ["pe/cffi-1.17.1-win_amd64/_cffi_backend.cp311-win_amd64.pyd",
             "pe/cffi-1.16.0-win_amd64/_cffi_backend.cp311-win_amd64.pyd"],
    "debugpy": ["pe/debugpy-1.8.14-win_amd64/inject_dll_amd64.exe", "pe/debugpy-1.8.0-win_amd64/inject_dll_amd64.exe",
                "pe/debugpy-1.8.14-win_amd64/inject_dll_x86.exe"],
    "lxml": ["pe/lxml-4.9.4-win_amd64/objectify.cp311-win_amd64.pyd",
             "pe/lxml-4.9.3-win_amd64/objectify.cp311-win_amd64.pyd", "pe/lxml-4.9.3-win32/objectify.cp311-win32.pyd"],
    "winpty": ["pe/node-pty-1.1.0/prebuilds_win32-x64_winpty-agent.exe"],
    "numpy": ["pe/numpy-1.25.2-win_amd64/_generator.cp311-win_amd64.pyd",
              "pe/numpy-1.24.4-win_amd64/_generator.cp311-win_amd64.pyd",
              "pe/numpy-1.25.2-win32/_generator.cp311-win32.pyd"],
    "pillow": ["pe/pillow-10.3.0-win_amd64/_webp.cp311-win_amd64.pyd",
               "pe/pillow-10.2.0-win_amd64/_webp.cp311-win_amd64.pyd"],
    "psutil": ["pe/psutil-5.9.8-win_amd64/_psutil_windows.pyd", "pe/psutil-5.9.7-win_amd64/_psutil_windows.pyd"],
    "pywin32": ["pe/pywin32-306-win_amd64/win32gui.pyd", "pe/pywin32-306-win32/win32gui.pyd"],
}
# Families that have code in common: GNU's own library, curl's own, and zlib in lxml, where its copyright line stands.
KIN = [{"bash", "coreutils", "grep"}, {"curl", "libcurl"}, {"lxml", "zlib"}]

corpus, purpose = os.path.abspath(sys.argv[1]), sys.argv[2]
settings = sorted(s for s in os.listdir(f"{corpus}/matrix") if os.path.isdir(f"{corpus}/matrix/{s}"))


def built(setting):
    files = {library: f"matrix/{setting}/{library}.stripped" for library in LIBRARIES}
    return {library: file for library, file in files.items() if os.path.exists(f"{corpus}/{file}")}


def put(family, path, pool):
    print("\t".join([family, f"{corpus}/{path}"] + [x for f, p in pool.items() for x in (f, f"{corpus}/{p}")]))


def without_kin(pool, family):
    kin = set().union(*[group for group in KIN if family in group]) - {family}
    return {f: p for f, p in pool.items() if f not in kin}


def pairs():
    for i, mine in enumerate(settings):
        for other in settings[i + 1:]:
            for family, path in built(mine).items():
                put(family, path, built(other))


def reference():
    others = {family: files[0] for family, files in OTHERS.items()}
    for number, setting in enumerate(settings):
        pool = {**built(setting), **others}
        for own in [s for s in settings if s != setting]:
            for family, path in built(own).items():
                put(family, path, without_kin(pool, family))
        for family, path in DEBIAN.items():
            put(family, path, without_kin(pool, family))
        if number == 0:  # these are told the same by each
            for family, files in OTHERS.items():
                for place, path in enumerate(files):
                    there = without_kin(pool, family)
                    put(family, path, there if place > 0 else {f: p for f, p in there.items() if f != family})
        print("---")


if purpose == "pairs":
    pairs()
elif purpose == "reference":
    reference()
else:
    sys.exit(__doc__)
