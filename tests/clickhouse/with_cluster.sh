#!/bin/bash
# Starts a cluster of ClickHouse of its own, runs programs one after the other, stops the cluster. They find the place of
# their databases in ONUS_TEST_NODES, as clickhouse://127.0.0.1:28121/. Exits with 77, and a word, where there is no
# ClickHouse and none can be installed.
#
#   with_cluster.sh ROOT NODES PROGRAM [ARGUMENT…] [-- PROGRAM [ARGUMENT…]]…
set -u
root=$1 nodes=$2
shift 2

has_all() { command -v clickhouse-server >/dev/null && { [ "$nodes" = 1 ] || [ -f /usr/share/java/zookeeper.jar ]; }; }
if ! has_all; then
  timeout 120 "$root/tools/install_dependencies.sh" cluster >&2 || true
  has_all || { echo "skipped: clickhouse-server and zookeeper are not here and cannot be installed" >&2; exit 77; }
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/onus-cluster-XXXXXX") || exit 1
export ONUS_TEST_CLUSTER=$folder/cluster
tool=$root/tools/clickhouse_cluster.sh
stop() { "$tool" stop "$ONUS_TEST_CLUSTER" >/dev/null 2>&1; rm -rf "$folder"; }
trap stop EXIT
trap 'exit 1' INT TERM
place=
for try in 1 2 3; do # another one may have these ports
  place=$("$tool" start "$ONUS_TEST_CLUSTER" "$nodes" $((20000 + (RANDOM % 400) * 20))) && break
  "$tool" stop "$ONUS_TEST_CLUSTER" >/dev/null 2>&1
  rm -rf "$ONUS_TEST_CLUSTER"
done
[ -n "$place" ] || exit 1
export ONUS_CLICKHOUSE_PASSWORD_FILE=$ONUS_TEST_CLUSTER/password
export ONUS_TEST_NODES=${place%onus}
failed=0
while [ $# -gt 0 ]; do
  program=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do program+=("$1"); shift; done
  [ $# -eq 0 ] || shift
  began=$(date +%s)
  "${program[@]}" || { echo "failed: ${program[*]}"; failed=1; }
  echo "${program[*]##*/}: $(($(date +%s) - began)) s"
done
exit $failed
