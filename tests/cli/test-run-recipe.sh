#!/bin/sh
# test-run-recipe.sh: what the fields of a recipe become in a run.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

mkdir data
echo 'some data' >data/file
cat >recipe.scm <<END
(use-modules (azml))

(define box
  (compute-target
    (name "box") (type 'local)
    (setup (list "SET_UP=yes; export SET_UP"))
    (variables '((WHERE . "box") (BOTH . "target")))))

(define wrapped (environment (prefix '("env" "PREFIXED=1"))))

(define all
  (experiment
    (name "all")
    (script "show.sh")
    (target box)
    (environment wrapped)
    (arguments '("first" 2))
    (parameters '((lr . 0.5)))
    (inputs (list (local-path "$scratch/data")))
    (variables (list (cons "BOTH" "experiment") (cons "KEY" (secret "AZML_TEST_SECRET"))))
    (steps (list (step (name "make a file") (command '("sh" "-c" "echo made >made; echo step")))))
    (metric-patterns (list (metric-pattern (name "loss") (pattern "loss: ([0-9.]+)"))))))

(define slow (experiment (name "slow") (command '("sleep" "60")) (time-limit "1s")))
(define gone (experiment (name "gone") (command '("true")) (steps
  (list (step (name "break") (command '("sh" "-c" "echo broken here; exit 9")))))))
all
END
cat >show.sh <<'END'
echo "args $*"
echo "vars $WHERE $BOTH $KEY $SET_UP $PREFIXED"
cat made
cat ../inputs/data/file
echo "loss: 0.75"
echo "run $AZML_RUN_ID"
test -w "$AZML_OUTPUT_DIR" && echo "outputs"
END
AZML_TEST_SECRET=hush
export AZML_TEST_SECRET
capture azml-guile run recipe.scm
is "$status" 0 'a recipe with everything runs'
run=$(last_run)
like "$(out)" '^args first 2 --lr 0\.5$' 'arguments come before parameters'
like "$(out)" '^vars box experiment hush yes 1$' \
  'variables of target and experiment, a secret, set-up lines and the prefix arrive'
like "$(out)" '^made$' 'a step has prepared the source folder'
like "$(out)" '^some data$' 'an input is linked'
like "$(out)" "^run $run$" 'the job knows its run'
like "$(out)" '^outputs$' 'and its folder for outputs'
like "$(err)" 'loss +0\.75' 'a metric is read from the output by a pattern'
like "$(cat ".azml/runs/$run/prepare.log")" '^step$' 'what a step prints is kept'
is "$(json ".azml/runs/$run/run.json" 'j["target"]["name"], j["inputs"][0]["path"]')" \
  "('box', '$scratch/data')" 'target and inputs are recorded'
not_ok 'a secret is in no file that stays' grep -rq hush ".azml/runs/$run" --include='*.json*'
not_ok 'job.json is removed at the end' test -e ".azml/runs/$run/job.json"
unset AZML_TEST_SECRET
capture azml-guile run recipe.scm
isnt "$status" 0 'a secret that is not set is an error'
like "$(err)" "secret 'AZML_TEST_SECRET'" 'which names it'

capture azml-guile run recipe.scm slow
is "$status" 124 'the time limit of a recipe holds'
capture azml-guile run recipe.scm gone
is "$status" 125 'a step that fails ends the run with 125'
like "$(err)" 'preparation' 'and is told as such'

# A command in what a recipe declares.
capture azml-guile run -q -r recipe.scm -c box -e wrapped -- \
  sh -c 'echo "$WHERE $PREFIXED $SET_UP"'
is "$(out)" 'box 1 yes' 'a command runs on a target and in an environment of a recipe'
capture azml-guile run -r recipe.scm -c bx -- true
is "$status" 1 'a target that is not there is an error'
like "$(err)" "did you mean 'box'" 'with a suggestion'
capture azml-guile run -e wrapped -- true
is "$status" 2 'an environment needs a recipe'
capture azml-guile run -c elsewhere -- true
is "$status" 1 'so does a target that is not local'

# Bad recipes.
printf '(use-modules (azml))\n(experiment (name "x") (script "show.sh") (epochs 3))\n' >bad.scm
capture azml-guile run bad.scm
is "$status" 1 'an unknown field is an error'
like "$(err)" "bad\\.scm:2:43: .*'epochs'" 'with file, line and column'
is "$(find .azml/runs -mindepth 1 -maxdepth 1 -name '.new-*' | wc -l)" 0 'nothing half-made is left'

# The git commit.
if command -v git >/dev/null; then
  git init -q -b trunk . && git -c user.name=t -c user.email=t@example.org commit -q \
    --allow-empty -m first
  azml-guile run -q -- true
  is "$(json "$(run_folder)/run.json" 'j["git"]["commit"], j["git"]["branch"]')" \
    "('$(git rev-parse HEAD)', 'trunk')" 'the commit is recorded'
  git pack-refs --all
  azml-guile run -q -- true
  is "$(json "$(run_folder)/run.json" 'j["git"]["commit"]')" "$(git rev-parse HEAD)" \
    'also from packed references'
fi

done_testing
