#!/bin/bash
# Signs the example sony-2014 as it is now, and makes the proof of its sealed item anew: sign_examples.sh ONUS
set -eu
onus=$(realpath "${1:?usage: sign_examples.sh ONUS}")
cd "$(dirname "$0")/../examples"
export ONUS_PASSPHRASE=example
"$onus" sign sony-2014 --key custody/fbi-example.key
"$onus" reveal sony-2014 sensitive-sources --store custody/fbi-example.sealed --attachments all \
  --to custody/sensitive-sources.tlog-proof
chmod 644 custody/sensitive-sources.tlog-proof
