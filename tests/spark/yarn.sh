# tests/spark/yarn.sh: a YARN of Hadoop's own ResourceManager and NodeManager on this machine.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Sourced after tap.sh.  yarn_fetch FOLDER: Hadoop's jars, by Maven, into FOLDER/jars unless
# they are there; yarn_start JARS: both daemons, with $yarn_conf for HADOOP_CONF_DIR.  All
# ports are free ones of 127.0.0.1; at the end both are stopped.

# The release that the pyspark of the test was built with.
yarn_version=3.3.4

yarn_fetch ()
{
  [ -f "$1/complete" ] && return
  mkdir -p "$1" || return
  sed "s/@VERSION@/$yarn_version/" "$AZML_SRCDIR/tests/spark/yarn-pom.xml" >"$1/pom.xml"
  # Maven's own settings are the user's, not those of the scratch home.
  (cd "$1" && HOME=${yarn_user_home:-$HOME} mvn -q -B dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory=jars) >&2 && touch "$1/complete"
}

yarn_free_port ()
{
  "$tap_python" -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# yarn_site NAME=VALUE...: the file of a Hadoop configuration, on standard output.
yarn_site ()
{
  echo '<configuration>'
  for yarn_pair; do
    printf '<property><name>%s</name><value>%s</value></property>\n' "${yarn_pair%%=*}" \
      "${yarn_pair#*=}"
  done
  echo '</configuration>'
}

yarn_start ()
{
  yarn_conf=$scratch/yarn/conf
  yarn_rm_web=127.0.0.1:$(yarn_free_port)
  mkdir -p "$yarn_conf" "$scratch/yarn/logs"
  yarn_site fs.defaultFS=file:/// hadoop.tmp.dir="$scratch/yarn/tmp" >"$yarn_conf/core-site.xml"
  {
    rm=yarn.resourcemanager nm=yarn.nodemanager
    yarn_site $rm.address=127.0.0.1:"$(yarn_free_port)" \
      $rm.scheduler.address=127.0.0.1:"$(yarn_free_port)" \
      $rm.resource-tracker.address=127.0.0.1:"$(yarn_free_port)" \
      $rm.admin.address=127.0.0.1:"$(yarn_free_port)" $rm.webapp.address="$yarn_rm_web" \
      $nm.address=127.0.0.1:"$(yarn_free_port)" \
      $nm.localizer.address=127.0.0.1:"$(yarn_free_port)" \
      $nm.webapp.address=127.0.0.1:"$(yarn_free_port)" \
      $nm.hostname=127.0.0.1 $nm.local-dirs="$scratch/yarn/local" \
      $nm.log-dirs="$scratch/yarn/logs" $nm.resource.memory-mb=4096 \
      $nm.resource.cpu-vcores=4 $nm.vmem-check-enabled=false $nm.pmem-check-enabled=false \
      $nm.disk-health-checker.enable=false $nm.delete.debug-delay-sec=600 \
      yarn.scheduler.minimum-allocation-mb=256 yarn.resourcemanager.am.max-attempts=1
  } >"$yarn_conf/yarn-site.xml"
  yarn_site yarn.scheduler.capacity.root.queues=default \
    yarn.scheduler.capacity.root.default.capacity=100 \
    yarn.scheduler.capacity.maximum-am-resource-percent=1 >"$yarn_conf/capacity-scheduler.xml"
  cat >"$yarn_conf/log4j.properties" <<'END_OF_FILE'
log4j.rootLogger=WARN,out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%p %c{1}: %m%n
END_OF_FILE
  server=org.apache.hadoop.yarn.server
  # Guice, which they have, looks into the class loader.
  for yarn_class in $server.resourcemanager.ResourceManager $server.nodemanager.NodeManager; do
    java --add-opens java.base/java.lang=ALL-UNNAMED -Xmx400m -cp "$yarn_conf:$1/*" \
      "$yarn_class" >"$scratch/${yarn_class##*.}.log" 2>&1 &
    yarn_pids="${yarn_pids-} $!"
  done
  at_end yarn_stop
}

yarn_stop ()
{
  # shellcheck disable=SC2086 # pids are words
  kill -9 $yarn_pids 2>/dev/null
}

# yarn_ask PATH EXPRESSION: what the ResourceManager answers, as j.
yarn_ask ()
{
  "$tap_python" -c 'import json, sys, urllib.request
j = json.load(urllib.request.urlopen("http://%s/ws/v1/cluster/%s" % tuple(sys.argv[1:3])))
print(eval(sys.argv[3]))' "$yarn_rm_web" "$1" "$2" 2>/dev/null
}

yarn_is_up () { [ "$(yarn_ask metrics 'j["clusterMetrics"]["activeNodes"]')" = 1 ]; }
