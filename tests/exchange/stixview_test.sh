#!/bin/bash
# What is exported as STIX is shown by stixview: stixview_test.sh ONUS SOURCE_ROOT FOLDER
#
# stixview and jsdom are installed from npm into FOLDER, once. Exit status 77, with the reason, without node or network.
set -u
onus=$1 root=$2 folder=$3
packages="stixview@1.3.2 jsdom@22.1.0"

for program in node npm; do
  command -v "$program" >/dev/null || { echo "there is no $program" >&2; exit 77; }
done
mkdir -p "$folder" || exit 1
if [ "$(cat "$folder/made-from" 2>/dev/null)" != "$packages" ]; then
  # shellcheck disable=SC2086
  npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts --fetch-retries 1 $packages >"$folder/log" 2>&1 || {
    echo "no stixview could be installed: $(tail -n 1 "$folder/log")" >&2
    exit 77
  }
  echo "$packages" >"$folder/made-from"
fi
for case in "$root"/examples/*/case.yaml; do
  bundle=$folder/$(basename "$(dirname "$case")").json
  "$onus" export "$case" --to stix --output "$bundle" && node "$root/tests/exchange/stixview.js" "$folder" "$bundle" || exit 1
done
