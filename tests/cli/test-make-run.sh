#!/bin/sh
# test-make-run.sh: recorded runs as the recipes of make's rules.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL AZML_MAKE_DETACH
AZML_GMKDIR=$AZML_BUILDDIR/.libs
AZML_GUILE=azml-guile
export AZML_GMKDIR AZML_GUILE
[ -e "$AZML_GMKDIR/azml_gmk.so" ] || skip_all 'the object for GNU Make was not built'

# The examples ask pkg-config where azml.mk is.
mkdir "$tap_folder/bin"
cat >"$tap_folder/bin/pkg-config" <<EOF
#!/bin/sh
[ "\$*" = '--variable=makefile azml-guile' ] && echo "$AZML_BUILDDIR/plugins/make/azml.mk"
EOF
chmod +x "$tap_folder/bin/pkg-config"
PATH=$tap_folder/bin:$PATH

runs ()
{
  azml-guile history list --json --limit 1000 |
    "$tap_python" -c 'import json, sys; print(len(json.load(sys.stdin)))'
}

# The example project.
cp "$AZML_SRCDIR"/doc/examples/make/* .
chmod u+w -- *
ok 'the example builds' make
like "$(cat model.txt)" '^1\.97[0-9]* 1\.01' 'the model came out of the run'
like "$(cat report.txt)" '^y = 1.98 x' 'so did the report'
is "$(sort model.txt.d | tr -d '\\\n')" '  data.csv   train.pydata.csv:model.txt: train.py:' \
  'what was read is written down for make'
is "$(runs)" 2 'two runs are recorded'
capture make
like "$(out)" 'Nothing to be done' 'nothing is left to do'
not_ok 'make -q says so when something is' make -q LR=0.2 sweep
is "$(make -n sweep | grep -c 'azml-guile run')" 4 'make -n prints the commands'
is "$(runs)" 2 'and runs none'
capture make -s -j4 --output-sync sweep
is "$status:$(out)" '0:best rate: 0.3' 'a sweep by a pattern rule, four at a time'
is "$(azml-guile history list --where 'parameters.lr = 0.03' --json | grep -o sweep | head -n 1)" \
  sweep 'the rate on the command line is a parameter'
echo '0.1,9' >>data.csv
ok 'a changed file that the run read has make run again' make -s
is "$(runs)" 8 'the model and its report'

# Outside of git the prerequisites are the source, in git what it tracks.
mkdir restored
azml-guile history checkout "$(azml-guile history list --where 'experiment = sweep' --limit 1 \
  --json | "$tap_python" -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')" \
  restored/one >/dev/null
is "$(cd restored/one && ls)" 'data.csv
train.py' 'the source of a run is its prerequisites'

mkdir "$scratch/tracked" && cd "$scratch/tracked" || exit 99
git init -q . && echo 'open("outputs/a b.txt", "w").write("x")' >job.py && git add job.py
cat >Makefile <<'EOF'
.RECIPEPREFIX = >
include $(shell pkg-config --variable=makefile azml-guile)
a\ b.txt: job.py other
> $(azml.run) -q --output 'outputs/a b.txt=$@' -- job.py
other: ; echo built >$@
fails: job.py
> echo old >$@
> $(azml.run) -q --output 'outputs/a b.txt=$@' -- sh -c 'exit 7'
lacks: job.py
> $(azml.run) -q --output outputs/none=$@ -- job.py
slow: job.py
> $(azml.run) -q --output outputs/done=$@ -- sh -c 'touch outputs/began; $(S); echo x >outputs/done'
EOF
ok 'a target with a blank in its name' make -s 'a b.txt'
is "$(cat 'a b.txt')" x 'it is made'
azml-guile history checkout last "$tap_folder/source" >/dev/null
is "$(ls "$tap_folder/source")" job.py 'in a repository the source is what git tracks'

capture make -s fails
is "$status" 2 'a run that fails, fails the rule'
like "$(err)" 'Error 7' "the exit code is the job's"
is "$(cat fails 2>/dev/null)" old 'it deletes and changes nothing'
capture make -s lacks
is "$status" 2 'an output that is not there fails the rule'
like "$(err)" "left no file 'outputs/none'" 'which is named'
not_ok 'and makes no target' test -e lacks
rm fails
capture make -s -k fails lacks other
like "$(err)" 'Error 7' 'make -k goes on'

# Interrupted.
# began [N]: wait until so many slow runs have begun.
began ()
{
  tap_try=0
  while [ "$(find "$scratch"/.azml/runs/*/outputs -name began | wc -l)" -lt "${1:-1}" ]; do
    tap_try=$((tap_try + 1))
    [ $tap_try -lt 600 ] || return 1
    sleep 0.2
  done
}
make -s slow S='sleep 60' >make.log 2>&1 &
make_pid=$!
ok 'a slow run has begun' began
kill -TERM "$make_pid"
wait "$make_pid"
not_ok 'an interrupted make leaves no target' test -e slow
like "$(azml-guile history list --limit 1)" 'canceled' 'and its run is stopped'
rm -f "$scratch"/.azml/runs/*/outputs/began

until_go="until test -e $PWD/go-slow; do sleep 0.1; done"
AZML_MAKE_DETACH=1 make -s slow S="$until_go" >make.log 2>&1 &
make_pid=$!
ok 'another one has begun' began
before=$(runs)
kill -TERM "$make_pid"
wait "$make_pid"
like "$(azml-guile history list --limit 1)" 'running' 'with AZML_MAKE_DETACH its run goes on'
: >go-slow
ok 'the next make takes it up' env AZML_MAKE_DETACH=1 make -s slow S="$until_go"
is "$(cat slow)" x 'and makes the target of it'
is "$(runs)" "$before" 'without a run of its own'
rm slow
ok 'what was taken up once is not taken up again' env AZML_MAKE_DETACH=1 make -s slow S='sleep 0'
is "$(runs)" "$((before + 1))" 'but run anew'

# Several at a time: they wait for the file go.
cat >>Makefile <<'EOF'
parts: part-1 part-2 part-3
part-%: job.py
> $(azml.run) -q --output outputs/done=$@ -- sh -c \
>   'touch outputs/began; until test -e $(CURDIR)/go; do sleep 0.1; done; echo $* >outputs/done'
EOF
rm -f "$scratch"/.azml/runs/*/outputs/began
make -s -j4 parts >make.log 2>&1 &
make_pid=$!
ok 'under make -j4 three have begun' began 3
kill -TERM "$make_pid"
wait "$make_pid"
is "$(azml-guile history list --limit 3 | grep -c canceled)" 3 'interrupted, it stops all three'
rm -f "$scratch"/.azml/runs/*/outputs/began
AZML_MAKE_DETACH=1 make -s -j4 parts >make.log 2>&1 &
make_pid=$!
ok 'three have begun anew' began 3
before=$(runs)
kill -TERM "$make_pid"
wait "$make_pid"
is "$(ls -d part-* 2>/dev/null)" '' 'no target is left'
: >go
ok 'the next make -j4 takes all of them up' env AZML_MAKE_DETACH=1 make -s -j4 parts
is "$(cat part-1 part-2 part-3 | tr '\n' ' ')" '1 2 3 ' 'and has its targets of them'
is "$(runs)" "$before" 'without a run more'

# What does not go together.
capture azml-guile run --output /etc/x=y -- true
is "$status" 2 'an output outside of the run is a usage error'
capture azml-guile run -d --output outputs/x=y -- true
is "$status" 2 'so is --detach with --output'
capture azml-guile run --make-deps d -- true
is "$status" 2 'and --make-deps without a target'
capture azml-guile run -q --source absent.py -- true
is "$status" 125 'a source that is not there is an error'
like "$(err)" 'absent.py' 'that names it'

done_testing
