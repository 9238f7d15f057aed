#!/bin/sh
# test-yarn.sh: the type cluster on a real YARN, in both of its ways.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make check-spark runs this.  It needs Java, and Maven for Hadoop's jars, which go into
# yarn.tmp of the build folder; pyspark as test-spark.sh.

yarn_user_home=$HOME
. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
. "$AZML_SRCDIR/tests/spark/pyspark.sh"
. "$AZML_SRCDIR/tests/spark/yarn.sh"

needs_pyspark
if ! command -v mvn >/dev/null; then
  echo "1..0 # SKIP there is no Maven here"
  tap_finished=yes
  exit 0
fi
yarn_fetch "$AZML_BUILDDIR/yarn.tmp" || exit 99

JAVA_HOME=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
export JAVA_HOME
yarn_start "$AZML_BUILDDIR/yarn.tmp/jars"
ok 'a cluster is there, of a ResourceManager and a NodeManager' wait_until 180 yarn_is_up

mkdir walk
cd walk || exit 99
mkdir aml_config
cat >squares.py <<'END_OF_SCRIPT'
import os, sys
from azureml.logging import get_azureml_logger
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
total = spark.sparkContext.parallelize(range(int(sys.argv[1])), 2).map(lambda x: x * x).sum()
get_azureml_logger().log("Sum", total)
get_azureml_logger().log("Application", spark.sparkContext.applicationId)
get_azureml_logger().log("Here", os.environ.get("CONTAINER_ID") is None)
get_azureml_logger().upload("outputs/master.txt", spark.sparkContext.master)
ask = lambda _: os.environ.get("GREETING")
here = spark.sparkContext.parallelize([1], 1).map(ask).collect()
with open(os.path.join(sys.argv[2], "greeting"), "w") as out:
    out.write("%s / %s" % (ask(0), here[0]))
if "fail" in sys.argv:
    sys.exit("on purpose")
END_OF_SCRIPT
cat >aml_config/spark_dependencies.yml <<END_OF_FILE
configuration:
  "spark.app.name": "Azure ML Experiment"
  "spark.yarn.maxAppAttempts": 1
  "spark.yarn.jars": "local:$spark_home/jars/*"
  "spark.yarn.stagingDir": "file:$scratch/staging"
  "spark.driver.memory": 512m
  "spark.executor.memory": 512m
  "spark.executor.instances": 1
  "spark.yarn.appMasterEnv.SPARK_LOCAL_IP": 127.0.0.1
  "spark.executorEnv.SPARK_LOCAL_IP": 127.0.0.1
  "spark.ui.enabled": "false"
  "spark.pyspark.python": "$spark_python"
END_OF_FILE
sshd_start head
for mode in client cluster; do
  cat >aml_config/$mode.compute <<END_OF_FILE
address: 127.0.0.1:$sshd_port
sparkSubmitLocation: $spark_submit
type: cluster
username: user
yarnDeployMode: $mode
END_OF_FILE
  cat >aml_config/$mode.runconfig <<END_OF_FILE
Target: $mode
Framework: PySpark
EnvironmentVariables:
  HADOOP_CONF_DIR: $yarn_conf
  JAVA_HOME: $JAVA_HOME
  SPARK_LOCAL_IP: 127.0.0.1
  GREETING: 'a=b\\c: "d" \$e'
END_OF_FILE
done
# The default of the product.
sed -i '/^yarnDeployMode/d' aml_config/cluster.compute
HOME=$ssh_home

capture azml-guile experiment submit -c client squares.py 2000 "$scratch"
is "$status" 0 'client: the script runs'
capture azml-guile history last -o json
is "$(json "$out_file" 'j["Sum"], j["target"], j["Here"]')" "(2664667000, 'client', True)" \
  'what it logs is in the history; its driver is on the head node'
application=$(json "$out_file" 'j["Application"]')
is "$(yarn_ask "apps/$application" \
  'j["app"]["applicationType"], j["app"]["finalStatus"], j["app"]["name"]')" \
  "('SPARK', 'SUCCEEDED', 'Azure ML Experiment')" 'YARN says that it ran it'
azml-guile experiment return >/dev/null 2>&1
is "$(cat outputs/master.txt)" yarn 'its output is returned'

# In the product's default mode YARN has the driver, too, with our package: what is logged
# there stays there, which is said.
capture azml-guile experiment submit -c cluster squares.py 2000 "$scratch"
is "$status" 0 'cluster: the script runs'
like "$(err)" 'cluster.compute:1:1: warning: .*what it logs and its outputs stay there' \
  'what that means is said'
capture azml-guile history last -o json
is "$(json "$out_file" 'j["status"], "Sum" in j')" "('Completed', False)" 'and is so'
is "$(cat "$scratch/greeting")" 'a=b\c: "d" $e / a=b\c: "d" $e' \
  'the driver and an executor see the variables of the run configuration'
is "$(yarn_ask apps 'sorted((a["finalStatus"], a["id"] == "'"$application"'")
  for a in j["apps"]["app"])')" "[('SUCCEEDED', False), ('SUCCEEDED', True)]" \
  'YARN says that it ran it'
capture azml-guile experiment submit -c cluster squares.py 20 "$scratch" fail
isnt "$status" 0 'a script that fails is a run that fails'
is "$(yarn_ask apps 'sorted(a["finalStatus"] for a in j["apps"]["app"])')" \
  "['FAILED', 'SUCCEEDED', 'SUCCEEDED']" 'as YARN says'

done_testing
