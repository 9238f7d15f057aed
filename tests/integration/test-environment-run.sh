#!/bin/sh
# test-environment-run.sh: runs in an environment: built, found, failed, stopped.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/integration/environment.sh"

runner=$AZML_BUILDDIR/azml-runner
AZML_ROOT=$root
PATH=$plain
export AZML_ROOT PATH

# accept ID SPEC COMMAND: a run of COMMAND, a list of JSON strings, in SPEC.
accept ()
{
  printf '{"version":1,"id":"%s","command":[%s]}' "$1" "$3" >run.json
  printf '{"version":1,"id":"%s","argv":[%s],"environment":%s}' "$1" "$3" "$2" >job.json
  "$runner" accept "$1" run.json job.json
}

run_folder ()
{
  echo "$root/runs/$1"
}

demo=$(spec venv ',"variables":{"GREETING":"hello"}')
env=$(path_of "$demo")
accept environment1 "$demo" '"azml-demo"'
capture "$runner" exec environment1
is "$status" 0 'a run builds its environment'
like "$(cat "$(run_folder environment1)/log")" "demo of $env" \
  'and its command is a console script of it'
like "$(cat "$(run_folder environment1)/environment.lock")" '^azml-demo==1.0$' \
  'the exact versions are stored with the run'
like "$(cat "$(run_folder environment1)/prepare.log")" 'Successfully installed azml-demo' \
  'so is what the builder printed'
like "$(cat "$(run_folder environment1)/status.json")" \
  '"environment":.*"builder":"venv".*"built":true' 'its status says what was built'

accept environment2 "$demo" '"sh","-c","echo $GREETING; command -v python"'
capture "$runner" exec environment2
is "$(cat "$(run_folder environment2)/log")" "hello
$env/bin/python" 'the next run finds it, and has the variables'
like "$(cat "$(run_folder environment2)/events.jsonl")" '"what":"found"' 'as its events say'

wrong=$(spec venv | sed 's/azml-demo/azml-no-such-package/')
accept environment3 "$wrong" '"true"'
capture "$runner" exec environment3
is "$status" 125 'a run whose environment cannot be built fails'
like "$(cat "$(run_folder environment3)/status.json")" \
  '"cause":"environment".*No matching distribution found' "with pip's last lines"

slow=$(spec venv ',"channels":["slow"]')
hold
accept environment4 "$slow" '"true"'
"$runner" start environment4
ok 'a run builds' wait_until 60 is_held
"$runner" stop environment4 >/dev/null
ok 'it can be stopped' \
  wait_until 20 grep -q '"state":"canceled"' "$(run_folder environment4)/status.json"
release
not_ok 'and leaves no environment' test -e "$(path_of "$slow")"

# What the user sees.
cat >recipe.scm <<END
(use-modules (azml))
(experiment
  (name "wrong")
  (command '("true"))
  (environment
   (environment (builder 'venv) (pip '("azml-no-such-package"))
               (pip-options '("--index-url" "$address")))))
END
capture in_build azml-guile run recipe.scm
is "$status" 125 'azml-guile run ends with 125'
like "$(err)" "'python -m pip install' ended with exit code 1; its last lines:\$" \
  'the summary says what failed'
like "$(err)" '^ +ERROR: No matching distribution found for azml-no-such-package$' \
  'and shows the last lines as lines'
unlike "$(err)" '\\n' 'not as one'

done_testing
