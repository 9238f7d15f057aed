#!/bin/sh
# test-bad-input.sh: source folders, numbers, records and clocks that are odd or wrong.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/faults.sh"

runs ()
{
  ls .azml/runs 2>/dev/null | wc -l | tr -d ' '
}

# rows EXPRESSION: of `history list --json`, as j.
rows ()
{
  azml-guile history list --json --limit 0 >rows.out && json rows.out "$1"
}

# A source folder with what is no file.
mkdir odd
cd odd || exit 99
newline=$(printf 'new\nline')
echo 1 >"$newline"
echo 2 >"$(printf 'caf\351')"
ln -s . loop
ln -s nowhere dangling
ln -s b a && ln -s a b
mkfifo pipe
"$tap_python" -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
capture azml-guile run -- sh -c 'cat new*; cat caf*; readlink loop dangling a b; ls'
is "$status" 0 'sockets, FIFOs, loops of links and odd names: the run is as ever'
is "$(sed -n 1,6p "$out_file" | tr '\n' ' ')" '1 2 . nowhere b a ' 'files and links are there'
unlike "$(out)" '^(pipe|socket)$' 'what is no file is not'
capture azml-guile run -n -- true
like "$(out)" 'pipe' 'the plan names it'
run=$(last_run)
ok 'it is checked out again' azml-guile history checkout "$run" ../odd-again
is "$(cat "../odd-again/$newline")$(readlink ../odd-again/loop)" 1. 'with names and links'
cd ..

# Installed packages among the sources.
mkdir -p packed/env packed/node_modules packed/data
: >packed/env/pyvenv.cfg
: >packed/node_modules/x
: >packed/data/y
cd packed || exit 99
capture azml-guile run -q -- true
like "$(err)" "warning: 'env' in the source folder is a virtual environment" 'a virtual environment is told'
like "$(err)" 'a line /env/ in \.azmlignore leaves it out' 'with the line that leaves it out'
like "$(err)" "warning: 'node_modules' .* is a folder of npm's packages, and kept with each run\$" \
  'and packages of npm, which may well work there'
like "$(err)" 'a line /node_modules/ in \.azmlignore leaves it out$' 'and are none of Python'
unlike "$(err)" "'data'" 'and nothing else'
printf '/env/\nnode_modules\n' >.gitignore
capture azml-guile run -q -- true
is "$(err)" '' 'what is ignored is not told'
printf 'node_modules/*\n' >.gitignore
echo '*' >env/.gitignore
capture azml-guile run -q -- true
is "$(err)" '' 'nor what leaves itself out, as virtualenv and uv have it'
cd ..

# An unreadable file, for a user whom that stops.
mkdir closed
cp "$(command -v true)" closed/true
echo x >closed/secret
chmod 000 closed/secret
if [ "$(id -u)" = 0 ]; then
  mkdir "$tap_folder/user"
  cp -r closed "$tap_folder/user/"
  chmod 711 "$tap_folder"
  chmod 000 "$tap_folder/user/closed/secret"
  chown -R 60123:60123 "$tap_folder/user"
  # The program is where only root may look, perhaps: its snapshot is what counts.
  capture setpriv --reuid=60123 --regid=60123 --clear-groups --inh-caps=-all -- \
    env HOME="$tap_folder/user" sh -c 'cd "$1" && exec azml-guile run -- true' - \
    "$tap_folder/user/closed"
else
  capture sh -c 'cd closed && exec azml-guile run -- true'
fi
if [ "$status" = 126 ] || [ "$status" = 127 ]; then
  skip 'an unreadable file ends the run before it begins' 'the build is closed to other users'
  skip 'it is named' 'the build is closed to other users'
else
  is "$status" 125 'an unreadable file ends the run before it begins'
  like "$(err)" "'secret'" 'it is named'
fi
rm -rf closed

# An output that is wanted of a folder that may not be entered; root may, unless it is told not to.
mkdir wanted
cd wanted || exit 99
plain=
whose='you, but may not be entered'
close='chmod 000 outputs/closed'
if [ "$(id -u)" = 0 ]; then
  plain='setpriv --inh-caps=-all --bounding-set=-dac_override,-dac_read_search --'
  whose='user 60123'
  close='chmod 700 outputs/closed && chown 60123 outputs/closed'
fi
# shellcheck disable=SC2086
capture $plain azml-guile run --output outputs/closed/in/model=model -- \
  sh -c "mkdir -p outputs/closed/in && echo x >outputs/closed/in/model && $close"
is "$status" 125 'an output in a folder that cannot be read'
like "$(err)" "'outputs/closed/in/model' of run .* cannot be read: the folder 'outputs/closed' belongs to $whose" \
  'the folder is named, and whose it is'
chmod -R u+rwX .azml/runs/*/outputs
cd ..
rm -rf wanted

# A file that grows and changes for as long as it is read.
mkdir restless
cd restless || exit 99
"$tap_python" - <<'END' &
import os, time
with open("growing", "wb", buffering=0) as file:
    while not os.path.exists("../enough"):
        file.seek(0)
        file.write(os.urandom(3000000))
        file.truncate(3000000 + time.monotonic_ns() % 1000)
END
writer=$!
wait_until 10 test -s growing
capture timeout 300 azml-guile run -- true
case $status in
  0) pass 'a file that changes while it is read: taken whole' ;;
  125) like "$(err)" "'growing'" 'a file that changes while it is read: is named' ;;
  *) fail 'a file that changes while it is read: an exit code of its own' "$status $(err)" ;;
esac
: >../enough
wait "$writer"
capture azml-guile run -- cksum growing
is "$(out)" "$(cksum growing)" 'when it rests all of it is taken'
cd ..

# Numbers that JSON does not have.
cat >numbers.py <<'END'
import azml
azml.log("bad", float("nan"))
azml.log("big", float("inf"))
azml.log("small", float("-inf"))
azml.log("good", 1.5)
END
capture azml-guile run -- numbers.py
is "$status" 0 'NaN and infinities are logged'
like "$(err)" 'bad +NaN' 'the summary shows NaN'
run=$(last_run)
capture azml-guile history show --json "$run"
is "$(json "$out_file" '[j["metrics"][n]["last"] for n in ("bad", "big", "small", "good")]')" \
  "['NaN', 'Infinity', '-Infinity', 1.5]" 'JSON has them as texts'
capture azml-guile history list --where 'metrics.good > 1' --json
is "$(json "$out_file" 'len(j)')" 1 'the others can be asked for'
capture azml-guile history list --where 'metrics.bad > 0' --json
is "$(json "$out_file" 'len(j)')" 0 'no comparison holds for NaN'
ok 'they are exported' azml-guile history export -o exported.csv
ok 'a plot of nothing but NaN is an error or a picture, not a crash' \
  sh -c 'azml-guile history plot "$0" bad >plot.out 2>&1; [ $? -le 1 ]' "$run"

# Two clients at the same millisecond: the alias is the same, the runs are two.
printf '=1750000000000' >clock
AZML_TEST_CLOCK=$scratch/clock azml-guile run -d -- echo one >first.id &
AZML_TEST_CLOCK=$scratch/clock azml-guile run -d -- echo two >second.id
wait $!
isnt "$(cat first.id)" "$(cat second.id)" 'two clients at the same millisecond make two runs'
fault_over "$(cat first.id)" - 'the first of them'
fault_over "$(cat second.id)" - 'the second of them'
is "$(cat ".azml/runs/$(cat first.id)/log" ".azml/runs/$(cat second.id)/log" | tr '\n' ' ')" \
  'one two ' 'each with its own log'
alias=$(json ".azml/runs/$(cat first.id)/run.json" 'j["alias"]')
is "$alias" "$(json ".azml/runs/$(cat second.id)/run.json" 'j["alias"]')" 'the alias is the same'
capture azml-guile history show "$alias"
is "$status" 1 'and as the name of a run it is an error'
like "$(err)$(out)" "$(cat first.id)|ambiguous|several" 'which says so'

# The clock is set back while a run goes, and between two.
printf '0' >clock
AZML_TEST_CLOCK=$scratch/clock azml-guile run -- \
  sh -c 'echo begin; while [ ! -e "$0/go" ]; do sleep 0.05; done; echo end' "$scratch" \
  >clock.out 2>clock.err &
client=$!
wait_until 10 grep -q begin clock.out
printf '%s' -7200000 >clock
: >go
wait "$client"
is "$?" 0 'the clock is set back two hours: the run ends'
is "$(cat clock.out)" "$(printf 'begin\nend')" 'and is followed'
run=$(ls -t .azml/runs | head -n 1)
fault_over "$run" clock.out 'the clock set back'
ok 'no duration is negative' json "$run_dir/status.json" \
  'min(j["durations"].values()) >= 0 or 1 / 0'
ok 'durations are those of a watch' json "$run_dir/status.json" \
  'j["durations"]["total"] < 600 or 1 / 0'
export AZML_TEST_CLOCK="$scratch/clock"
capture azml-guile run -- echo again
is "$status $(out)" '0 again' 'the next run is as ever'
for command in 'history list' 'history show last' 'history gc --dry-run' 'env'; do
  ok "$command, while all is to come" azml-guile $command
done
capture azml-guile history list
unlike "$(out)" '-[0-9]' 'no age is negative'
unset AZML_TEST_CLOCK

# Records that are damaged.
good=$(azml-guile run -d -- true)
fault_over "$good" - 'the run that is damaged then'
cp ".azml/runs/$good/run.json" saved
head -c 40 saved >".azml/runs/$good/run.json"
capture azml-guile history show "$good"
isnt "$status" 0 'a run.json cut short is an error'
like "$(err)" 'run\.json' 'which names the file'
like "$(err)" 'hint: .*remove that folder' 'and says what to do'
capture azml-guile history list
is "$status" 0 'the list is as ever'
like "$(out)" "$(echo "$good" | cut -c 1-6)" 'and has it still'
capture azml-guile history reindex
is "$status" 0 'reindex goes on with the others'
like "$(err)$(out)" "$good|1 .*cannot be read|skipped" 'and tells of it'
capture azml-guile run -q -- echo on
is "$status $(out)" '0 on' 'runs are as ever'
capture azml-guile history gc --dry-run
is "$status" 0 'gc too'
cp saved ".azml/runs/$good/run.json"
azml-guile history reindex 2>/dev/null
is "$(rows "[r['state'] for r in j if r['id'] == '$good']")" "['completed']" 'nothing was lost'

# An index of a newer version.
before=$(rows 'len(j)')
"$tap_python" - <<'END'
import os, sqlite3
index = sqlite3.connect(".azml/index.db")
index.execute("PRAGMA user_version = 99")
index.commit()
index.execute("PRAGMA wal_checkpoint(TRUNCATE)")
index.close()
END
capture azml-guile run -- echo fine
is "$status $(out)" '0 fine' 'a newer index fails no run'
like "$(err)" 'warning: .*newer' 'it is a warning'
capture azml-guile history list
isnt "$status" 0 'nobody writes into it'
like "$(err)" 'newer azml-guile' 'the error says why'
like "$(err)" 'hint: .*remove the file' 'and what to do'
rm .azml/index.db*
is "$(rows 'len(j)')" $((before + 1)) 'without it all runs are there'

# A log of 1 GiB.
capture df -Pk .
if [ "$(awk 'NR == 2 { print $4 }' "$out_file")" -gt 2500000 ]; then
  azml-guile run -q -- sh -c 'head -c 1073741824 /dev/zero' 2>err | cksum >large.sum
  is "$(cat large.sum)" "$(head -c 1073741824 /dev/zero | cksum)" '1 GiB of output arrives'
  fault_folder "$(last_run)"
  run_is_over '1 GiB of output'
  is "$(run_field log_bytes)" 1073741824 'and is in the log'
  rm -f "$run_dir/log"
else
  skip '1 GiB of output arrives' 'too little space'
fi

done_testing
