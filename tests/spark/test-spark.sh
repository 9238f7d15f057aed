#!/bin/sh
# test-spark.sh: PySpark as it is: on this machine, and on the head node of a cluster.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make check-spark runs this.  It needs Java, and pyspark: that of the spark-submit on PATH,
# else one that is installed from the package index into spark.tmp of the build folder.

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/fixtures/sshd.sh"
. "$AZML_SRCDIR/tests/spark/pyspark.sh"

needs_pyspark

mkdir walk
cd walk || exit 99
mkdir aml_config
cat >squares.py <<'END_OF_SCRIPT'
import sys
from azureml.logging import get_azureml_logger
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
total = spark.sparkContext.parallelize(range(int(sys.argv[1])), 4).map(lambda x: x * x).sum()
get_azureml_logger().log("Sum", total)
open("outputs/master.txt", "w").write(spark.sparkContext.master)
print("application", spark.sparkContext.appName)
print("token", spark.sparkContext.getConf().get("spark.example.token"))
END_OF_SCRIPT
cat >aml_config/spark_dependencies.yml <<'END_OF_FILE'
configuration:
  "spark.app.name": "Azure ML Experiment"
  "spark.driver.bindAddress": 127.0.0.1
  "spark.driver.host": 127.0.0.1
  "spark.ui.enabled": "false"
  "spark.example.token": "a:b = c\\d"
END_OF_FILE
printf 'Target: local\n' >aml_config/local.runconfig

capture azml-guile experiment submit -c local squares.py 1000
is "$status" 0 'a script of PySpark runs here'
like "$(out)" 'application Azure ML Experiment' 'with the settings of spark_dependencies.yml'
like "$(out)" '^token a:b = c.d$' 'those that are secret, too'
capture azml-guile history last -o json
is "$(json "$out_file" 'j["Sum"], j["script_name"], j["arguments"]')" \
  "(332833500, 'squares.py', '1000')" 'what it logs is in the history'
like "$(cat "$(run_folder)/outputs/master.txt")" '^local' 'Spark was of this machine'

# A cluster: a master and a worker of Spark's own kind, whose head node is reached by SSH.
free_port ()
{
  "$spark_python" -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
class=org.apache.spark.deploy
master_port=$(free_port)
SPARK_LOCAL_IP=127.0.0.1
export SPARK_LOCAL_IP
"$spark_home/bin/spark-class" $class.master.Master --host 127.0.0.1 --port "$master_port" \
  --webui-port "$(free_port)" >"$scratch/master.log" 2>&1 &
master=$!
"$spark_home/bin/spark-class" $class.worker.Worker --host 127.0.0.1 -c 1 -m 1g \
  -d "$scratch/work" --webui-port "$(free_port)" "spark://127.0.0.1:$master_port" \
  >"$scratch/worker.log" 2>&1 &
worker=$!
stop_spark () { kill "$worker" "$master" 2>/dev/null; }
at_end stop_spark
registered () { grep -q 'Registering worker' "$scratch/master.log"; }
ok 'a cluster is there' wait_until 120 registered

sshd_start head
sshd_home=$ssh_home
cat >aml_config/cluster.compute <<END_OF_FILE
address: 127.0.0.1:$sshd_port
sparkSubmitLocation: $spark_submit
type: cluster
username: user
yarnDeployMode: client
END_OF_FILE
printf 'Target: cluster\nFramework: PySpark\nSparkDependenciesFile: standalone.yml\n' \
  >aml_config/cluster.runconfig
{
  cat aml_config/spark_dependencies.yml
  printf '  spark.master: spark://127.0.0.1:%s\n  spark.pyspark.python: %s\n' \
    "$master_port" "$spark_python"
} >standalone.yml
HOME=$sshd_home
azml-guile experiment submit -c cluster squares.py 2000 >"$out_file" 2>"$err_file"
is $? 0 'the script runs on the head node of a cluster'
capture azml-guile history last -o json
is "$(json "$out_file" 'j["Sum"], j["target"]')" "(2664667000, 'cluster')" 'and is in the history'
azml-guile experiment return >/dev/null 2>&1
is "$(cat outputs/master.txt)" "spark://127.0.0.1:$master_port" 'its work was the cluster'\''s'
ok 'a worker did it' grep -q 'Launched executor\|Executor app' "$scratch/worker.log"

done_testing
