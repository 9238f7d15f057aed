#!/bin/sh
# test-leaks.sh: secrets, wherever a user may write one, are in nothing that we write or say.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

# Secrets begin with this word; recipes are outside of the source, which is kept as it is.
word=s3cret-$$-
printf %s "$word" >"$tap_folder/word"
recipe=$tap_folder/recipe.scm
host=127.0.0.1:9
echo 'print("hello")' >train.py
MINE=${word}variable
export MINE

# said WHAT: what the last command said has no secret.  kept: nor has a file of ours.
said ()
{
  is "$(grep -hF "$word" "$out_file" "$err_file")" '' "$1: nothing secret is said"
}
kept ()
{
  is "$(grep -rlFf "$tap_folder/word" .azml "$HOME")" '' "$1: nothing secret is kept"
}

# A run that has secrets in variables and in set-up lines.
cat >"$recipe" <<END_OF_RECIPE
(use-modules (azml))
(experiment
 (name "train") (script "train.py") (source "$scratch")
 (setup (list "export LINE=${word}line; tr '\\\\0' ' ' </proc/\$\$/cmdline >\$AZML_OUTPUT_DIR/words"))
 (variables (list (cons "PLAIN" "${word}plain") (cons "OURS" (secret "MINE"))
                  (cons "ASKED" (secret "x" #:command '("printenv" "MINE"))))))
END_OF_RECIPE
capture azml-guile run "$recipe"
is "$status" 0 'a run with secret variables'
said 'the run'
kept 'the run'
like "$(cat "$(run_folder)/outputs/words")" '^/bin/sh -c' 'the words of the shell that runs the set-up lines'

# An environment of indexes and addresses with passwords and tokens, which are not there.
cat >"$recipe" <<END_OF_RECIPE
(use-modules (azml))
(experiment
 (name "train") (script "train.py") (source "$scratch")
 (environment
  (environment
   (builder 'venv)
   (pip (list "six @ https://me:${word}a@$host/six.whl" "demo"))
   (pip-options (list "--retries" "0" "--index-url" "https://me:${word}b@$host/simple"
                      "--extra-index-url=https://$host/simple?token=${word}d")))))
END_OF_RECIPE
for options in -n '-n --json'; do
  # shellcheck disable=SC2086 # words
  capture azml-guile run $options "$recipe"
  is "$status" 0 "run $options"
  said "run $options"
done
# In the meantime somebody looks at all processes.
spy () { while :; do cat /proc/[0-9]*/cmdline 2>/dev/null; sleep 0.02; done >"$tap_folder/spied"; }
spy &
spying=$!
capture azml-guile run "$recipe"
kill "$spying"
ok '(the install was seen)' grep -aq 'install.*--retries' "$tap_folder/spied"
not_ok 'with no secret in its command line' grep -aqF "$word" "$tap_folder/spied"
is "$(json "$(run_folder)/status.json" 'j["cause"]')" environment 'an environment that cannot be built'
said 'the build'
kept 'the build'
like "$(cat "$(run_folder)/prepare.log")" 'https://[*]*@'"$host" 'its log has the addresses'
for command in 'history list --json' 'history show last' 'history show last --json' \
  'history info last -o json' 'logs --prepare last' 'env list --json' 'doctor' 'doctor --json'; do
  # shellcheck disable=SC2086 # words
  PIP_INDEX_URL=https://me:${word}e@$host/ http_proxy=http://me:${word}f@$host \
    capture azml-guile $command
  said "$command"
done

# Channels of conda, which have tokens.
printf 'channels: ["https://me:%s@h/c", "https://h/t/%s/c"]\ndependencies: [python, {pip: ["x @ https://%s@h/x"]}]\n' \
  "${word}g" "${word}h" "${word}i" >"$tap_folder/environment.yml"
capture azml-guile run -n -e "$tap_folder/environment.yml" -- train.py
said 'a conda file'
capture azml-guile run -e "$tap_folder/environment.yml" -- train.py
said 'a run with a conda file'
kept 'a run with a conda file'

# Recipes with an error beside a secret.
while read -r field; do
  printf '(use-modules (azml))\n(experiment (name "b") (script "train.py") (source "%s")\n%s)\n' "$scratch" "$field" >"$recipe"
  capture azml-guile run "$recipe"
  is "$status" 1 "refused: $(echo "$field" | sed "s/$word.//")"
  like "$(err)" 'recipe.scm:[0-9]*:[0-9]*: ' 'with its place'
  said 'the error'
done <<END_OF_FIELDS
(variables (list (cons "PASSWORD" '(${word}j))))
(variables "X=${word}k")
(variables '(("A" . "${word}l")
(inputs (list "https://me:${word}m@h/d"))
(environment (environment (pip-options "https://me:${word}n@h/")))
(target (compute-target (name "t") (type 'remote) (address "h") (variables "X=${word}o")))
(target (compute-target (name "t") (type 'remote) (address "h") (password-file '(${word}p))))
END_OF_FIELDS

done_testing
