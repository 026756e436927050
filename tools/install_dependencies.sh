#!/bin/bash
# Installs what is missing on Debian, and only that; when nothing is, it does nothing and needs no network.
#
#   tools/install_dependencies.sh [build] [test] [browser] [check] [format] [cluster]
#
# build: compile onus; test: run its tests; browser: those of the page; check: clang and the sanitizers too; format: clang-format;
# cluster: nodes of ClickHouse for tools/clickhouse_cluster.sh.
set -u

missing_names=() missing_packages=()

need() { # need NAME "PACKAGES" TEST COMMAND…: asks for the packages when the test command fails
  local name=$1 packages=$2
  shift 2
  "$@" >/dev/null 2>&1 && return
  missing_names+=("$name")
  # shellcheck disable=SC2206 # a list of package names
  missing_packages+=($packages)
}

has() { command -v "$1"; }
has_any() { local one; for one in "$@"; do has "$one" && return; done; return 1; }
has_library() { has pkg-config && pkg-config --exists "$1"; }
has_header() { printf '#include <%s>\n' "$1" | "${CC:-cc}" -E - ; }
can_compile() { # can_compile COMPILER OPTION…: makes a program, so that headers and runtimes count too
  local out status
  out=$(mktemp) || return 1
  printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' | "$@" -o "$out" -
  status=$?
  rm -f "$out"
  return $status
}
can_include() { printf '#include <%s>\n' "$1" | "${CC:-cc}" -E -x c -o /dev/null -; }

look() { # look PURPOSE…: fills missing_names and missing_packages
  missing_names=() missing_packages=()
  for purpose in "$@"; do
    case $purpose in
    build)
      need "a C compiler" "gcc libc6-dev" can_compile "${CC:-cc}" -x c
      need make "make" has make
      need meson "meson" has meson
      need ninja "ninja-build" has ninja
      need pkg-config "pkg-config" has pkg-config
      need python3 "python3" has python3
      need libyaml "libyaml-dev" has_library yaml-0.1
      need libpsl "libpsl-dev" has_library libpsl
      need libidn2 "libidn2-dev" has_library libidn2
      need libsodium "libsodium-dev" has_library libsodium
      need libcurl "libcurl4-openssl-dev" has_library libcurl
      need libuuid "uuid-dev" has_library uuid
      need libarchive "libarchive-dev" has_library libarchive
      need libunistring "libunistring-dev" has_header uninorm.h
      need zlib "zlib1g-dev" has_library zlib
      need libzstd "libzstd-dev" has_library libzstd
      need xxhash "libxxhash-dev" has_library libxxhash
      need jansson "libjansson-dev" has_library jansson
      need SQLite "libsqlite3-dev" has_library sqlite3
      need "node with npm" "nodejs npm" has npm
      need libmicrohttpd "libmicrohttpd-dev" has_library libmicrohttpd
      need Zydis "libzydis-dev" can_include Zydis/Zydis.h
      ;;
    test)
      need gcc "gcc libc6-dev" can_compile gcc -x c
      need "a C++ compiler" "g++" has_any g++ clang++
      need git "git" has git
      need cmocka "libcmocka-dev" has_library cmocka
      need mandoc "mandoc" has mandoc
      need openssl "openssl" has openssl
      need minisign "minisign" has minisign
      need libfaketime "faketime" has faketime
      need ssh-keygen "openssh-client" has ssh-keygen
      need "python3 venv" "python3-venv" python3 -c 'import ensurepip, venv'
      ;;
    browser)
      need "node with npm" "nodejs npm" has npm
      need Chromium "chromium" has_any chromium chromium-browser google-chrome
      ;;
    check)
      need clang "clang" has clang
      need "clang's sanitizers" "libclang-rt-dev" can_compile clang -x c -fsanitize=address,undefined
      ;;
    cluster)
      need clickhouse-server "clickhouse-server" has clickhouse-server
      need ZooKeeper "zookeeper" test -f /usr/share/java/zookeeper.jar
      ;;
    format)
      need clang-format "clang-format" has clang-format
      ;;
    *)
      echo "install_dependencies.sh: no such purpose: $purpose (build, test, browser, check, format, cluster)" >&2
      exit 2
      ;;
    esac
  done
}

[ $# -gt 0 ] || set -- build test
look "$@"
[ ${#missing_packages[@]} -gt 0 ] || exit 0

list=$(printf '%s, ' "${missing_names[@]}")
echo "Missing: ${list%, }"
mapfile -t packages < <(printf '%s\n' "${missing_packages[@]}" | sort -u)

if ! has apt-get >/dev/null; then
  echo "This script installs on Debian and its kin only. Please install these by your system's own means." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! has sudo >/dev/null; then
    echo "Neither root nor sudo here. Please have an administrator run:" >&2
    echo "  apt-get install ${packages[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
echo "Installing: ${packages[*]}"
"${as_root[@]}" apt-get update -qq &&
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null || {
  echo "apt-get failed (see above). These packages are needed: ${packages[*]}" >&2
  exit 1
}
look "$@"
if [ ${#missing_names[@]} -gt 0 ]; then
  list=$(printf '%s, ' "${missing_names[@]}")
  echo "Still missing after the installation: ${list%, }" >&2
  exit 1
fi
