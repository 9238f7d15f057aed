#!/bin/sh
# test-computetarget.sh: targets that are kept, without any machine.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

user=$HOME/.config/azml/targets.json
project=$scratch/p/.azml/targets.json

capture azml-guile computetarget
is "$status" 0 'there are no targets yet'
like "$(err)" 'azml-guile computetarget attach' 'and how to keep one is said'

capture azml-guile computetarget attach remote -n gpu1 -a gpu1.example.org -u me -p 2222 \
  'setup=module load cuda/12' setup='echo "two"' variables=A=1 variables=B=x=y ssh=openssh
is "$status" 0 'a target is attached'
is "$(stat -c %a "$user")" 600 'outside of a project for the user, whom it belongs to alone'
capture azml-guile computetarget show gpu1 --json
is "$(json "$out_file" 'sorted(j["fields"].items())')" \
  "[('address', 'gpu1.example.org'), ('name', 'gpu1'), ('port', 2222), \
('setup', ['module load cuda/12', 'echo \"two\"']), ('ssh', 'openssh'), ('type', 'remote'), \
('username', 'me'), ('variables', {'A': '1', 'B': 'x=y'})]" 'with all of its fields'
is "$(json "$out_file" 'j["scope"], j["file"]')" "('user', '$user')" 'and where it is kept'
capture azml-guile computetarget show gpu1
like "$(out)" 'module load cuda/12; echo "two"' 'a person sees them, too'

mkdir p
cd p || exit 99
azml-guile run -- true >"$out_file" 2>&1
capture azml-guile computetarget attach remote -n gpu1 -a other
is "$status" 0 'a project has targets of its own'
ok 'in its folder' test -s "$project"
capture azml-guile computetarget list
like "$(out)" 'gpu1 *remote *other *this project' 'which come first'
unlike "$(out)" 'gpu1.example.org' 'and hide those of the same name'
capture azml-guile computetarget attach -g remote -n box -a box --use-azureml-ssh-kex
is "$status" 2 'a wrong option'
capture azml-guile computetarget attach -g remote -n box -a box
is "$status" 0 '-g keeps it for all projects'
is "$(azml-guile computetarget --json | "$tap_python" -c \
  'import json, sys; print([t["name"] for t in json.load(sys.stdin)])')" \
  "['gpu1', 'box']" 'the list as JSON'

capture azml-guile computetarget update gpu1 port=22 username=you setup=
is "$status" 0 'fields are changed'
capture azml-guile computetarget update gpu1 port=
capture azml-guile computetarget show gpu1 --json
is "$(json "$out_file" 'sorted(j["fields"])')" "['address', 'name', 'type', 'username']" \
  'and left out again'

# refused WORDS... : exits with 1 or 2, and nothing is changed.
refused ()
{
  before=$(cat "$project" "$user")
  refused_what=$1
  shift
  capture azml-guile computetarget "$@"
  ok "$refused_what is refused" [ "$status" -eq 1 -o "$status" -eq 2 ]
  is "$(cat "$project" "$user")" "$before" 'and nothing changes'
}

refused 'a field that there is not' update gpu1 prot=3
like "$(err)" "did you mean 'port'" 'with the one that was meant'
refused 'a port that is none' update gpu1 port=http
refused 'an address like an option' update gpu1 address=-oProxyCommand=id
refused 'a password' update gpu1 password=hunter2
like "$(err)" 'does not belong into a command line' 'because others see it'
like "$(err)" '^hint: .*password-file=FILE' 'with where one comes from'
refused 'a password in an address' update gpu1 address=me:hunter2@h
unlike "$(err)" hunter2 'and not repeated'
refused 'one in an address of SSH' attach remote -n x -a ssh://me:hunter2@h
refused 'an address that is none of SSH' attach remote -n x -a http://h
refused 'an address without a machine' attach remote -n x -a ssh://me@
refused 'a port behind it that is none' attach remote -n x -a h:http
refused 'one that there cannot be' attach remote -n x -a me@h:65536
refused 'two users' attach remote -n x -a me@h -u you
like "$(err)" "user 'me', .* 'you': leave one out" 'with both'
refused 'two ports' attach remote -n x -a 'me@[::1]:22' -p 2222
refused 'a user of two words' attach remote -n x -a h -u 'a b'
like "$(err)" "'username' .*expected the name of a user" 'is called a user'
refused 'a password for the ssh command' attach remote -n x -a h ssh=openssh password-file=p
like "$(err)" 'from a terminal only' 'which takes none'
refused 'another type' update gpu1 type=local
refused 'a name that is taken' attach remote -n gpu1 -a x
like "$(err)" 'computetarget update gpu1' 'with what changes it'
refused 'the name of this machine' attach remote -n local -a x
refused 'a type that there is not' attach remot -n x -a x
refused 'no address' attach remote -n x
refused 'no name' attach remote -a x
refused 'a target that there is not' update gpu9 port=1
like "$(err)" "did you mean 'gpu1'" 'with the nearest'
refused 'a verb that there is not' chek gpu1
refused 'a name that would leave its folder' attach remote -n ../x -a x -k

capture azml-guile run -c gpu9 -- true
is "$status" 1 'a run on a target that there is not'
like "$(err)" "did you mean 'gpu1'" 'with the nearest'
capture azml-guile run -n -c gpu1 -- true
unlike "$(err)" 'no compute target' 'a target that is kept is found'

capture azml-guile computetarget detach gpu1
is "$status" 0 'a target is detached'
capture azml-guile computetarget show gpu1 --json
is "$(json "$out_file" 'j["scope"]')" user 'then that of the user is seen again'
capture azml-guile computetarget detach gpu1 box
is "$status" 0 'several are'
is "$(azml-guile computetarget --json)" '[]' 'and there are none'

echo '{"targets": 7}' >"$user"
capture azml-guile computetarget list
is "$status" 1 'a file that is something else'
like "$(err)" "$user" 'is named'
echo '{"targets": [{"name": "a", "type": "remote", "address": 5}]}' >"$user"
capture azml-guile run -c a -- true
is "$status" 1 'a target that is wrong'
like "$(err)" "target 'a' in '$user': field 'address'" 'is named, too'

# A password that somebody wrote there is not shown, and can be left out.
echo '{"targets": [{"name": "a", "type": "remote", "address": "me:hunter2@h", "username": "me",
  "password": "hunter2"}]}' >"$user"
for words in list 'list --json' 'list -o tsv' 'show a' 'show a --json' 'check a' 'update a port=1'; do
  # shellcheck disable=SC2086 # a verb and an option
  capture azml-guile computetarget $words
  unlike "$(cat "$out_file" "$err_file")" hunter2 "$words: a password in the file is not shown"
done
capture azml-guile computetarget update a password= address=h
is "$status $(grep -c hunter2 "$user")" '0 0' 'update leaves it out'

# Every field can be given as a word, and is what it is in a recipe.
capture azml-guile computetarget update a username=you port=2 identity-file=/k config=/c \
  ssh=libssh host-keys=strict password-file=/p connect-timeout=5 output-limit=1000 \
  shared-directory='~/s' spare-trees=no root=/r setup='a b' variables=A=1 gpus-per-run=2
is "$status" 0 'every field is changed' || diag "$(err)"
capture azml-guile computetarget update a password-file= password-command='pass show a'
is "$status" 0 'and changed for another' || diag "$(err)"
capture azml-guile computetarget show a --json
is "$(json "$out_file" 'sorted((k, v) for k, v in j["fields"].items() if k not in ("name", "type"))')" \
  "[('address', 'h'), ('config', '/c'), ('connect-timeout', 5), ('gpus-per-run', 2), \
('host-keys', 'strict'), ('identity-file', '/k'), ('output-limit', 1000), \
('password-command', 'pass show a'), ('port', 2), ('root', '/r'), ('setup', ['a b']), \
('shared-directory', '~/s'), ('spare-trees', 'no'), ('ssh', 'libssh'), ('username', 'you'), \
('variables', {'A': '1'})]" 'to what was given'
capture azml-guile computetarget update a port=3 port=4 setup=a setup= setup=b variables=B=2 username=x username=
capture azml-guile computetarget show a --json
is "$(json "$out_file" '[j["fields"].get(k) for k in ("port", "setup", "variables", "username")]')" \
  "[4, ['b'], {'B': '2'}, None]" 'of a field that is given twice the last counts'
capture azml-guile computetarget update a gpus-per-run=all
is "$status" 0 'all GPUs for each run'
capture azml-guile run -n -c a -- true
unlike "$(err)" "target 'a' in" 'and that is read again'

# Where a machine is, in one way however it was said.
rm -f "$user"
for address in h me@h me@h:22 ssh://me@h:22 ::1 'me@[::1]:22' 'ssh://me@[::1]:22'; do
  azml-guile computetarget attach -g remote -n there -a "$address" 2>"$err_file"
  azml-guile computetarget list -o tsv | cut -f 3
  azml-guile computetarget detach there 2>"$err_file"
done >places
azml-guile computetarget attach -g remote -n there -a ::1 -u me -p 22 2>"$err_file"
is "$(cat places; azml-guile computetarget list -o tsv | cut -f 3)" 'h
me@h
me@h:22
me@h:22
::1
me@[::1]:22
me@[::1]:22
me@[::1]:22' 'the list says user@host:port'
azml-guile computetarget detach there 2>"$err_file"

# A file that is named in one folder is that file in all others.
mkdir -p here
(cd here && azml-guile computetarget attach remote --global -n by-key -a h identity-file=key) 2>"$err_file"
capture azml-guile computetarget show by-key --json
like "$(out)" "\"identity-file\": *\"$PWD/here/key\"" 'a relative file name is kept as the whole one'
azml-guile computetarget detach by-key 2>"$err_file"

# A file of Workbench gets no password either.
mkdir aml_config
printf 'address: h\ntype: remote\nusername: u\n' >aml_config/vm.compute
cp aml_config/vm.compute before
capture azml-guile computetarget update vm address=h2 password=hunter2
is "$status" 2 'a password for a file of Workbench is refused'
ok 'and the file is as it was' cmp -s before aml_config/vm.compute
capture azml-guile computetarget update vm 'password=AzureMlSecret=vm#u#0'
is "$status" 0 'the handle of one is taken'

done_testing
