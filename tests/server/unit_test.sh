#!/bin/bash
# The systemd unit is right and hardened: unit_test.sh UNIT. Without systemd it is skipped.
set -u
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not there"; exit 77; }
folder=$(mktemp -d /tmp/onus-XXXXXX)
trap 'rm -rf "$folder"' EXIT
# A program that is there stands for the installed one.
sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$1" > "$folder/onus.service"
said=$(systemd-analyze verify --man=no "$folder/onus.service" 2>&1 | grep -F onus.service)
[ -z "$said" ] || { echo "$said"; exit 1; }
report=$(systemd-analyze security --offline=true --threshold=12 "$folder/onus.service" 2>&1) || { echo "$report"; exit 1; }
tail -1 <<< "$report"
