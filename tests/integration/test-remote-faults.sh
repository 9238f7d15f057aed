#!/bin/sh
# test-remote-faults.sh: another machine harmed at every stage of a run: keeper and runner
# killed, the disk full, started again, its clock wrong.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/integration/mounts.sh"
. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"
. "$AZML_SRCDIR/tests/integration/remote-stages.sh"

boot_id=/proc/sys/kernel/random/boot_id
unmount ()
{
  [ -n "$mounts" ] || return 0
  while umount -l $boot_id; do :; done 2>/dev/null
  umount -l "$remote_root" 2>/dev/null
}
at_end unmount

echo 0 >clock
chmod 644 clock
AS=other sshd_start gpu1-server 'MaxSessions 1' "SetEnv AZML_TEST_CLOCK=$scratch/clock"
AS=other relay_start gpu1 gpu1-server
remote_attach gpu1 gpu1

# ended STATE CAUSE CODE NAME: so the client ends, which has seen the run to its end.
ended ()
{
  wait "$client"
  is "$?" "$3" "$4: the exit code" || diag "$(cat client.err)"
  is "$(json ".azml/runs/$run/status.json" 'j["state"], j.get("cause")')" "('$1', $2)" \
    "$4: the end that is known here"
  remote_over "$run" - "$4"
  ok "$4: all of the log is shown" cmp ".azml/runs/$run/log" client.out
}

# kill -9 of what a run has there.
for who in runner keeper both; do
  stage_begin running
  run_dir=$(remote_there "$run")
  case $who in
    both) kill -9 "$(run_process keeper)" "$(run_process runner)" ;;
    *) kill -9 "$(run_process $who)" ;;
  esac
  ended failed "'runner killed'" 125 "kill -9 of $who"
  like "$(cat client.err)" 'runner.*killed' "kill -9 of $who: is said"
done
for who in runner keeper; do
  stage_begin preparing
  run_dir=$(remote_there "$run")
  kill -9 "$(run_process $who)"
  ended failed "'runner killed'" 125 "kill -9 of the $who while it prepares"
done

# served: the processes of the machine's runner that are in charge of no run: those that
# speak with clients, which may be in the middle of taking or giving files.
served ()
{
  run_dir=$(remote_there "$run")
  served_not=" $(run_process keeper 2>/dev/null) $(run_process runner 2>/dev/null) "
  for served_link in /proc/[0-9]*/exe; do
    served_pid=${served_link#/proc/}
    served_pid=${served_pid%/exe}
    case $(readlink "$served_link" 2>/dev/null),$served_not in
      *" $served_pid "*) ;;
      "$remote_root"/runner-*/azml-runner,*) echo "$served_pid" ;;
    esac
  done
}
# What was being written is nobody's then; gc, told of no age, takes all that had come.
collect ()
{
  "$PYTHON" "$AZML_SRCDIR/tests/fixtures/collect.py" "$AZML_RUNNER" "$remote_root" \
    "$remote_root/runs" "$remote_root/objects" >collected 2>&1
}
for stage in sending preparing running fetching; do
  case ${door-openssh} in libssh) door=openssh ;; *) door=libssh ;; esac
  remote_door $door gpu1
  stage_begin $stage
  pids=$(served)
  isnt "$pids" '' "kill -9 of what serves while $stage ($door): it is there"
  # shellcheck disable=SC2086 # pids
  kill -9 $pids
  if [ $stage = sending ]; then
    collect
    like "$(cat collected)" 'objects/.tmp' 'and gc removes what it had not finished'
  fi
  stage_go
  stage_end "kill -9 of what serves while $stage ($door)"
done

# The machine is started again: nothing of it lives, and it has another boot id.
reboot ()
{
  run_dir=$(remote_there "$run")
  run_id=$run
  # First of all, or who still serves could take the run's end for one in the old boot.
  reboot_count=$((${reboot_count-0} + 1))
  printf '11111111-2222-3333-4444-%012d\n' $reboot_count >"boot-$reboot_count"
  chmod 644 "boot-$reboot_count"
  mount --bind "$scratch/boot-$reboot_count" $boot_id
  # Neither is to see that the other is gone, and to write the end.
  # shellcheck disable=SC2046 # pids
  kill -STOP $(run_process keeper) $(run_process runner) 2>/dev/null
  # shellcheck disable=SC2046 # pids
  kill -9 $(run_process keeper) $(run_process runner) 2>/dev/null
  sshd_kill gpu1-server
  # shellcheck disable=SC2046
  kill -9 $(run_processes) $(served) 2>/dev/null
}
if [ -n "$mounts" ]; then
  for stage in preparing running; do
    stage_begin $stage
    reboot
    ok "restarted while $stage: there is no connection" \
      wait_until 20 grep -q 'no connection to gpu1 since' client.err
    sshd_again gpu1-server
    ended failed "'machine restarted'" 125 "restarted while $stage"
    like "$(cat client.err)" 'restarted' "restarted while $stage: is said"
  done
  stage_begin running
  kill -9 $client
  wait $client 2>/dev/null
  reboot
  sshd_again gpu1-server
  # It waits for three seconds, and one that was late is left alone for a minute.
  listed ()
  {
    rm -f .azml/cache/unreachable-*
    azml-guile history list 2>&1 | grep 'machine restarted'
  }
  ok 'restarted while nobody looked: the list knows' wait_until 30 listed
  stage_begin sending
  reboot 2>/dev/null
  collect
  sshd_again gpu1-server
  stage_go
  stage_end 'restarted while sending'
  stage_begin fetching
  reboot 2>/dev/null
  sshd_again gpu1-server
  stage_go
  stage_end 'restarted while fetching'
else
  skip 'restarted while running: is said' 'only root can mount'
fi

# Its disk is full.
fill ()
{
  head -c 200000000 /dev/zero >"$remote_root/ballast" 2>/dev/null
}
if [ -n "$mounts" ]; then
  rm -rf .azml/runs
  mkdir -p "$remote_root"
  mount -t tmpfs -o "size=120m,mode=700,uid=$(id -u nobody)" none "$remote_root"
  stage_begin sending
  fill
  stage_go
  wait "$client"
  is $? 125 'disk full while sending: nothing was started'
  like "$(cat client.err)" '[Nn]o space left' 'disk full while sending: is said'
  like "$(cat client.err)" '^hint: make room on that machine' 'disk full while sending: and what to do'
  is "$(remote_runs)$(ls "$remote_root/runs" 2>/dev/null)" '' 'disk full while sending: no run is left'
  is "$(find "$remote_root" -name '*.tmp' -o -name '.tmp-*' -o -name '.new-*')" '' \
    'disk full while sending: nor anything else'
  rm "$remote_root/ballast"
  for stage in preparing running; do
    stage_begin $stage
    fill
    stage_go
    wait "$client"
    isnt $? 0 "disk full while $stage: the run fails"
    remote_over "$run" - "disk full while $stage"
    like "$(cat client.err)" 'disk full' "disk full while $stage: is said"
    ok "disk full while $stage: what is in the log is shown" \
      cmp ".azml/runs/$run/log" client.out
    rm -rf "$remote_root/ballast" "$remote_root"/runs/*
  done
  stage_begin fetching
  fill
  stage_go
  stage_end 'disk full while fetching'
  rm "$remote_root/ballast"
  umount -l "$remote_root"
else
  skip 'disk full while running: is said' 'only root can mount'
fi

# Its clock is an hour off, and is set while a run lasts.
for offset in 3600000 -3600000; do
  echo $offset >clock
  stage_begin running
  echo $((-offset)) >clock
  stage_go
  stage_end "a clock that is $((offset / 60000)) minutes off, and is set"
  ok 'the duration is what it was' json ".azml/runs/$run/status.json" \
    '1 / (0 <= j["durations"]["total"] < 300)'
  ok 'and how far the clock is off is known' json ".azml/runs/$run/sync.json" \
    "1 / (abs(j[\"clock_offset_ms\"] - $offset) < 60000)"
  like "$(azml-guile history list --limit 1)" "$(echo "$run" | cut -c 1-6)" \
    'the list has it as the latest'
done

done_testing
