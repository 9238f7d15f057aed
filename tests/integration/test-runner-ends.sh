#! /bin/sh
# tests/integration/test-runner-ends.sh: every way in which a command can end.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/integration/runner.sh"

run_new '"argv": ["true"]'
run_exec
is "$status" 0 'a command that succeeds: exit code 0'
is_run completed 'exit_code 0' 'cause -' 'state completed'
run_is_over 'after success'
is "$(stat -c %a "$run_dir")" 700 'the run directory is private'

run_new '"argv": ["sh", "-c", "echo out; echo err >&2; exit 3"]'
run_exec
is "$status" 3 'exit 3'
is_run failed 'exit_code 3' 'cause -' 'state failed with the code'
is "$(cat "$run_dir/log")" "out
err" 'both streams, in order'
run_is_over 'after exit 3'
capture "$runner" exec "$run_id"
is "$status" 125 'a run is executed once'
like "$(err)" 'is failed: it is not started again' 'and says so'

run_new '"argv": ["sh", "-c", "kill -SEGV $$"]'
run_exec
is "$status" 139 'SIGSEGV: 128 + 11'
is_run failed 'signal 11' 'exit_code -' 'cause signal' 'the signal is told'

run_new '"argv": ["nosuchcommand", "x"]'
run_exec
is "$status" 127 'a command that does not exist: 127'
is_run failed 'cause not found' 'exit_code -' 'cause not found'
run_is_over 'not found'

printf 'echo hello\n' >"$scratch/data"
run_new "\"argv\": [\"$scratch/data\"]"
run_exec
is "$status" 126 'a file that is not executable: 126'
is_run failed 'cause not executable' 'cause not executable'

mkdir "$scratch/bin"
printf '#! /nonexistent/python\n' >"$scratch/bin/azml-test-script"
chmod +x "$scratch/bin/azml-test-script"
run_new "\"argv\": [\"$scratch/bin/azml-test-script\"]"
run_exec
is "$status" 127 'a first line that names no interpreter: 127'
like "$(run_field message)" 'the interpreter in the first line' 'and says so'

printf 'echo "no first line: $1"\n' >"$scratch/bin/azml-test-script"
run_new "\"argv\": [\"azml-test-script\", \"a b\"], \"variables\": {\"PATH\": \"$scratch/bin:$PATH\"}"
run_exec
is "$status $(cat "$run_dir/log")" '0 no first line: a b' 'a script without a first line is one for sh'

printf 'x' >"$scratch/bin/azml-test-plain"
run_new "\"argv\": [\"azml-test-plain\"], \"variables\": {\"PATH\": \"$scratch/bin:$PATH\"}"
run_exec
is "$status" 126 'a plain file on PATH: 126'

run_new '"argv": ["printf", "%s|", {"bytes": "T///Lg=="}, "a\nb", "$(id)", ""]'
run_exec
printf '\117\377\377.|a\nb|$(id)||' >"$scratch/want"
ok 'arguments arrive byte by byte' cmp "$run_dir/log" "$scratch/want"

# What the job is given.
run_new '"argv": ["sh", "-c", "env; pwd; ulimit -n; umask; cat; echo end; ls -l /proc/self/fd | wc -l"], "variables": {"A": "x y", "B": {"bytes": "/w=="}}, "python_path": ["/p/1", "/p/2"]' '"project": "proj"'
(umask 027; PYTHONPATH=/old AZML_RUN_ID=outer; export PYTHONPATH AZML_RUN_ID; exec "$runner" exec "$run_id")
log=$(cat -v "$run_dir/log")
like "$log" "^AZML_RUN_ID=$run_id\$" 'AZML_RUN_ID, also inside another run'
like "$log" "^AZML_RUN_DIR=$run_dir\$" 'AZML_RUN_DIR'
like "$log" "^AZML_OUTPUT_DIR=$run_dir/outputs\$" 'AZML_OUTPUT_DIR'
like "$log" "^AZML_METRICS=$run_dir/metrics.jsonl\$" 'AZML_METRICS'
like "$log" "^AZML_RUNNER=/.*azml-runner\$" 'AZML_RUNNER'
like "$log" "^PATH=.*:$(cd "$AZML_BUILDDIR" && pwd -P)(/.libs)?\$" 'its folder ends PATH'
like "$log" '^PYTHONUNBUFFERED=1$' 'PYTHONUNBUFFERED'
like "$log" '^PYTHONPATH=/p/1:/p/2:/old$' 'PYTHONPATH, in order'
like "$log" "^AZUREML_NATIVE_SHARE_DIRECTORY=$AZML_ROOT/share/proj/\$" 'the share of the project'
like "$log" '^A=x y$' 'a variable'
like "$log" '^B=M-\^\?$' 'a variable that is not UTF-8'
like "$log" "^$run_dir/source\$" 'the working folder is source/'
like "$log" '^0027$' 'the umask is that of the user'
like "$log" '^end$' 'the input is empty'
is "$(stat -c %a "$run_dir/log" "$run_dir/status.json" | tr '\n' ' ')" '600 600 ' 'our files are private'

run_new '"argv": ["sh", "-c", "echo $PYTHONUNBUFFERED"], "variables": {"PYTHONUNBUFFERED": "0"}'
run_exec
is "$(cat "$run_dir/log")" 0 'PYTHONUNBUFFERED is left as it was set'

run_new '"argv": ["sh", "-c", "ls /proc/self/fd"]'
capture "$runner" exec "$run_id" 9</dev/null
is "$(tr '\n' ' ' <"$run_dir/log")" '0 1 2 3 ' 'no descriptor but the three, and that of ls'

# What it used.
run_new '"argv": ["sh", "-c", "head -c 50000000 /dev/zero | tail | wc -c; setsid sh -c \"i=0; while [ \\$i -lt 300000 ]; do i=\\$((i+1)); done\" & wait"]'
run_exec
used ()
{
  sed -n "s/.*\"$1\":\([0-9]*\)\([.][0-9]*\)\{0,1\}[,}].*/\1\2/p" "$run_dir/status.json"
}
ok 'the largest process' test "$(used peak_process)" -ge 50000000
ok 'the largest sum over the tree' test "$(used peak_tree)" -ge "$(used peak_process)"
ok 'CPU time, of a detached process too' awk "BEGIN { exit !($(used user) > 0.05) }"

# Bytes.
run_new '"argv": ["sh", "-c", "head -c 3000000 /dev/urandom | tee \"$AZML_OUTPUT_DIR/copy\""]'
run_exec
ok 'binary output, byte by byte' cmp "$run_dir/log" "$run_dir/outputs/copy"
is "$(readlink "$run_dir/source/outputs")" ../outputs 'source/outputs is a link'
run_is_over 'binary output'
run_new '"argv": ["printf", "1%%\r2%%\r3%%"]'
run_exec
printf '1%%\r2%%\r3%%' >"$scratch/want"
ok 'progress bars, no newline at the end' cmp "$run_dir/log" "$scratch/want"
run_new '"argv": ["sh", "-c", "head -c 209715200 /dev/zero"]'
run_exec
is "$(run_field log_bytes)" 209715200 '200 MiB'
rm "$run_dir/log"

# Preparation.
run_new '"argv": ["cat", "made"], "variables": {"V": "v"}, "steps": [{"name": "one", "argv": ["sh", "-c", "echo $V >made; echo said"]}, {"argv": ["true"]}]'
run_exec
is "$status $(cat "$run_dir/log")" '0 v' 'steps run in source/ with the variables'
is "$(cat "$run_dir/prepare.log")" said 'and print to prepare.log'
is_run completed 'left_in_source 1' 'a file left in source/ is counted'
run_new '"argv": ["touch", "ran"], "steps": [{"name": "bad", "argv": ["sh", "-c", "exit 4"]}, {"argv": ["touch", "second"]}]'
run_exec
is "$status" 125 'a step that fails: 125'
is_run failed 'cause preparation' 'cause preparation'
like "$(run_field message)" "step 'bad' exited with code 4" 'which step, and how'
not_ok 'nothing ran after it' test -e "$run_dir/source/ran" -o -e "$run_dir/source/second"
run_is_over 'failed step'
run_new '"argv": ["true"], "steps": [{"name": "none", "argv": ["nosuchcommand"]}]'
run_exec
is_run failed 'cause preparation' 'a step that does not exist'

mkdir "$scratch/data set"
run_new "\"argv\": [\"sh\", \"-c\", \"cd ../inputs/data && pwd -P\"], \"inputs\": [{\"name\": \"data\", \"path\": \"$scratch/data set\"}]"
run_exec
is "$(cat "$run_dir/log")" "$scratch/data set" 'inputs are linked'
run_new '"argv": ["true"], "inputs": [{"name": "data", "path": "/nonexistent/x"}]'
run_exec
is "$status" 125 'an input that does not exist: 125'
like "$(run_field message)" "input 'data'" 'and is named'
run_new '"argv": ["pwd"], "steps": [{"argv": ["true"]}], "working_directory": "nosuch"'
run_exec
is "$status" 125 'a working folder that does not exist: 125'
is_run failed 'cause preparation' 'exit_code -' 'cause preparation'

run_new '"argv": ["sh", "-c", "echo $SETUP $V"], "setup": ["SETUP=yes; export SETUP", "V=changed; PATH=/mine:$PATH"], "variables": {"V": "kept"}'
run_exec
is "$status $(cat "$run_dir/log")" '0 yes kept' 'setup lines come before the variables'
run_new '"argv": ["echo", "ran"], "setup": ["false"]'
run_exec
is "$status" 125 'a setup line that fails: 125'
unlike "$(cat "$run_dir/log")" '^ran' 'and the command does not run'
run_new '"argv": ["sh", "-c", "echo $W \"$@\"", "x", "a b"], "wrapper": {"argv": ["env", "W=w"]}'
run_exec
is "$(cat "$run_dir/log")" 'w a b' 'a wrapper is put before the command'

# job.json that cannot be executed.
for bad in '"argv": []' '"argv": "true"' '"argv": ["a"], "snapshot": "x"' \
  '"argv": ["true"], "working_directory": "../x"' '"argv": ["true"], "grace": "x"' \
  '"argv": ["true"], "variables": {"A": 1}' '"argv": ["true"], "steps": [{}]' \
  '"argv": ["true"], "inputs": [{"name": "../x", "path": "/"}]' \
  '"argv": ["true"], "metric_patterns": [{"pattern": "(("}]' '"argv": ["true"], "id": "other"'; do
  run_new "$bad"
  run_exec
  is "$status" 125 "refused: $bad"
done
is_run failed 'cause internal' 'cause internal'
run_new '"argv": ["true"]'
printf '{"version": 1' >"$run_dir/job.json"
run_exec
is "$status" 125 'a job.json cut short: 125'
run_is_over 'broken job.json'

# Metrics.
run_new '"argv": ["sh", "-c", "env -u AZML_METRICS azml-runner log x=1; \"$AZML_RUNNER\" log x=1.5 l=[1,2] t=text --step 4; printf \"step 1\\rloss: 0.5\\nstep 2\\nloss: nan\\nacc=7\\nloss: 1e-3\""], "metric_patterns": [{"name": "loss", "pattern": "loss: ([-+0-9.enaif]+)", "step": "step ([0-9]+)"}, {"pattern": "^([a-z]+)=([0-9]+)$"}]'
run_exec
is "$status" 0 'azml-runner log never fails'
metrics=$(sed 's/,"time":"[^"]*"//; s/"time":"[^"]*",//' "$run_dir/metrics.jsonl")
like "$metrics" '"name":"x","value":1.5,"step":4' 'log: a number with a step'
like "$metrics" '"name":"l","value":\[1,2\]' 'log: a list'
like "$metrics" '"name":"t","value":"text"' 'log: a text'
like "$metrics" '"name":"loss","value":0.5,"step":1' 'pattern: a line that \r ends'
like "$metrics" '"name":"loss","value":"NaN","step":2' 'pattern: not a number'
like "$metrics" '"name":"loss","value":0.001' 'pattern: a last line without an end'
like "$metrics" '"name":"acc","value":7' 'pattern: the name from the line'
like "$(cat "$run_dir/log")" 'warning: nothing logged: AZML_METRICS is not set' 'log outside of a run warns'
capture "$runner" log novalue
is "$status" 2 'log: bad usage is 2'

capture "$runner" list
like "$(out)" "^$run_id  completed" 'list'
capture "$runner" --version
like "$(out)" '^azml-runner .* [0-9]+\.[0-9]+' '--version'
capture "$runner" nosuchverb
is "$status" 2 'an unknown verb is 2'

done_testing
