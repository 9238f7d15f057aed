#!/bin/sh
# test-docker-owner.sh: what a container's root leaves behind, for a user who is not root.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/docker.sh"

docker_wanted 'owners of what a container leaves'
docker_start
docker_base_image

mkdir "$tap_folder/user" "$tap_folder/theirs"
echo theirs >"$tap_folder/theirs/file"
cd "$tap_folder/user" || exit 99
recipe root '(options (list "--user=0:0"))' -- '(command (list "sh" "-c" "mkdir outputs/sub; echo x >outputs/sub/file; ln -s /etc/passwd outputs/link; chmod 700 outputs/sub; id -u"))'
recipe killed '(options (list "--user=0:0"))' -- '(grace 1)' \
  '(command (list "sh" "-c" "trap \"\" TERM; mkdir outputs/sub; echo x >outputs/sub/file; sleep 600; sleep 600"))'
cat >mount.py <<'END'
import ctypes, os
os.mkdir("outputs/mine")
os.mkdir("outputs/mounted")
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"/theirs", b"outputs/mounted", None, 4096, None):
    raise OSError(ctypes.get_errno(), "mount")
print(open("outputs/mounted/file").read())
END
recipe mounted "(options (list \"--user=0:0\" \"--cap-add=SYS_ADMIN\" \"--security-opt=apparmor=unconfined\" \"--volume=$tap_folder/theirs:/theirs\"))" \
  -- '(script "mount.py")'
chown -R "$docker_user" .
chmod 755 "$tap_folder"
as_user () { capture as_ordinary env AZML_ROOT="$tap_folder/user/root" "$@"; }
the_run () { folder=$(find .azml/runs -mindepth 1 -maxdepth 1 -name '[a-z0-9]*'); }
others () { find "$folder/outputs" "$folder/source" "$folder/home" ! -user "$docker_user"; }
as_user azml-guile --version
if [ "$status" = 126 ]; then
  skip 'what a container of root leaves to an ordinary user' 'the build is closed to other users'
  done_testing
fi

as_user azml-guile run root.scm
is "$status:$(out)" 0:0 'a run as root of a container'
the_run
is "$(others)" '' 'what it leaves is the user'\''s'
is "$(stat -c %a "$folder/outputs/sub"):$(stat -c %U /etc/passwd)" 700:root 'with its mode; what a link leads to is left alone'
as_user azml-guile history rm "$(basename "$folder")"
is "$status" 0 'the user removes it'
ok 'and it is gone' test ! -e "$folder"

as_user azml-guile run mounted.scm
is "$status" 0 'a run that has something mounted in its outputs'
the_run
is "$(stat -c %U "$folder/outputs/mine" "$tap_folder/theirs" "$tap_folder/theirs/file" | xargs)" \
  "$docker_user root root" 'what is mounted there is left alone'
as_user azml-guile history rm "$(basename "$folder")"
is "$status" 0 'and the run can be removed'

# Killed, it gives nothing back.
as_user azml-guile run -d killed.scm
the_run
wait_until 60 test -e "$folder/outputs/sub/file"
as_user azml-guile stop --grace 1 "$(basename "$folder")"
is "$status $(json "$folder/status.json" 'j["state"]')" '0 canceled' 'a run as root that is killed'
is "$(stat -c %u "$folder/outputs/sub")" 0 'leaves what it has made'
as_user azml-guile history rm "$(basename "$folder")"
is "$status" 1 'which the user cannot remove'
like "$(err)" "outputs/sub' belongs to root" 'whose it is is said'
like "$(err)" 'hint: .*sudo chown -R' 'and what to do'
as_user azml-guile history gc --keep 0 --older-than 0s
like "$status:$(err)" "stays: .*outputs/sub' belongs to root" 'history gc says it'
like "$status:$(err)" '0 runs' 'and goes on'
ok 'nothing of it was removed' test -f "$folder/outputs/sub/file"
chown -R "$docker_user" "$folder"
as_user azml-guile history rm "$(basename "$folder")"
is "$status" 0 'when that was done, it can be removed'
is "$(find .azml/runs -mindepth 1)" '' 'and nothing is left of it'
no_container 'after that'
done_testing
