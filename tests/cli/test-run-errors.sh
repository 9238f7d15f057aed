#!/bin/sh
# test-run-errors.sh: azml-guile run: scripts and parameters that are odd or wrong.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

runs ()
{
  ls .azml/runs 2>/dev/null | wc -l | tr -d ' '
}

# Scripts that are not there or cannot be executed.
cat >recipe.scm <<'END'
(use-modules (azml))
(experiment
  (name "digits")
  (script "tarin.py"))
END
echo 'print(1)' >train.py
capture azml-guile run recipe.scm
is "$status" 127 'a missing script has exit code 127'
like "$(err)" 'recipe\.scm:4:3: .*tarin\.py' 'the error names the place in the recipe'
like "$(err)" "did you mean 'train\\.py'" 'and what was meant'
is "$(runs)" 0 'nothing is left'
capture azml-guile run -- trian.py
is "$status" 127 'so has one without a recipe'
capture azml-guile run -- no-such-program-here
is "$status" 127 'and a program that is not there'

echo 'some data' >data.txt
capture azml-guile run -- ./data.txt
is "$status" 126 'what cannot be executed has exit code 126'
like "$(err)" "'\\./data\\.txt' is not executable" 'and is named'
sed 's/tarin\.py/data.txt/' recipe.scm >data.scm
capture azml-guile run data.scm
is "$status" 126 'also from a recipe'

printf '#!/bin/sh\necho "$0 $1"\n' >tool
chmod +x tool
capture azml-guile run -q -- tool x
is "$(out)" './tool x' 'an executable file runs'
echo 'echo sh "$1"' >plain.sh
capture azml-guile run -q -- plain.sh y
is "$(out)" 'sh y' 'a shell script runs though it is not executable'
printf '#!/no/such/interpreter\n' >broken
chmod +x broken
capture azml-guile run -- broken
is "$status" 127 'a missing interpreter is found out by the runner'

# Words that are nearly right.
capture azml-guile run recipe.smc
like "$(err)" "^hint: did you mean 'recipe.scm'\\?" 'a misspelt recipe'
capture azml-guile run -c lcoal -- true
like "$(err)" "^hint: did you mean 'local'\\?" 'a misspelt target'
capture azml-guile logs lst
like "$(err)" "^hint: did you mean 'last'\\?" 'a misspelt run'
capture azml-guile logs
like "$(err)" '^hint: for instance: azml-guile logs last' 'no run at all'
capture azml-guile run recipe.scm lr
like "$(err)" '^hint: the recipe declares digits; a parameter is given as lr=VALUE' 'a parameter without a value'

# How scripts end.
for code in 1 3 77 255; do
  capture azml-guile run -- sh -c "exit $code"
  is "$status" "$code" "exit code $code is passed on"
done
like "$(err)" 'failed with exit code 255' 'and said'
capture azml-guile run -- sh -c 'kill -SEGV $$'
is "$status" 139 'a segmentation fault is 128 + 11'
like "$(err)" 'killed by SIGSEGV' 'and said'
capture azml-guile run -- sh -c 'kill -KILL $$'
is "$status" 137 'a kill is 128 + 9'
for limit in 1x 0 -3 ''; do
  capture azml-guile run --time-limit="$limit" -- true
  is "$status" 2 "--time-limit='$limit' is a usage error"
  like "$(err)" "option '--time-limit': expected seconds, or a duration" 'which says what is one'
done
capture azml-guile run --time-limit 1.5h --json -- true
is "$(json "$out_file" 'j["run"]["time_limit"]')" 5400 '--time-limit takes what recipes do'
for name in 'a b' '' -x; do
  capture azml-guile run --name="$name" -- true
  is "$status" 2 "--name='$name' is a usage error"
  like "$(err)" "^azml-guile: option '--name': expected a name" 'which names the option'
done
capture azml-guile run --time-limit 0.5 -- sleep 60
is "$status" 124 'a time limit is 124'
like "$(err)" 'time limit' 'and said'

# Parameters arrive byte for byte.
cat >argv.py <<'END'
import os, sys
sys.stdout.buffer.write(b"\0".join(os.fsencode(a) for a in sys.argv[1:]))
END
odd=$(printf 'new\nline')
bytes=$(printf 'caf\351 \377')
capture azml-guile run -q -- argv.py "it's" 'say "x"' '$(touch pwned)' '`id`' "$odd" "$bytes" '' \
  '*' 'a\b' -- --flag 'gr\303\274n' 'x=y;z' '%s' '~'
printf '%s\0' "it's" 'say "x"' '$(touch pwned)' '`id`' "$odd" "$bytes" '' \
  '*' 'a\b' -- --flag 'gr\303\274n' 'x=y;z' '%s' >expected
printf '~' >>expected
ok 'odd arguments arrive byte for byte' cmp expected "$out_file"
not_ok 'nothing was executed' test -e pwned
ok 'run.json is JSON all the same' json "$(run_folder)/run.json" 'j["command"]'
capture azml-guile history show last
is "$status" 0 'and can be shown'

cat >argv.scm <<'END'
(use-modules (azml))
(experiment
  (name "argv")
  (script "argv.py")
  (parameters '((text . "it's \"$(id)\"\n") (rate . 1/8) (big . 1e300) (on . #t) (off . #f)
                (many . (1 2.5 "three")))))
END
capture azml-guile run -q argv.scm
printf '%s\0' --text "it's \"\$(id)\"
" --rate 0.125 --big 1.0e300 --on --many 1 2.5 >expected
printf 'three' >>expected
ok 'parameters of a recipe arrive byte for byte' cmp expected "$out_file"
capture azml-guile run -q argv.scm "text=$bytes" 'rate=0.25'
printf '%s\0' --text "$bytes" --rate 0.25 --big 1.0e300 --on --many 1 2.5 >expected
printf 'three' >>expected
ok 'changed ones do, too, UTF-8 or not' cmp expected "$out_file"

# File names.
name=$(printf 'a\nb \351.py')
cp argv.py "$name"
capture azml-guile run -q -- "$name" z
is "$(out)" z 'a script with an odd name runs'
rm "$name"

# Environments of the process.
capture env -u HOME azml-guile run -q -- echo home
is "$(out)" home 'HOME unset does not matter to a run without an environment'
capture env LC_ALL=C azml-guile run -- sh -c 'printf "gr\303\274n\n"'
is "$(out)" "$(printf 'gr\303\274n')" 'LC_ALL=C passes bytes on'
capture env NO_COLOR=1 azml-guile run -- true
unlike "$(err)" "$(printf '\033')" 'NO_COLOR: no colours'
capture azml-guile run -- true
unlike "$(err)" "$(printf '[\033\r]')" 'without a terminal: no colours, no cursor movement'
capture env CLICOLOR_FORCE=1 azml-guile run -- true
like "$(err)" "$(printf '\033')" 'CLICOLOR_FORCE: colours'

# A reader that goes away.
azml-guile run -q -- sh -c 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done; exit 6' \
  2>err | head -n 1 >first
is "$(cat first)" 'line 0' 'a reader that goes away got its line'
wait_until 10 sh -c "grep -q '\"exit_code\": *6' .azml/runs/$(last_run)/status.json"
is "$(json "$(run_folder)/status.json" 'j["exit_code"]')" 6 'and the run went on to its end'

# Secrets and the index.
chmod 0400 .azml/index.db 2>/dev/null
mv .azml/index.db .azml/index.keep
mkdir .azml/index.db
capture azml-guile run -- echo fine
is "$status" 0 'an index that cannot be opened fails no run'
is "$(out)" fine 'which runs as ever'
like "$(err)" 'warning: the index' 'it is a warning'
rmdir .azml/index.db
printf 'this is no database at all, and long enough to be read as one' >.azml/index.db
capture azml-guile run -- echo fine
is "$status" 0 'a corrupt index fails no run'
capture azml-guile history list --limit 0 --json
ok 'and is made anew' json "$out_file" 'len(j) > 10 or 1 / 0'

done_testing
