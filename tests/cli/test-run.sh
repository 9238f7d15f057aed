#!/bin/sh
# test-run.sh: azml-guile run, in the foreground.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

# A command without a recipe.
capture azml-guile run -- printf 'a b\n%s' end
is "$status" 0 'a command runs'
is "$(out)" "$(printf 'a b\nend')" 'what it prints is on the standard output, and nothing else'
like "$(err)" 'printf  [a-z0-9]{12}  completed in' 'the summary is on the standard error'
like "$(err)" 'azml-guile history show [a-z0-9]{6}   azml-guile logs' \
  'the summary says how to look again'
like "$(err)" 'peak memory [0-9.]+ [KMG]?i?B' 'the summary has the peak memory'
like "$(err)" '(no GPU on this machine|GPU not sampled)' 'the summary says what is known of GPUs'
like "$(cat "$(run_folder)/run.json")" '"command": ?\["printf"' 'the command is recorded'
is "$(cat "$(run_folder)/log")" "$(printf 'a b\nend')" 'the log is kept'
is "$(json "$(run_folder)/run.json" 'j["client"]')" "$(azml-guile --version | head -n 1)" \
  'the program and its version are recorded'

# Bytes.
head -c 300000 /dev/urandom >noise
capture azml-guile run -q -- cat noise
ok 'binary output arrives byte for byte' cmp noise "$out_file"
is "$(err)" '' 'with --quiet nothing else is written'
ok 'and is in the log' cmp noise "$(run_folder)/log"
rm noise

# A script.
cat >train.py <<'END'
import os, sys
import azml
for step in range(5):
    azml.log("loss", 1.0 / (step + 1), step=step)
azml.log("accuracy", 0.97)
with open("outputs/model.bin", "wb") as f:
    f.write(b"x" * 2000)
with open("left.txt", "w") as f:
    f.write("forgotten")
print("args", sys.argv[1:])
END
capture azml-guile run -- train.py --epochs 3
is "$status" 0 'a Python script runs'
is "$(out)" "args ['--epochs', '3']" 'with its arguments'
like "$(err)" 'accuracy  0\.97' 'the summary has the metrics'
like "$(err)" 'loss +0\.2 .*min 0\.2  max 1' 'with their least and greatest values'
like "$(err)" 'model\.bin 2\.0 KiB' 'the summary has the outputs with sizes'
like "$(err)" '1 file outside outputs' 'the summary tells of files left elsewhere'

# A recipe.
cat >recipe.scm <<'END'
(use-modules (azml))
(define digits
  (experiment
    (name "digits")
    (script "show.sh")
    (parameters '((lr . 0.1) (epochs . 5) (name . "x")))))
(define wide (experiment (inherit digits) (name "wide") (parameters '((lr . 1)))))
digits
END
echo 'echo "$@"' >show.sh
capture azml-guile run recipe.scm
is "$(out)" '--lr 0.1 --epochs 5 --name x' 'a recipe runs its last expression'
is "$(json "$(run_folder)/run.json" 'j["parameters"]')" \
  "{'lr': 0.1, 'epochs': 5, 'name': 'x'}" 'the parameters are recorded'
is "$(json "$(run_folder)/run.json" 'j["recipe"]')" recipe.scm 'the recipe is recorded'
capture azml-guile run recipe.scm wide
is "$(out)" '--lr 1' 'a name picks an experiment'
capture azml-guile run recipe.scm lr=0.5 epochs=7
is "$(out)" '--lr 0.5 --epochs 7 --name x' 'parameters are changed on the command line'
capture azml-guile run recipe.scm lr=fast
is "$status" 2 'a value of the wrong type is a usage error'
like "$(err)" "'lr'" 'which names the parameter'
capture azml-guile run recipe.scm epoch=7
like "$(err)" "did you mean 'epochs'" 'an undeclared parameter is noticed'
is "$(out)" '--lr 0.1 --epochs 5 --name x --epoch 7' 'and added'
capture azml-guile run recipe.scm wid
is "$status" 1 'a wrong name is an error'
like "$(err)" "did you mean 'wide'" 'with a suggestion'

cat >several.scm <<'END'
(use-modules (azml))
(define a (experiment (name "a") (command '("true"))))
(define b (experiment (name "b") (command '("true"))))
END
capture azml-guile run several.scm
is "$status" 2 'several definitions need a name'
like "$(err)" 'a, b' 'they are listed'
capture azml-guile run several.scm b a
is "$status" 0 'several names run several'
like "$(err)" '2 runs: 2 completed' 'and are counted'

# Several runs.
cat >list.scm <<'END'
(use-modules (azml))
(map (lambda (i)
       (experiment (name (string-append "e" (number->string i)))
                   (command (list "sh" "-c" (string-append "echo out" (number->string i)
                                                           "; exit " (number->string i))))))
     '(0 5 3))
END
capture azml-guile run list.scm
is "$status" 5 'the exit code is that of the first failure in order'
is "$(out)" "$(printf 'out0\nout5\nout3')" 'they run in order'
capture azml-guile run -j 2 list.scm
is "$status" 5 'two at a time the exit code is the same'
is "$(sort "$out_file")" "$(printf 'out0\nout3\nout5')" 'and each log is whole'
like "$(err)" '3 runs: 1 completed, 2 not' 'the total tells how many failed'

# Two at a time run together: each of these waits for the other.
cat >pair.scm <<'END'
(use-modules (azml))
(define (meet me other)
  (experiment
    (name me)
    (command (list "sh" "-c"
      (string-append "touch \"$0/" me "\"; n=0; while [ ! -e \"$0/" other "\" ]; do "
                     "n=$((n+1)); [ $n -lt 600 ] || exit 9; sleep 0.1; done")
      (getcwd)))))
(list (meet "m1" "m2") (meet "m2" "m1"))
END
capture azml-guile run -q -j 2 pair.scm
is "$status" 0 'with -j 2 two runs are going at the same time'

# JSON.
capture azml-guile run --json -- sh -c 'echo hello; exit 4'
is "$status" 4 'the exit code stays with --json'
is "$(json "$out_file" 'j["state"], j["status"]["exit_code"]')" "('failed', 4)" \
  'the result is JSON on the standard output'
like "$(err)" '^hello' 'and the log is on the standard error'

# Detached.
capture azml-guile run -d -- sh -c 'sleep 0.5; echo late'
is "$status" 0 'a detached run is accepted'
like "$(out)" '^[a-z0-9]{12}$' 'its id is printed, nothing else'
detached=$(out)
capture azml-guile logs -f "$detached"
is "$(out)" late 'logs -f follows it to its end'
is "$(state "$detached")" completed 'it completed'

# Places.
mkdir sub
(cd sub && azml-guile run -q -- true)
not_ok 'the project is found upward' test -e sub/.azml
capture azml-guile run
is "$status" 2 'no recipe is a usage error'
like "$(err)" 'run recipe.scm' 'with an example'
capture azml-guile run nothing.scm
is "$status" 1 'a missing recipe is an error'
capture azml-guile run python3 train.py
like "$(err)" 'hint: a command comes after --: azml-guile run -- python3' \
  'a command without -- is told of it'
mkdir only
ln -s "$(command -v python3)" only/python3
capture env PATH="$PWD/only" "$(command -v azml-guile)" run -n -- python train.py
like "$(err)" "hint: did you mean 'python3'" 'python where there is python3 alone'
rm -r only
capture azml-guile run --detatch recipe.scm
is "$status" 2 'an unknown option is a usage error'
like "$(err)" "did you mean '--detach'" 'with a suggestion'
capture azml-guile run recipe.scm --epochs 3
is "$status" 2 'an option of the script before -- is a usage error'
like "$(err)" 'azml-guile run -- train\.py --epochs .*; for a recipe: epochs=VALUE' 'which says where it goes'

# A file of packages.
printf 'six>=1\n' >requirements.txt
capture azml-guile run -n -e requirements.txt -- true
like "$(out)" "pip .*install 'six>=1'" '-e requirements.txt: its packages'
capture azml-guile run -n -e none.txt -- true
like "$(err)" "there is no file 'none.txt' of requirements" 'a file that is not there is said'
printf './wheel.whl\n' >requirements.txt
capture azml-guile run -n -e requirements.txt -- true
unlike "$(err)" 'wheel' 'a package that is a file is fine on this machine'
cat >away.scm <<'END'
(use-modules (azml))
(define away (compute-target (name "away") (type "remote") (address "127.0.0.1:1")))
END
capture azml-guile run -n -r away.scm -c away -e requirements.txt -- true
like "$(err)" "warning: the package '.*/wheel.whl' is a file of this machine; 'away' looks for" \
  'and warned of where the run is elsewhere'
rm requirements.txt away.scm

# The run has its own copy of the source: what lies beside that is not beside this one.
echo beside >beside
(cd sub && azml-guile run -q -- cat ../beside ../nowhere --from=../beside 2>../warned)
like "$(cat warned)" "warning: '../beside' leads out of the source folder" 'a path out of the source'
like "$(cat warned)" "hint: give the whole path, $(pwd -P)/beside" 'comes with what to write'
is "$(grep -c warning: warned)" 2 'as an argument and in an option; what does not exist is no matter'
ln -s loop loop
capture sh -c 'cd sub && azml-guile run -q -- echo ../loop/x'
is "$status $(out)" '0 ../loop/x' 'nor what cannot be looked at'
rm beside warned loop

mkdir other
cat >other/recipe.scm <<'END'
(use-modules (azml))
(experiment (name "away") (script "here.sh"))
END
echo 'echo from "$(basename "$PWD")"; ls' >other/here.sh
capture azml-guile run -q other/recipe.scm
is "$(out)" "$(printf 'from source\nhere.sh\noutputs\nrecipe.scm')" \
  'the source is the folder of the recipe'

mkdir deep
echo 'print("deep")' >deep/in.py
capture azml-guile run -q -- deep/in.py
is "$(out)" deep 'a script in a folder below runs'

# The clock has milliseconds, and an alias is unique.
is "$(azml-guile history list --json --limit 0 | "$tap_python" -c '
import json, sys
aliases = [r["alias"] for r in json.load(sys.stdin)]
print(len(aliases) == len(set(aliases)) and len(aliases) > 10)')" True \
  'every run has an alias of its own'

done_testing
