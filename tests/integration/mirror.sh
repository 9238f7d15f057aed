# tests/integration/mirror.sh: runs on a target that is not the project's own place; to be
# sourced after tests/cli/tap.sh and tests/cli/azml.sh.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The target `far' of recipe.scm keeps its runs in a folder of its own, $far, so all that
# is known of them here is what came through a session.  It is reached by the program
# $far_program, the runner unless a test puts something else there.

far=$scratch/far
far_program=$tap_folder/far-program
AZML_PLUGIN_PATH=$tap_folder/plugins
export AZML_PLUGIN_PATH
mkdir "$AZML_PLUGIN_PATH"

cat >"$AZML_PLUGIN_PATH/far.scm" <<END
(define-module (azml plugins far)
  #:use-module (azml plugin)
  #:use-module (azml types))

(register-plugin!
 (plugin
  (name "far")
  (api 1)
  (target-types
   (list (target-type
          (name 'far)
          (channel (lambda (target)
                     '((kind . local) (argv . ("$far_program" "serve")))))
          (layout (lambda (target project) '((root . "$far")))))))))
END
cat >recipe.scm <<'END'
(use-modules (azml))
(define far (compute-target (name "far") (type 'far)))
END

# far_is PROGRAM: what the target is reached by from now on.  The link is replaced whole,
# so that what runs goes on.
far_is ()
{
  ln -sf "$1" "$far_program.new"
  mv -T "$far_program.new" "$far_program"
}
far_is "$AZML_BUILDDIR/azml-runner"

# on_far OPTION... -- COMMAND...: run it there.
on_far ()
{
  azml-guile run -r recipe.scm -c far "$@"
}

# lose_connection CLIENT: kill -9 of what the process CLIENT is connected to, and of
# nothing of the run.
lose_connection ()
{
  for mirror_stat in /proc/[0-9]*/stat; do
    { read -r mirror_pid mirror_name _ mirror_parent _ <"$mirror_stat"; } 2>/dev/null \
      || continue
    if [ "$mirror_parent" = "$1" ]; then
      case $mirror_name in
        '(azml-runner)' | '(far-program)') kill -9 "$mirror_pid" ;;
      esac
    fi
  done
}

# the_run: the only run of the project; copy NAME, there NAME: a file of it here and there.
the_run ()
{
  ls .azml/runs
}

copy ()
{
  echo ".azml/runs/$(the_run)/$1"
}

there ()
{
  echo "$far/runs/$(the_run)/$1"
}

# no_copies: forget what was run, here and there.
no_copies ()
{
  rm -rf .azml "$far"
}

# is_same NAME: the copy is what is there, nothing else is left, and the state is final.
is_same ()
{
  mirror_wrong=
  for mirror_file in log metrics.jsonl events.jsonl prepare.log; do
    [ -e "$(there $mirror_file)" ] || continue
    cmp -s "$(copy $mirror_file)" "$(there $mirror_file)" ||
      mirror_wrong="$mirror_wrong; $mirror_file differs"
  done
  mirror_state=$(json "$(there status.json)" 'j["state"]')
  [ "$(json "$(copy status.json)" 'j["state"]')" = "$mirror_state" ] ||
    mirror_wrong="$mirror_wrong; the state is not $mirror_state"
  diff -r "$(copy outputs)" "$(there outputs)" >/dev/null ||
    mirror_wrong="$mirror_wrong; the outputs differ"
  mirror_left=$(find .azml/runs \( -name '.fetch' -o -name '*.tmp' -o -name '.new-*' \))
  [ -z "$mirror_left" ] || mirror_wrong="$mirror_wrong; left: $mirror_left"
  flock -n "$(copy sync.json)" true || mirror_wrong="$mirror_wrong; it is locked"
  if [ -z "$mirror_wrong" ]; then
    pass "$1"
  else
    fail "$1" "${mirror_wrong#; }
$(cat "$(copy status.json)" "$(copy sync.json)")"
  fi
}

# Runs that are still going there end with the test.
stop_far_runs ()
{
  for mirror_run in "$far"/runs/*/; do
    [ -d "$mirror_run" ] || continue
    AZML_ROOT=$far "$AZML_BUILDDIR/azml-runner" stop --signal KILL \
      "$(basename "$mirror_run")" \
      >/dev/null 2>&1
  done
}
at_end stop_far_runs
