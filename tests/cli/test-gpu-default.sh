#!/bin/sh
# test-gpu-default.sh: GPUs that nobody asked for by name: by the target, in a sweep; packages
# that cannot use them.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

unset SLURM_JOB_ID CUDA_VISIBLE_DEVICES
machine two

# Packages for the CPU, before anything runs.

cat >packages.scm <<'END'
(use-modules (azml))
(define cpu
  (experiment (name "cpu") (gpus 1) (command '("true"))
              (environment (environment (pip '("tensorflow==1.15.5" "numpy"))))))
(define other
  (experiment (name "other") (command '("true"))
              (environment (environment (pip '("faiss-cpu"))))))
(define by-target
  (experiment (name "by-target") (command '("true"))
              (target (compute-target (name "here") (gpus-per-run 1)))
              (environment (environment (pip '("torch==2.1.0+cpu"))))))
(list cpu other by-target)
END
capture azml-guile doctor -r packages.scm
like "$(out)" "problem  packages of cpu .*'tensorflow==1.15.5' is for the CPU" \
  'doctor reads the packages of a recipe'
like "$(out)" "packages of by-target .*torch==2.1.0\\+cpu" 'and what a target asks for'
unlike "$(out)" 'faiss' 'but not of those that need no GPU'
is "$status" 0 'which keeps no run from working'
is "$(azml-guile doctor --json -r packages.scm |
  "$tap_python" -c 'import json, sys
print(sum(c["name"].startswith("packages") for c in json.load(sys.stdin)["checks"]))')" 2 'in JSON'
capture_stdin azml-guile repl <<'END'
(define e (experiment (name "cpu") (gpus 9) (command '("true"))
  (environment (environment (pip '("torch==2.1.0+cpu"))))))
(submit e)
END
like "$(out)$(err)" "torch==2.1.0\\+cpu' is built for the CPU" 'submit in the REPL warns, too'

# What a request of a recipe is to the runner.

cat >all.scm <<'END'
(use-modules (azml))
(experiment (name "all") (command '("true"))
            (gpus (gpu-request (count 'all) (foreign-memory "2GiB") (memory "16GiB"))))
END
azml-guile run -n --json all.scm >plan.json 2>/dev/null
is "$(json plan.json 'sorted((j[0] if isinstance(j, list) else j)["gpus"].items())')" \
  "[('count', 'all'), ('foreign', 2147483648), ('memory', 17179869184)]" \
  "(count 'all) and (foreign-memory ...)"

# A request for each run of a target, and for each of several runs.

cat >many.scm <<'END'
(use-modules (azml))
(define here (compute-target (name "here") (gpus-per-run 1)))
(map (lambda (n)
       (experiment (name (string-append "part" (number->string n))) (target here)
                   (command '("sh" "-c" "echo $CUDA_VISIBLE_DEVICES; sleep 0.3"))))
     '(1 2 3))
END
capture azml-guile run many.scm
is "$status" 0 'several runs on a target with a request for each'
is "$(cat .azml/runs/*/log | grep -cE "^($(uuid 0)|$(uuid 1))\$")" 3 'have one GPU each'

# Several runs of one command at a time: a GPU for each that says nothing.

cat >sweep.scm <<'END'
(use-modules (azml))
(define rate
  (experiment (name "rate") (parameters '((lr . 0)))
              (command '("sh" "-c" "echo \"[${CUDA_VISIBLE_DEVICES-unset}]\"; sleep 0.2"))))
(define sweep
  (map (lambda (lr) (experiment (inherit rate) (name (string-append "rate" (number->string lr)))
                                (parameters (list (cons 'lr lr)))))
       '(1 2 3)))
(define on-cpu
  (experiment (inherit rate) (name "on-cpu")
              (environment (environment (pip '("torch==2.1.0+cpu"))))))
sweep
END
# seen: what the runs of this folder saw.
seen ()
{
  cat .azml/runs/*/log | sort -u | tr -d '\n'
  rm -rf .azml
}
rm -rf .azml
azml-guile run -j 3 sweep.scm >/dev/null 2>&1
is "$(cat .azml/runs/*/log | grep -cE "^\[($(uuid 0)|$(uuid 1))\]\$")" 3 \
  'runs at a time have a GPU each'
rm -rf .azml
azml-guile run sweep.scm >/dev/null 2>&1
is "$(seen)" '[unset]' 'one after the other they see the machine as it is'
azml-guile run -j 3 --gpus 0 sweep.scm >/dev/null 2>&1
is "$(seen)" '[]' 'unless the command says something'
azml-guile run -n -j 3 --json sweep.scm rate1 on-cpu >plan.json 2>/dev/null
is "$(json plan.json '[p.get("gpus") for p in j]')" \
  "[{'count': 1, 'optional': True}, None]" 'but for those whose packages are for the CPU'
like "$(azml-guile run -n -j 3 sweep.scm)" '^  GPUs +1, if the machine has that' 'as the plan says'
unlike "$(azml-guile run -n -j 3 sweep.scm rate1)" GPUs 'a single one is no sweep'
machine none
azml-guile run -j 3 sweep.scm >/dev/null 2>&1
is "$(seen)" '[unset]' 'where there is no GPU they go without'

done_testing
