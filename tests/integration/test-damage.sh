#! /bin/sh
# tests/integration/test-damage.sh: contents that were changed in the store behind our back, their
# size as it was.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/mirror.sh"

# object FILE: where its content is in a store, as a file of its own.
object ()
{
  sha256sum "$1" | sed 's|^\(..\)\([0-9a-f]*\).*|objects/\1/\2|'
}

# damage FILE: change its second byte, as a disk or an editor would.
damage ()
{
  chmod u+w "$1"
  printf '?' | dd of="$1" bs=1 seek=1 conv=notrunc status=none
}

# damage_packed STORE TEXT: the same with the content TEXT in a pack of STORE.
damage_packed ()
{
  packed=$(grep -abo "$2" "$1"/pack/*.pack | head -n 1)
  printf '?' | dd of="$(ls "$1"/pack/*.pack)" bs=1 conv=notrunc status=none \
    seek="$((${packed%%:*} + 1))"
}

expected=$tap_folder/expected
echo far >.azmlignore
mkdir src
echo 'the first content' >src/first
i=0
while [ $i -lt 100 ]; do
  echo "this is number $i." >"src/number-$i"
  i=$((i + 1))
done
head -c 400000 /dev/zero | tr '\0' a >src/large
# A file that was changed within two seconds is read again, and what is stored with it.
sleep 2.2
job='cd src && cat first number-77 && cksum <large'
cat src/first src/number-77 >"$expected"
cksum <src/large >>"$expected"

local_run ()
{
  azml-guile run "$@" -- sh -c "$job"
}

far_run ()
{
  on_far "$@" -- sh -c "$job"
}

# On this machine.
capture local_run
ok 'a run' cmp "$expected" "$out_file"
ok 'whose small contents are in a pack' grep -q 'this is number 77' .azml/objects/pack/*.pack
damage_packed .azml/objects 'this is number 77'
damage ".azml/$(object src/large)"
damage ".azml/$(object src/first)"
capture local_run
ok 'what was damaged in the store is taken from the source again' cmp "$expected" "$out_file"
like "$(err)" 'warning: 3 contents of the source were damaged in the store' 'which the run tells'
ok 'the object is what it was' sh -c "cmp src/large '.azml/$(object src/large)'"
capture local_run
ok 'it is mended for good' cmp "$expected" "$out_file"
unlike "$(err)" 'damaged' 'and nothing more is said'

# Sent to another machine.
damage_packed .azml/objects 'this is number 78'
damage ".azml/$(object src/large)"
capture far_run
ok 'damaged contents are mended before they are sent again' cmp "$expected" "$out_file"
like "$(err)" "warning: the stored content of 'src/large', 'src/number-78' was damaged" \
  'with a warning that names the files'

# late CONTENT COMMAND: let src/first have CONTENT, and the program over there begin when that is
# in the store, with COMMAND.
late ()
{
  echo "$1" >src/first
  new=$scratch/.azml/$(object src/first)
  cat >"$tap_folder/late" <<END
#! /bin/sh
tries=0
while [ ! -e "$new" ] && [ \$tries -lt 40 ]; do
  tries=\$((tries + 1))
  sleep 0.25
done
$2
exec "$AZML_BUILDDIR/azml-runner" "\$@"
END
  chmod +x "$tap_folder/late"
  far_is "$tap_folder/late"
}

# One whose file was changed meanwhile.
late 'a new content' "sed -i s/new/odd/ '$scratch/.azml/objects/'??/* '$scratch/src/first'"
capture far_run
isnt "$status" 0 'one that the source folder has no more cannot be sent'
like "$(err)" "the stored content of 'src/first' was damaged, and is removed; .* has it no more" \
  'the error names the file'
like "$(err)" 'hint: run it again' 'and says what to do'
far_is "$AZML_BUILDDIR/azml-runner"
capture far_run
like "$(out)" 'a odd content' 'run again, the file goes as it is'

# Damaged over there, where no source folder is.
damage "$far/$(object src/large)"
late 'a third content' "mv '$scratch/src/large' '$scratch/large'"
capture far_run
like "$(err)" "'src/large': its stored content was damaged, and is removed" \
  'what is damaged over there fails the run'
like "$(err)" 'hint: run it again' 'and says what to do'
mv large src
far_is "$AZML_BUILDDIR/azml-runner"
capture far_run
{
  cat src/first src/number-77
  cksum <src/large
} >"$expected"
ok 'which sends it again then' cmp "$expected" "$out_file"

done_testing
