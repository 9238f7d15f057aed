#!/bin/sh
# test-environment-gc.sh: environments that are removed, and never one in use.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/integration/environment.sh"

runner=$AZML_BUILDDIR/azml-runner
AZML_ROOT=$root
PATH=$plain
export AZML_ROOT PATH

gc ()
{
  in_build azml-guile env gc "$@"
}

# start_run ID SPEC COMMAND; has_ended ID
start_run ()
{
  printf '{"version":1,"id":"%s","command":["sh","-c","%s"]}' "$1" "$3" >run.json
  printf '{"version":1,"id":"%s","argv":["sh","-c","%s"],"environment":%s}' \
    "$1" "$3" "$2" >job.json
  "$runner" accept "$1" run.json job.json && "$runner" start "$1"
}

status_has ()
{
  grep -q "$2" "$root/runs/$1/status.json"
}

events_have ()
{
  grep -q "$2" "$root/runs/$1/events.jsonl"
}

age ()
{
  touch -d "$2 days ago" "$1/complete"
}

# --- one that a run uses ---------------------------------------------------------------

demo=$(spec venv)
env=$(path_of "$demo")
wait_for_go='until test -e ../../../../go; do sleep 0.1; done; azml-demo'
start_run collecting01 "$demo" "$wait_for_go"
ok 'a run builds an environment and uses it' \
  wait_until 60 status_has collecting01 '"state":"running"'
age "$env" 40
capture gc --unused 30d --json
is "$status" 0 'env gc while a run uses it'
is "$(out)" '{"dry_run":false,"removed":[]}' 'removes nothing'
ok 'the environment is still there' test -x "$env/bin/azml-demo"
capture in_build azml-guile env gc -u 0s
ok 'however short the time' test -e "$env/complete"
job=$(children_of "$(sed -n 's/^runner \([0-9]*\) .*/\1/p' "$root/runs/collecting01/alive")")
isnt "$job" '' 'the job runs'
is "$(find "/proc/$job/fd" -lname "*$(basename "$env").lock" | wc -l)" 0 \
  'and does not hold the lock itself'

start_run collecting02 "$demo" 'azml-demo'
ok 'another run finds it meanwhile' \
  wait_until 20 status_has collecting02 '"state":"completed"'
ok 'and does not build it' events_have collecting02 '"what":"found"'
not_ok 'nor wait' events_have collecting02 '"what":"waiting"'

# --- one that must be built anew while a run uses it -------------------------------------

age "$env" 40
mv "$env/bin/python" "$env/bin/kept"
ln -s /nowhere/python "$env/bin/python"
start_run collecting03 "$demo" 'azml-demo'
ok 'who must build it anew waits for the runs that use it' \
  wait_until 20 events_have collecting03 '"what":"waiting".*"in_use":true'
like "$(cat "$root/runs/collecting03/prepare.log")" 'waiting for the runs that use' \
  'and says so'
ok 'which keep it' test -x "$env/bin/azml-demo"
rm "$env/bin/python"
mv "$env/bin/kept" "$env/bin/python"
ok 'a Python that is back is good' \
  wait_until 20 status_has collecting03 '"state":"completed"'
ok 'and was found' events_have collecting03 '"what":"found"'

age "$env" 40
: >go
ok 'the first run ends' wait_until 20 status_has collecting01 '"state":"completed"'
capture gc -u 30d --json
is "$(out)" '{"dry_run":false,"removed":[]}' 'its end was a use, too'

# --- the policy ----------------------------------------------------------------------------

age "$env" 40
capture gc
is "$status" 0 'without --unused'
ok 'it stays' test -e "$env/complete"
capture gc --unused 50d
ok 'one that was used later stays' test -e "$env/complete"
capture gc -n --unused 30d
is "$status" 0 'a trial'
like "$(err)" '^would remove environment [0-9a-f]+, used 40 d ago ' 'says what would be removed'
ok 'and removes nothing' test -x "$env/bin/azml-demo"
capture gc --unused 30d --json
like "$(out)" "^{\"dry_run\":false,\"removed\":\[{\"what\":\"environment\",\"name\":\"$(basename "$env")\",\"bytes\":[0-9]+,\"path\":.*\"used\":\"" \
  'what is old is removed'
is "$(find "$root/env" -name "$(basename "$env")*")" '' 'with its lock'
capture gc --unused soon
is "$status" 2 'an age that is none'

# --- what interrupted builds leave ---------------------------------------------------------

left=$root/env/$(printf '%064d' 7)
mkdir -p "$left/lib"
: >"$left.log"
: >"$left.lock"
capture gc -n
ok 'a trial keeps what is left' test -d "$left/lib"
capture gc
like "$(err)" '^removed environment 0*, never finished' 'what was never finished is removed'
is "$(find "$root/env" -name "$(basename "$left")*")" '' 'with log and lock'

hold
start building.out "$demo" builder
ok 'a build is in the middle' wait_until 60 is_held
capture gc -u 0s
ok 'what is being built stays' test -d "$env"
release
wait "$started"
is "$?" 0 'and is built'
ok 'after a removal like before it' test -x "$env/bin/azml-demo"

# --- many at once --------------------------------------------------------------------------

# A builder that takes no time, so that environments come and go.
mkdir fake
cat >fake/uv <<'END'
#!/bin/sh
case $1 in
  venv)
    for path; do :; done
    mkdir -p "$path/bin"
    ln -s "$(command -v python3)" "$path/bin/python" ;;
esac
END
chmod +x fake/uv
TOOL_SEARCH=$scratch/fake:$plain
quick='{"builder":"uv","pip":["nothing"]}'
check='test -e "$TOOL_ENVIRONMENT/complete" && sleep 0.02 && test -x "$TOOL_ENVIRONMENT/bin/python"'
users=
for user in 1 2 3; do
  (for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    "$tool" use "$root" "$quick" "$check" || exit 1
  done) >"user-$user.out" 2>&1 &
  users="$users $!"
done
(until [ -e quit ]; do "$tool" collect "$root" 0; done) >collected.out 2>&1 &
collector=$!
failed=0
for user in $users; do
  wait "$user" || failed=$((failed + 1))
done
: >quit
wait "$collector"
is "$failed" 0 'nobody loses an environment that is used'
like "$(cat collected.out)" '"what":"environment"' 'although they are removed all the time'
isnt "$(cat user-*.out | grep -c '"built":true')" 0 'and built again'

# One that is useless each time that it is built is an error, not an endless loop.
cat >fake/uv <<'END'
#!/bin/sh
case $1 in
  venv)
    for path; do :; done
    mkdir -p "$path/bin"
    ln -s /nowhere/python "$path/bin/python" ;;
esac
END
capture "$tool" ensure "$root" '{"builder":"uv","pip":["useless"]}' holder
is "$status" 1 'an environment without a python that works'
like "$(out)" '"code":"environment".*has no python that works' 'is an error'

# An engine that is killed while it removes a container has removed none.
mkdir engine
cat >engine/docker <<'END'
#!/bin/sh
case "$1 $2" in
  'container ls') echo 0123456789ab ;;
  'container inspect')
    echo '{"Id":"0123456789ab","Name":"/left","Config":{"Labels":{"azml.directory":"/nowhere"}}}' ;;
  'rm '*) kill -9 $$ ;;
esac
END
chmod +x engine/docker
PATH=$scratch/engine:$PATH
unset DOCKER_HOST
capture gc --dry-run
like "$(err)" 'would remove container left' 'a container that a run has left'
capture gc
unlike "$(err)" 'container left' 'is not called removed when the engine was killed'

done_testing
