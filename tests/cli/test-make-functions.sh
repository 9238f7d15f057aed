#!/bin/sh
# test-make-functions.sh: what makefiles ask the object that GNU Make loads.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL
AZML_GMKDIR=$AZML_BUILDDIR/.libs
export AZML_GMKDIR
if ! [ -e "$AZML_GMKDIR/azml_gmk.so" ]; then
  skip_all 'the object for GNU Make was not built'
fi

# Where the object was built with AddressSanitizer (make check-sanitized), make needs its
# library before any other; what make itself does not free is no concern here.
sanitizer=$(ldd "$AZML_GMKDIR/azml_gmk.so" | awk '$1 ~ /^libasan/ { print $3 }')
if [ -n "$sanitizer" ]; then
  ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
  make ()
  {
    LD_PRELOAD=$sanitizer command make "$@"
  }
fi

# expand TEXT [FILE]: what TEXT expands to in a makefile.
expand ()
{
  {
    echo "include $AZML_BUILDDIR/plugins/make/azml.mk"
    printf 'answer := %s\n' "$1"
    # shellcheck disable=SC2016 # for make
    printf '%s\n' 'all:; @printf "%s\n" '\''$(answer)'\'
  } >Makefile.asked
  capture make -s -f Makefile.asked
}

answers ()
{
  expand "$1"
  is "$status:$(out)" "0:$2" "$3"
}

stops ()
{
  expand "$1"
  is "$status" 2 "make stops: $3"
  like "$(err)" "^Makefile.asked:2: \*\*\* $2" "the message says where and why: $3"
}

git init -q . && git config user.name t && git config user.email t@example.org
cat >train.py <<'EOF'
import sys, azml
lr = float(sys.argv[2])
azml.log("accuracy", lr * 2)
azml.log("accuracy", lr)
azml.log("note", "first")
open("outputs/a model.bin", "w").write("m")
open("outputs/log.txt", "w").write("t")
EOF
echo 1 >data.csv
git add train.py data.csv
for lr in 0.1 0.3 0.2; do
  ok "a run with $lr" azml-guile run -q --name digits -- train.py --lr "$lr"
done
ok 'a run of another name' azml-guile run -q --name other -- train.py --lr 0.9

# shellcheck disable=SC2016 # for make
{
  answers '$(azml-metric digits,accuracy)' 0.6 'the largest value of any step'
  answers '$(azml-metric digits,accuracy,min)' 0.1 'the smallest'
  answers '$(azml-metric digits,accuracy,last)' 0.2 'the last one of the latest run'
  answers '$(azml-metric digits,accuracy,max,command)' 'python3 train.py --lr 0.3' \
    'a field of the best run'
  answers '$(azml-metric digits,accuracy,max,metrics.accuracy.last)' 0.3 \
    'another number of it'
  answers '$(azml-metric digits,accuracy,max,,metrics.accuracy < 0.25)' 0.4 \
    'a filter leaves some out'
  answers '$(azml-metric ,accuracy)' 1.8 'of any experiment'
  answers '$(azml-metric none,accuracy,max,,,0.5)' 0.5 'what stands in for no run'

  answers '$(azml-run-field last,experiment)' other 'a field of run.json'
  answers '$(azml-run-field last,state)' completed 'a field of status.json'
  answers '$(azml-run-field last,snapshot.files)' 2 'a field within another'
  answers '$(azml-run-field last,metrics.note)' first 'a metric that is a text'
  answers '$(azml-run-field last,nothing,-)' - 'what stands in for no field'
  id=$(last_run)
  answers "\$(azml-run-field $id,id)" "$id" 'a run by its id'

  answers '$(notdir $(azml-outputs last))' 'a\ model.bin log.txt' 'all outputs'
  answers '$(notdir $(azml-outputs last,*.txt))' log.txt 'outputs by a pattern'
  answers '$(wildcard $(azml-outputs last,*.bin))' \
    "$(ls -d "$PWD/.azml/runs/$id/outputs/a model.bin")" 'the names are true'
}
# shellcheck disable=SC2016 # for make
{
  # Whether something has to run again.
  answers '[$(azml-stale other,train.py --lr 0.9)]' '[]' \
    'nothing to do for the same command and sources'
  answers '[$(azml-stale other,train.py  "--lr" 0.9,data.csv train.py)]' '[]' \
    'the sources by name'
  answers '$(azml-stale other,train.py --lr 0.8)' 'another command' 'another command'
  answers '$(azml-stale none,train.py)' 'no run has completed' 'nothing ran'
  touch train.py
  answers '[$(azml-stale other,train.py --lr 0.9)]' '[]' 'a touched file is no other'
  echo 2 >>data.csv
  echo new >more.py
  git add more.py
  answers '$(azml-stale other,train.py --lr 0.9)' 'changed data.csv, added more.py' \
    'it names what differs'

  stops '$(azml-metric none,accuracy)' \
    "azml-metric: no completed run of none has the metric 'accuracy'" 'no run'
  stops '$(azml-metric digits,accuracy,best)' "azml-metric: 'best' is not max" 'a bad word'
  stops '$(azml-metric digits,)' "azml-metric: '' is no name of a metric" 'no metric'
  stops '$(azml-metric digits,a"b)' 'azml-metric: .* is no name of a metric' 'a quote'
  stops '$(azml-metric digits,accuracy,max,,state ==)' 'azml-metric: filter, column' \
    'a bad filter'
  stops '$(azml-metric digits)' 'insufficient number of arguments' 'an argument lacks'
  stops '$(azml-run-field zzzz,state)' "azml-run-field: no run 'zzzz'" 'no such run'
  stops '$(azml-run-field last,no$$such)(field)' "azml-run-field: run $id has no 'no\\\$such'" \
    'no such field'
  stops '$(azml-outputs zzzz)' "azml-outputs: no run 'zzzz'" 'outputs of no run'
  stops '$(azml-stale ,train.py)' 'azml-stale: no experiment is named' 'no experiment'
  stops '$(azml-stale other)' 'insufficient number of arguments' 'no command'
  stops '$(azml-outputs )' "azml-outputs: no run ''" 'outputs of nothing'
  stops '$(azml-run-field ,state)' "azml-run-field: no run ''" 'a field of nothing'
  stops '$(azml-run-field last,)' "azml-run-field: run $id has no ''" 'nothing of a run'
  stops '$(azml-run-field last,a\)' "azml-run-field: run $id has no 'a" 'a backslash'
  stops '$(azml-metric endef,endef)' \
    "azml-metric: no completed run of endef has the metric 'endef'" "a word of make's own"
  stops '$(azml-stale other,train.py "x)' 'azml-stale: a quote is not closed' 'an open quote'
  stops '$(azml-stale other,train.py,absent.py)' 'azml-stale: .*absent.py' 'no such source'
  stops '$(azml-stale other,train.py,../up.py)' 'azml-stale: .* outside of' 'a source above'
}

# What the shell gets is what make had.
cat >Makefile.quote <<EOF
include $AZML_BUILDDIR/plugins/make/azml.mk
all:; @printf '%s\\n' \$(azml-quote it's "\$\$x", so)
EOF
capture make -s -f Makefile.quote
is "$status:$(out)" "0:it's \"\$x\", so" 'azml-quote makes one word for the shell'

# Targets and GPUs, which the program tells.
AZML_GUILE=azml-guile
export AZML_GUILE
ok 'a target' azml-guile computetarget attach remote -n gpu1 -a gpu.example.org -u me
ok 'another' azml-guile computetarget attach remote -n gpu2 -a other.example.org
# shellcheck disable=SC2016 # for make
{
  answers '$(azml-targets )' 'gpu1 gpu2' 'the names of the targets'
  stops '$(azml-targets gpu1)' "azml-targets: takes no argument, and got 'gpu1'" \
    'an argument too many'
  answers '$(azml-target-field gpu1,address)' gpu.example.org 'a field of one'
  answers '$(azml-target-field gpu2,username,nobody)' nobody 'what stands in for none'
  stops '$(azml-target-field gpu2,username)' "azml-target-field: target 'gpu2' has no" \
    'a target without the field'
  stops '$(azml-target-field gpu3,address)' "azml-target-field: there is no target 'gpu3'" \
    'no such target'
  AZML_NVIDIA_SMI=$AZML_SRCDIR/tests/fixtures/nvidia-smi
  export AZML_NVIDIA_SMI NVIDIA_SMI_MACHINE
  NVIDIA_SMI_MACHINE=$AZML_SRCDIR/tests/fixtures/gpu/eight.json
  answers '$(azml-gpus-free )' 8 'eight idle GPUs are free'
  NVIDIA_SMI_MACHINE=$AZML_SRCDIR/tests/fixtures/gpu/busy.json
  answers '$(azml-gpus-free )' "$(azml-guile gpu --json | "$tap_python" -c '
import json, sys
print(sum(not any(p.get("compute") for p in g["processes"])
          for g in json.load(sys.stdin)["gpus"]))')" 'those that somebody computes on are not'
  NVIDIA_SMI_MACHINE=$AZML_SRCDIR/tests/fixtures/gpu/none.json
  stops '$(azml-gpus-free )' 'azml-gpus-free: nvidia-smi finds no devices' \
    'a driver that tells of none'
  AZML_NVIDIA_SMI=
  answers '$(azml-gpus-free )' 0 'without a driver there is no GPU that is free'
  unset AZML_NVIDIA_SMI NVIDIA_SMI_MACHINE
  stops '$(azml-gpus-free gpu3)' 'azml-gpus-free: .*gpu --json .*failed with' 'no machine to ask'
}

# A folder without a project.
mkdir elsewhere "$tap_folder/away"
cd "$tap_folder/away" || exit 99
# shellcheck disable=SC2016 # for make
{
  stops '$(azml-metric digits,accuracy)' 'azml-metric: .*no project' 'no project'
  stops '$(azml-outputs last)' 'azml-outputs: .*no project' 'no project to look in'
  answers '$(azml-metric digits,accuracy,max,,,0.1)' 0.1 \
    'in a fresh clone the default stands in'
  answers '$(azml-run-field last,state,none)' none 'for a field, too'
  answers '$(azml-stale digits,train.py)' 'no run has completed' 'and all is to be made'
}

done_testing
