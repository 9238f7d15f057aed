#!/bin/sh
# test-doctor.sh: what works here, and what to install for the rest.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

# Where this machine's real python is, without shims; the tools that are found lie in bin.
python=$(python3 -c 'import os, sys
print(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable))')
tap_python=$python
build=${PATH%%:*}
mkdir bin
for tool in git uv pixi; do
  printf '#!/bin/sh\nexit 0\n' >"bin/$tool"
  chmod +x "bin/$tool"
done
ln -s "$python" bin/python3
PATH=$build:$scratch/bin:/usr/bin:/bin
SHELL=/bin/bash
export SHELL
unset XDG_DATA_HOME XDG_CONFIG_HOME BASH_COMPLETION_USER_DIR AZML_PLUGIN_PATH

# state NAME: what the last --json says of the check NAME; said NAME KEY: a text of it.
state ()
{
  json "$out_file" "[c['state'] for c in j['checks'] if c['name'] == '$1'][0]"
}

said ()
{
  json "$out_file" "[c.get('$2', '') for c in j['checks'] if c['name'] == '$1'][0]"
}

capture azml-guile doctor
is "$status" 0 'all is well'
is "$(err)" '' 'nothing is said beside it'
like "$(out)" '^  ok       runner  *[0-9.]+, (static|dynamically linked.*), /.*azml-runner$' \
  'the runner, its version and how it is linked'
like "$(out)" '^  ok       git  *.*/bin/git$' 'git'
# What the build may lack is told as it is.
if [ -e "$AZML_BUILDDIR/.libs/azml-ssh.so" ]; then
  like "$(out)" '^  ok       SSH  *built in, by libssh$' 'how machines are reached'
else
  like "$(out)" '^  [a-z]* *SSH .*built without libssh$' 'how machines are reached'
fi
if [ -e "$AZML_BUILDDIR/.libs/azml_gmk.so" ]; then
  like "$(out)" '^  ok       GNU Make  *makefiles can include /.*/azml\.mk$' 'what makefiles include'
else
  like "$(out)" '^  missing  GNU Make  *this was built without' 'that makefiles have nothing'
fi
like "$(out)" '^  ok       uv  .*/bin/uv' 'a tool on the target'
like "$(out)" '^  ok       Python  *3\.' 'the versions of Python'
like "$(out)" '^  ok       runs  *.*/\.azml/runs, .* free$' 'room for runs'
like "$(out)" '^  ok       environments  *.*, .* free$' 'room for environments'
not_ok 'nothing is made' test -e .azml

capture azml-guile doctor --json
is "$status" 0 'as JSON'
is "$(json "$out_file" 'j["works"]')" True 'runs work'
is "$(state runner)" ok 'each check has a state'
is "$(state completion)" missing 'completion is not installed'
like "$(said completion install)" 'azml-guile completion bash' 'the command that installs it'
sh -c "$(said completion install)"
capture azml-guile doctor --json
is "$(state completion)" ok 'and it does'

# What is missing.
rm bin/uv bin/pixi
capture azml-guile doctor --json
if PATH=$HOME/.local/bin:/usr/local/bin:/usr/bin:/bin command -v pixi >/dev/null; then
  is "$(state conda)" ok 'pixi is in a usual place'
else
  is "$(state conda)" missing 'what installs conda packages is missed'
  like "$(said conda gives)" 'conda packages' 'it is said what it is good for'
  like "$(said conda install)" 'install' 'and how to install it'
fi
is "$(json "$out_file" 'j["works"]')" True 'runs work without'

# A python that cannot make virtual environments.
cat >bin/python3.new <<'END'
#!/bin/sh
for word; do
  case $word in
    *find_spec*) printf '1\n0\n0\n' ;;
    *sys.version*) printf '3.99.0\n%s\n%s\n' "$0" "$0" ;;
  esac
done
END
chmod +x bin/python3.new
mv bin/python3.new bin/python3
capture azml-guile doctor --json
is "$(state venv)" missing 'a Python that makes no virtual environments'
like "$(said venv text)" ' has no ensurepip$' 'and what it lacks'
isnt "$(said venv install)" '' 'and how to install that'
rm bin/python3
ln -s "$python" bin/python3

# Plugins that fail are named, with their error.
mkdir plugins
echo '(this is (not a plugin' >plugins/broken.scm
AZML_PLUGIN_PATH=$scratch/plugins capture azml-guile doctor
is "$status" 0 'a broken plugin does not stop runs'
like "$(out)" "^  problem  plugin  *broken was not loaded: .*broken.scm" 'it is named, with its error'

# The project.
capture azml-guile run -q -- true
is "$status" 0 'a run'
capture azml-guile doctor --json
is "$(said index text)" '1 run' 'the index knows it'
rm -f .azml/index.db*
capture azml-guile doctor --json
is "$(state index)" problem 'an index that is gone'
is "$(said index install)" 'azml-guile history reindex' 'can be made anew'
ok 'and is' azml-guile history reindex
capture azml-guile doctor --json
is "$(state index)" ok 'then all is well'

# What no run works without.
AZML_RUNNER=$scratch/none capture azml-guile doctor --json
is "$status" 1 'no runner'
is "$(state runner)" problem 'the runner is a problem'
is "$(json "$out_file" 'j["works"]')" False 'no run works'
mv .azml/runs .azml/kept
: >.azml/runs
capture azml-guile doctor
is "$status" 1 'runs that cannot be stored'
like "$(out)" '^  problem  runs .*cannot be written to' 'are a problem'
rm .azml/runs
mv .azml/kept .azml/runs

# Another target.
cat >recipe.scm <<'END'
(use-modules (azml))
(define elsewhere (compute-target (name "elsewhere") (root "/dev/null/azml")))
END
capture azml-guile doctor -r recipe.scm -c elsewhere
is "$status" 0 'runs of this target work'
like "$(out)" '^  problem  environments  */dev/null/azml cannot be written to' \
  'but not its environments'
capture azml-guile doctor -c nowhere
is "$status" 1 'a target that is not there'
like "$(err)" "there is no compute target 'nowhere'" 'is an error'
capture azml-guile doctor here
is "$status" 2 'a word too much'

done_testing
