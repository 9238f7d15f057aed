#!/bin/sh
# test-spare.sh: the source tree of the next run, made before it is asked for.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

mkdir -p work/old
i=0
while [ $i -lt 400 ]; do
  mkdir -p "work/sub$((i % 20))"
  echo "$i" >"work/sub$((i % 20))/file-$i"
  i=$((i + 1))
done
echo gone >work/old/file
printf '#!/bin/sh\necho run\n' >work/tool
chmod 755 work/tool
ln -s tool work/link
cat >recipe.scm <<'E2'
(use-modules (azml))
(experiment (name "many") (source "work")
 (command '("sh" "-c" "./tool; find . -type f | sort | xargs cat | cksum")))
E2

spares ()
{
  ls .azml/runs/.spare 2>/dev/null
}

is_ready ()
{
  [ -n "$(spares)" ] && flock -n .azml/runs/.spare true
}

# go NAME: one more run; sets $run, and $spare, the inode of the tree that there was.
go ()
{
  spare=none
  for tree in .azml/runs/.spare/*.*; do
    [ ! -d "$tree" ] || spare=$(stat -c %i "$tree")
  done
  ls .azml/runs >before
  azml-guile run recipe.scm >out 2>err
  is "$?" 0 "$1: the run completes" || diag "$(cat err)"
  run=$(ls .azml/runs | comm -13 before -)
  source=.azml/runs/$run/source
  ok "$1: its source is what it should be" \
    diff -r --no-dereference --exclude=outputs work "$source"
  (cd work && find . -type f | sort | xargs cat | cksum) >sum.wanted
  like "$(cat out)" "$(cat sum.wanted)" "$1: and the command saw that"
}

# took NAME: the last run took the tree that there was.
took ()
{
  is "$(stat -c %i "$source")" "$spare" "$1: it took the tree that was ready"
  is "$(json ".azml/runs/$run/status.json" 'j["left_in_source"]')" 0 \
    "$1: nothing in it counts as left by the job"
}

go 'the first'
ok 'when it has ended a tree is made for the next' wait_until 60 is_ready
go 'nothing changed'
took 'nothing changed'
ok 'and another is made' wait_until 60 is_ready

# Everything that can change.
echo changed >work/sub3/file-3
rm -r work/old
mkdir -p work/new/below
echo new >work/new/below/file
rm work/sub4/file-4
ln -s ../tool work/sub4/file-4
chmod 755 work/sub5/file-5
go 'some files changed'
took 'some files changed'
[ -x "$source/sub5/file-5" ] && pass 'with the modes that they have' \
  || fail 'with the modes that they have'

# What the job does in its source is not in the next tree.
wait_until 60 is_ready
spared=$(spares)
cat >spoil.scm <<'E2'
(use-modules (azml))
(experiment (name "spoil") (source "work")
 (command '("sh" "-c" "for f in sub*/*; do echo spoilt >>$f; done; rm -r sub1; echo x >more")))
E2
azml-guile run -q spoil.scm >out 2>err || diag "$(cat err)"
ok 'a job that spoils its source' wait_until 60 is_ready
go 'after that'
took 'after that'
ok 'a project has one tree' wait_until 60 eval 'is_ready && [ "$(spares | wc -l)" -eq 1 ]'

# A tree of another umask, or of before the last boot, is not taken.
ok 'the tree is ready' wait_until 60 is_ready
(umask 077 && azml-guile run -q recipe.scm >out 2>err) || diag "$(cat err)"
run=$(ls -t .azml/runs | head -n 1)
is "$(stat -c %a ".azml/runs/$run/source/sub7/file-7")" 600 'the umask of the job counts'
wait_until 60 is_ready
for tree in .azml/runs/.spare/*; do
  mv "$tree" ".azml/runs/.spare/00000000-0000-0000-0000-000000000000${tree#.azml/runs/.spare/????????-????-????-????-????????????}"
done
spared=$(spares)
azml-guile run -q recipe.scm >out 2>err || diag "$(cat err)"
ok 'a tree of before the boot is removed' wait_until 60 eval \
  'is_ready && ! spares | grep -q ^00000000'

# Two runs at once: one tree is for one of them.
wait_until 60 is_ready
azml-guile run -q recipe.scm >out.1 2>err.1 &
one=$!
azml-guile run -q recipe.scm >out.2 2>err.2 &
two=$!
wait "$one" && wait "$two" && pass 'two runs at once' \
  || fail 'two runs at once' "$(cat err.1 err.2)"
bad=
for run in $(ls -t .azml/runs | head -n 2); do
  diff -r --no-dereference --exclude=outputs work ".azml/runs/$run/source" >differ || bad=$run
done
is "$bad" '' 'each has a source of its own'

# A tree that cannot be changed is made anew.
wait_until 60 is_ready
for tree in .azml/runs/.spare/*; do rm -rf "$tree/sub9"; done
rm work/sub9/file-9
go 'a tree that somebody has damaged'

# gc, told of another age than an hour.
wait_until 60 is_ready
collect ()
{
  "$PYTHON" "$AZML_SRCDIR/tests/fixtures/collect.py" "$AZML_BUILDDIR/azml-runner" \
    "$PWD/root" "$PWD/.azml/runs" "$PWD/.azml/objects" "$@" 2>gc.err || diag "$(cat gc.err)"
}
spared=$(spares)
like "$(collect --dry-run)" 'runs/.spare' 'gc says that it would remove the tree'
is "$(spares)" "$spared" 'and does not yet'
collect >gc.out
is "$(spares)" '' 'gc removes the trees that nobody took'

# Few files are made in a moment.
rm -r work/sub* .azml/runs/.spare
azml-guile run -q recipe.scm >out 2>err
not_ok 'for few files none is made' test -e .azml/runs/.spare
ok 'no process is left' wait_until 20 eval '[ -z "$(pgrep -f "$PWD")" ]'

done_testing
