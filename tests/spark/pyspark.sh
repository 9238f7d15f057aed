# tests/spark/pyspark.sh: Spark for the tests; sourced after tap.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# needs_pyspark: skip all without Java.  Else take the spark-submit on PATH, or install pyspark
# from the package index into spark.tmp of the build folder; set $spark_submit, $spark_python
# and $spark_home.

needs_pyspark ()
{
  if ! command -v java >/dev/null && ! [ -x "${JAVA_HOME-}/bin/java" ]; then
    echo "1..0 # SKIP there is no Java here"
    # shellcheck disable=SC2034 # for tap.sh
    tap_finished=yes
    exit 0
  fi
  if ! command -v spark-submit >/dev/null; then
    spark_venv=$AZML_BUILDDIR/spark.tmp
    [ -x "$spark_venv/bin/spark-submit" ] || {
      "$tap_python" -m venv "$spark_venv" &&
        "$spark_venv/bin/pip" install -q 'pyspark>=3.5,<3.6'
    } >&2 || exit 99
    PATH=$spark_venv/bin:$PATH
  fi
  # shellcheck disable=SC2034 # for the test
  spark_submit=$(command -v spark-submit)
  spark_python=$(command -v python3)
  spark_home=$("$spark_python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
}
