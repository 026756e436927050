#!/bin/bash
# Fetches the programs of examples/code-lineage into a cache of the build and runs its README: ONUS SOURCE_ROOT CACHE PYTHON.
# 77: some are nowhere to be had.
set -u
onus=$1 root=$2 python=$4
export XDG_CACHE_HOME=$3
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
"$python" "$root/examples/code-lineage/fetch.py" "$folder" || exit $?
exec "$python" "$root/tests/docs/run_document.py" "$onus" "$root" "$root/examples/code-lineage/README.md" ${5:+"$5"}
