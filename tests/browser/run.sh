#!/bin/bash
# Runs a script for node with what it needs: run.sh FOLDER SCRIPT ONUS SOURCE_ROOT [ARGUMENT…]
#
# playwright-core and axe-core are installed by npm into FOLDER, once for each lock file. Exit status 77, with the reason,
# without node, Chromium or the network that the first run needs.
set -u
folder=$1 script=$2 onus=$3 root=$4
shift 4
here=$root/tests/browser

for program in node npm; do
  command -v "$program" >/dev/null || { echo "there is no $program" >&2; exit 77; }
done
found=
for chromium in "${ONUS_CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
  [ -n "$chromium" ] && [ -x "$chromium" ] && { found=$chromium; break; }
done
[ -n "$found" ] || { echo "there is no Chromium (tools/install_dependencies.sh browser)" >&2; exit 77; }

mkdir -p "$folder" && folder=$(cd "$folder" && pwd) || exit 1
if ! cmp -s "$here/package-lock.json" "$folder/made-from"; then
  cp "$here/package.json" "$here/package-lock.json" "$folder" || exit 1
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 1 >log 2>&1) || {
    echo "playwright-core and axe-core could not be installed: $(head -n 1 "$folder/log")" >&2
    exit 77
  }
  cp "$here/package-lock.json" "$folder/made-from" || exit 1
fi
export ONUS_CHROMIUM=$found
exec node "$script" "$onus" "$root" "$folder" "$@"
