#!/bin/bash
# small_disk.sh SPARE_KIB COMMAND…    in a mount namespace of its own and the folder of a node: its data lie on a disk that has
# so much room beside them. What is written there is gone afterwards.
set -e
mkdir -p small
mount -t tmpfs -o size=$(($(du -sk data | cut -f1) + $1))k none small
cp -a data/. small/
mount --bind small data
exec "${@:2}"
