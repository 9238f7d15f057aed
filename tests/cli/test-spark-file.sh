#!/bin/sh
# test-spark-file.sh: what spark-submit gets by a file that nobody else can open.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

secret=s3cret-$$-word
printf %s "$secret" >"$tap_folder/secret"
mkdir aml_config "$tap_folder/spark" "$tap_folder/conf"
echo 'print("not run here")' >train.py
cat >"$tap_folder/spark/spark-submit" <<'END_OF_SCRIPT'
#!/bin/sh
echo "words: $*"
while [ "$1" != --properties-file ]; do shift; done
test -f "$2" && stat -L -c 'mode %a, links %h' "$2" && cat "$2"
END_OF_SCRIPT
printf '#!/bin/sh\n' >"$tap_folder/spark/java"
chmod +x "$tap_folder/spark/spark-submit" "$tap_folder/spark/java"
printf 'spark.eventLog.enabled true' >"$tap_folder/conf/spark-defaults.conf"
SPARK_CONF_DIR=$tap_folder/conf
PATH=$tap_folder/spark:$PATH
export SPARK_CONF_DIR PATH

# words: what Spark was given; settings: what is in its file, but the defaults.
words () { out | grep '^words'; }
settings () { out | sed -n '1,/^spark.eventLog/d;/^spark/p'; }

# nothing_left WHAT: there is neither a file of ours nor one that has the secret.
nothing_left ()
{
  is "$(find .azml "$tap_folder/tmp" -name private -o -path "$tap_folder/tmp/*"
    grep -rlFf "$tap_folder/secret" .azml --exclude-dir=objects --exclude-dir=source \
      --exclude=log)" '' "$1: no file is left"
}
mkdir "$tap_folder/tmp"
TMPDIR=$tap_folder/tmp
export TMPDIR

# With the driver on another node the variables go by the file.
printf 'type: cluster\naddress: head.example.org\nusername: me\n' >aml_config/hdi.compute
cat >aml_config/hdi.runconfig <<END_OF_FILE
Target: hdi
Framework: PySpark
EnvironmentVariables:
  ACCOUNT_KEY: "a=b\\\\c: 'd' \$e$secret"
  TWO: "one\\ntwo"
END_OF_FILE
printf 'configuration:\n  "spark.app.name": "Azure ML Experiment"\n' \
  >aml_config/spark_dependencies.yml
azml-guile import aml_config/hdi.runconfig train.py -o cluster.scm >/dev/null
sed -i '/(target target)/s/(target target)//' cluster.scm
capture azml-guile run cluster.scm
is "$status" 0 'yarnDeployMode cluster: the run of its recipe'
like "$(words)" \
  '^words: --master yarn --deploy-mode cluster --properties-file /dev/fd/9 .* train.py$' \
  'Spark is given a file'
unlike "$(words)" "a=b|one|$secret" 'no value stands in the command line'
is "$(out | sed -n '/^mode/,$p')" "mode 600, links 0
spark.eventLog.enabled true
spark.yarn.appMasterEnv.ACCOUNT_KEY=a=b\\\\\\\\c: 'd' \\\\\$e$secret
spark.executorEnv.ACCOUNT_KEY=a=b\\\\c: 'd' \$e$secret
spark.yarn.appMasterEnv.TWO=one\\ntwo
spark.executorEnv.TWO=one\\ntwo" 'the driver and the executors get them, beside the defaults'
nothing_left variables

# Settings that are secret go the same way, wherever the driver is.
printf 'Framework: PySpark\n' >aml_config/here.runconfig
cat >aml_config/spark_dependencies.yml <<END_OF_FILE
repositories: ["https://repo.example.org/", "https://me:$secret@repo.example.org/"]
configuration:
  "spark.app.name": "Azure ML Experiment"
  "spark.ssl.keyPassword": "  $secret\\\\\\r\\nb"
  "spark. a:b": "https://h/?sig=$secret"
  "spark.driver.extraJavaOptions": "-Dtrust.password=$secret"
END_OF_FILE
expected="spark.ssl.keyPassword=\\  $secret\\\\\\r\\nb
spark.\\ a\\:b=https://h/?sig=$secret
spark.driver.extraJavaOptions=-Dtrust.password=$secret
spark.jars.repositories=https://repo.example.org/,https://me:$secret@repo.example.org/"
capture azml-guile experiment submit -c here train.py
is "$status" 0 'a run with settings that are secret'
is "$(words)" \
  'words: --properties-file /dev/fd/9 --conf spark.app.name=Azure ML Experiment train.py' \
  'of which none stands in the command line'
is "$(settings)" "$expected" 'but all in the file'
nothing_left settings
unlike "$(azml-guile history show last; azml-guile history show last --json; azml-guile history last -o json)" \
  "$secret" 'the history does not tell them'

# -s names another file of packages, with the same care.
printf 'configuration:\n  "spark.app.name": other\n  "spark.token": %s\n' "$secret" >other.yml
capture azml-guile experiment submit -c here -s other.yml train.py
is "$status $(words)" \
  '0 words: --properties-file /dev/fd/9 --conf spark.app.name=other train.py' \
  '-s: the settings are those of the other file'
is "$(settings)" "spark.token=$secret" '-s: those that are secret, too'
capture azml-guile experiment submit -c here --spark-dependencies other.yml train.py
like "$(words)" 'spark.app.name=other' 'so by its long name'
capture azml-guile experiment submit -c here -s nowhere.yml train.py
is "$status $(err)" "1 azml-guile: there is no file 'nowhere.yml'" '-s: one that there is not'
printf 'configuration: [a]\n' >broken.yml
capture azml-guile experiment submit -c here -s broken.yml train.py
is "$status" 1 '-s: one that is wrong'
like "$(err)" "^azml-guile: broken.yml:1:16: 'configuration' is a map" '-s: is told with its place'

# So do those of SDK v1.
cat >aml_config/v1.runconfig <<END_OF_FILE
script: train.py
framework: PySpark
target: local
environment:
  python: {userManagedDependencies: true}
  environmentVariables: {}
  spark:
    repositories: []
    packages: []
spark:
  configuration:
    spark.app.name: v1
    spark.hadoop.fs.azure.account.key.me: $secret
END_OF_FILE
capture azml-guile experiment submit -c v1 train.py
is "$status" 0 'a run configuration of SDK v1'
is "$(words)" 'words: --properties-file /dev/fd/9 --conf spark.app.name=v1 train.py' \
  'has its secrets in no command line'
is "$(settings)" "spark.hadoop.fs.azure.account.key.me=$secret" 'but in the file'

# The file has a name for a moment, and is empty then.  What ends the run in this moment:
mkdir "$tap_folder/slow"
cat >"$tap_folder/slow/rm" <<'END_OF_SCRIPT'
#!/bin/sh
echo "$PPID" >"$MOMENT.new" && mv "$MOMENT.new" "$MOMENT"
exec sleep 60
END_OF_SCRIPT
chmod +x "$tap_folder/slow/rm"

# ended HOW COMMAND...: COMMAND ends the run, whose shell is $shell and whose id is $run.
ended ()
{
  MOMENT=$tap_folder/moment PATH=$tap_folder/slow:$PATH \
    azml-guile experiment submit -c here train.py >"$out_file" 2>&1 &
  client=$!
  ok "$1: the moment" wait_until 60 test -e "$tap_folder/moment"
  shell=$(cat "$tap_folder/moment")
  rm "$tap_folder/moment"
  run=$(basename "$(dirname .azml/runs/*/private)")
  is "$(stat -c '%a %s' ".azml/runs/$run/private")" '600 0' "$1: the file is empty"
  how=$1
  shift
  "$@" >/dev/null 2>&1
  wait "$client"
  is "$(json ".azml/runs/$run/status.json" 'j["state"] in ("failed", "canceled", "lost")')" True \
    "$how: the run has ended"
  nothing_left "$how"
}
kill_shell () { kill -KILL "$shell"; }
kill_all ()
{
  # shellcheck disable=SC2046 # two words
  set -- $(sed -n 's/^\(keeper\|runner\) \([0-9]*\) .*/\2/p' ".azml/runs/$run/alive")
  kill -KILL "$@" "$shell"
  azml-guile history list
}
# shellcheck disable=SC2016 # $run is known later
stop_run () { azml-guile stop --signal "$1" --grace 1 "$run"; }
ended SIGTERM stop_run TERM
ended SIGINT stop_run INT
ended 'SIGKILL of the shell' kill_shell
ended 'SIGKILL of all' kill_all

done_testing
