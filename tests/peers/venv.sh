#!/bin/bash
# Makes the private Python of the tests that compare onus with other people's programs, once, and prints its path.
#
#   tests/peers/venv.sh FOLDER
#
# ONUS_PEERS_PYTHON names one that has the packages already, ONUS_PEERS_REQUIREMENTS another list of packages. Exit status 77, with the reason on stderr, when there is
# neither the environment nor a network to make it from.
set -u

here=$(cd "$(dirname "$0")" && pwd)
if [ -n "${ONUS_PEERS_PYTHON:-}" ]; then
  echo "$ONUS_PEERS_PYTHON"
  exit 0
fi
folder=${1:?usage: venv.sh FOLDER}
stamp=$folder/made-from
requirements=${ONUS_PEERS_REQUIREMENTS:-$here/requirements.txt}

mkdir -p "$folder" || exit 1
exec 9>"$folder/lock"
flock 9 # tests run side by side: one makes it, the others wait

if ! cmp -s "$stamp" "$requirements"; then
  {
    python3 -m venv --clear "$folder/python" &&
      "$folder/python/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
        -r "$requirements" &&
      cp "$requirements" "$stamp"
  } >"$folder/log" 2>&1 || {
    echo "no Python with the packages of $requirements could be made: $(tail -n 1 "$folder/log")" >&2
    exit 77
  }
fi
echo "$folder/python/bin/python"
