#!/bin/bash
# A cluster of ClickHouse nodes and a ZooKeeper on loopback, for tests and for trying out a reference on several machines.
#
#   tools/clickhouse_cluster.sh start DIR [NODES] [PORT]   starts it, and prints the place of a store in it
#   tools/clickhouse_cluster.sh stop DIR                   stops it; what is in DIR stays, and start goes on with it
#   tools/clickhouse_cluster.sh stop-node|kill-node|start-node DIR N
#   tools/clickhouse_cluster.sh stop-coordinator|start-coordinator DIR
#
# NODES is 3 unless given, PORT (28120) the first of 1 + 3 * NODES ports. The password of the user "default" is in
# DIR/password. Needs the packages clickhouse-server and zookeeper of Debian; everything runs with little memory and two
# threads, as the user who calls. NODE_WRAPPER, when set, is a command that a node is started by, such as
# "faketime -f +2h".
set -eu

fail() { echo "clickhouse_cluster.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
command=$1 dir=$2

zookeeper_port() { echo "$port"; }
http_port() { echo $((port + $1)); }
tcp_port() { echo $((port + nodes + $1)); }
replication_port() { echo $((port + 2 * nodes + $1)); }

is_running() { [ -f "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

await() { # await PORT PIDFILE: false when the server has ended, or does not answer within 30 s
  local try
  for try in $(seq 300); do
    answers "$1" && return
    is_running "$2" || return 1
    sleep 0.1
  done
  return 1
}

start_coordinator() {
  is_running "$dir/zookeeper.pid" && return
  local jars
  jars=$(find /usr/share/java -name 'zookeeper*.jar' -o -name 'slf4j-api.jar' -o -name 'slf4j-nop.jar' \
    -o -name 'logback-c*.jar' -o -name 'netty*.jar' -o -name 'commons-cli.jar' -o -name 'metrics-core.jar' \
    -o -name 'snappy-java.jar' | tr '\n' ':')
  mkdir -p "$dir/zookeeper"
  cat >"$dir/zookeeper.cfg" <<X
tickTime=1000
dataDir=$dir/zookeeper
clientPort=$(zookeeper_port)
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=srvr
X
  setsid nohup java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$jars" \
    org.apache.zookeeper.server.quorum.QuorumPeerMain "$dir/zookeeper.cfg" >"$dir/zookeeper.log" 2>&1 </dev/null &
  echo $! >"$dir/zookeeper.pid"
  await "$(zookeeper_port)" "$dir/zookeeper.pid" || fail "ZooKeeper does not start; see $dir/zookeeper.log"
  local try # until it serves, too
  for try in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$(zookeeper_port)" && echo srvr >&3 && timeout 2 grep -q Mode <&3) 2>/dev/null && return
    sleep 0.1
  done
  fail "ZooKeeper does not serve; see $dir/zookeeper.log"
}

configure_node() { # configure_node N
  local here=$dir/node-$1
  mkdir -p "$here"/{data,tmp,format}
  cat >"$here/config.xml" <<X
<?xml version="1.0"?>
<yandex>
 <logger><level>warning</level><log>$here/server.log</log><errorlog>$here/error.log</errorlog><size>10M</size><count>1</count></logger>
 <http_port>$(http_port "$1")</http_port><tcp_port>$(tcp_port "$1")</tcp_port>
 <interserver_http_port>$(replication_port "$1")</interserver_http_port><interserver_http_host>127.0.0.1</interserver_http_host>
 <listen_host>127.0.0.1</listen_host>
 <max_connections>64</max_connections><keep_alive_timeout>10</keep_alive_timeout><max_concurrent_queries>32</max_concurrent_queries>
 <uncompressed_cache_size>16777216</uncompressed_cache_size><mark_cache_size>67108864</mark_cache_size>
 <path>$here/data/</path><tmp_path>$here/tmp/</tmp_path><format_schema_path>$here/format/</format_schema_path>
 <users_config>$here/users.xml</users_config><default_profile>default</default_profile>
 <default_database>default</default_database><timezone>UTC</timezone>
 <zookeeper><node><host>127.0.0.1</host><port>$(zookeeper_port)</port></node><session_timeout_ms>6000</session_timeout_ms></zookeeper>
 <dictionaries_config>none*.xml</dictionaries_config>
 <merge_tree><max_suspicious_broken_parts>100</max_suspicious_broken_parts></merge_tree>
</yandex>
X
  (umask 077 && cat >"$here/users.xml" <<X
<?xml version="1.0"?>
<yandex>
 <profiles><default><max_memory_usage>2000000000</max_memory_usage><max_threads>2</max_threads>
  <background_pool_size>2</background_pool_size><background_schedule_pool_size>2</background_schedule_pool_size></default></profiles>
 <users><default><password_sha256_hex>$(tr -d '\n' <"$dir/password" | sha256sum | cut -d' ' -f1)</password_sha256_hex>
  <networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
 <quotas><default/></quotas>
</yandex>
X
  )
}

start_node() { # start_node N, without waiting
  is_running "$dir/node-$1/pid" && return
  (
    cd "$dir/node-$1"
    # shellcheck disable=SC2086 # several words
    exec setsid nohup nice -n 5 ${NODE_WRAPPER:-} clickhouse-server --config-file="$dir/node-$1/config.xml" >output.log 2>&1 </dev/null
  ) >/dev/null &
  echo $! >"$dir/node-$1/pid"
}

# Debian's server ends now and then while it starts, for a lock of its own or for want of the coordinator.
await_node() {
  local try
  for try in 1 2 3 4; do
    await "$(http_port "$1")" "$dir/node-$1/pid" && return
    start_node "$1"
  done
  fail "node $1 does not start; see $dir/node-$1"
}

stop() { # stop PIDFILE SIGNAL
  is_running "$1" || return 0
  local pid try
  pid=$(cat "$1")
  kill "-$2" "$pid"
  for try in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$1"
}

place() {
  local i list=
  for i in $(seq "$nodes"); do list+=,127.0.0.1:$(http_port "$i"); done
  echo "clickhouse://${list#,}/onus"
}

if [ "$command" = start ]; then
  command -v clickhouse-server >/dev/null || fail "clickhouse-server is not there: apt-get install clickhouse-server"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  [ -f "$dir/cluster" ] || echo "${3:-3} ${4:-28120}" >"$dir/cluster"
  read -r nodes port <"$dir/cluster"
  [ -f "$dir/password" ] || (umask 077 && head -c 18 /dev/urandom | base64 >"$dir/password")
  if [ "$nodes" -gt 1 ]; then
    [ -f /usr/share/java/zookeeper.jar ] || fail "ZooKeeper is not there: apt-get install zookeeper"
    start_coordinator
  fi
  for i in $(seq "$nodes"); do configure_node "$i"; start_node "$i"; done
  for i in $(seq "$nodes"); do await_node "$i"; done
  place
  exit
fi

[ -f "$dir/cluster" ] || fail "$dir holds no cluster"
dir=$(cd "$dir" && pwd)
read -r nodes port <"$dir/cluster"
case $command in
stop)
  for i in $(seq "$nodes"); do stop "$dir/node-$i/pid" TERM; done
  stop "$dir/zookeeper.pid" TERM
  ;;
stop-node) stop "$dir/node-$3/pid" TERM ;;
kill-node) stop "$dir/node-$3/pid" KILL ;;
start-node) start_node "$3"; await_node "$3" ;;
stop-coordinator) stop "$dir/zookeeper.pid" TERM ;;
start-coordinator) start_coordinator ;;
*) fail "no such command: $command" ;;
esac
