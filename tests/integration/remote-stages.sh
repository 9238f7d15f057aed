# tests/integration/remote-stages.sh: a run on another machine, held at a stage, so that
# something can happen to it there; to be sourced after tests/integration/remote.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   stage_begin sending|preparing|running|fetching   start a client and wait until its run
#       is at that stage: sets $client and $run. While it sends or fetches, nothing passes
#       the relay gpu1 any more; while it prepares or runs, all does.
#   stage_go        let the relay pass everything, and the run go on to its end
#   stage_end NAME  wait for the client: its exit code, what it showed, and remote_over
#
# The target gpu1 is an sshd, gpu1-server, behind the relay. The job is given a secret.

stage_go=$scratch/go
stage_parts='a b c d e f g h i j k l'
stage_size=12000000
AZML_TEST_TOKEN=$remote_secret
export AZML_TEST_TOKEN

mkdir work "$stage_go"
chmod 755 "$stage_go"
cat >work/job.sh <<'END_OF_JOB'
printf 'first\0line\r\n'
i=0
while [ $i -lt 3000 ]; do echo "line $i before"; i=$((i + 1)); done
while [ ! -e "$GO/run" ]; do sleep 0.05; done
printf %s "$TOKEN" >token
shown=$(grep -hFf token /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ')
[ -z "$shown" ] || echo "the secret is shown: $shown"
rm token
i=0
while [ $i -lt 3000 ]; do echo "line $i after"; i=$((i + 1)); done
mkdir -p outputs
cat part-* >outputs/result 2>/dev/null
printf 'no newline'
END_OF_JOB
cat >recipe.scm <<END_OF_RECIPE
(use-modules (azml))
(experiment
 (name "staged")
 (source "work")
 (command '("sh" "job.sh"))
 (steps (list (step (name "wait")
                    (command '("sh" "-c" "while [ ! -e $stage_go/prepare ]; do sleep 0.05; done")))))
 (variables (list (cons "GO" "$stage_go") (cons "TOKEN" (secret "AZML_TEST_TOKEN")))))
END_OF_RECIPE
: >"$stage_go/run"
(cd "$tap_folder" && GO=$stage_go TOKEN=$remote_secret sh "$scratch/work/job.sh") >log.expected
rm -rf "$stage_go/run" "$tap_folder/outputs"

stage_frozen ()
{
  [ "$(relay_tell gpu1 frozen)" = yes ]
}

stage_begin ()
{
  stage_name=$1
  rm -f "$stage_go"/*
  for stage_part in $stage_parts; do
    head -c 1000000 /dev/urandom >"work/part-$stage_part"
  done
  remote_runs >stage.before
  [ "$1" = preparing ] || : >"$stage_go/prepare"
  [ "$1" = running ] || [ "$1" = preparing ] || : >"$stage_go/run"
  case $1 in
    sending) relay_tell gpu1 freeze-at up 4000000 ;;
    fetching) relay_tell gpu1 freeze-at down 4000000 ;;
  esac
  azml-guile run -c gpu1 recipe.scm >client.out 2>client.err &
  client=$!
  run=$(remote_new stage.before)
  case $1 in
    sending | fetching) wait_until 60 stage_frozen ;;
    *) wait_until 60 remote_is "$run" "$1" ;;
  esac || fail "a run is held while $1" "$(cat client.err)"
  case $1 in
    sending) not_ok 'held while it sends: the machine does not have the run' \
      test -e "$(remote_there "$run")" ;;
    fetching) ok 'held while it fetches: the run has ended there' remote_is "$run" completed ;;
  esac
}

stage_go ()
{
  : >"$stage_go/prepare"
  : >"$stage_go/run"
  relay_tell gpu1 thaw
}

stage_end ()
{
  wait "$client"
  is "$?" 0 "$1: the client ends with the code of the job" || diag "$(cat client.err)"
  ok "$1: it has shown every byte once" cmp log.expected client.out
  stage_over "$1"
}

# stage_over NAME: what is true afterwards, whoever followed the run.
stage_over ()
{
  remote_over "$run" log.expected "$1"
  cat work/part-* >stage.parts
  ok "$1: the output is whole" cmp stage.parts ".azml/runs/$run/outputs/result"
}
