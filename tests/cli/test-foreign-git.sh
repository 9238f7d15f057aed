#!/bin/sh
# test-foreign-git.sh: a git repository that belongs to another user is left alone, as git does.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

command -v git >/dev/null || skip_all 'there is no git'
unset SUDO_UID GIT_DIR GIT_CONFIG_GLOBAL XDG_CONFIG_HOME
GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_NOSYSTEM

# The work tree top, and the folder of a project in it.
mkdir top top/project
cd top || exit 99
git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one || exit 99
commit=$(git rev-parse HEAD)
top=$(pwd -P)
printf '*.skip\n' >.gitignore
cd project || exit 99
touch a.skip a.kept

# run NAME WARNED COMMIT FILES: of a run of ours.
run ()
{
  capture azml-guile run -- true
  case $2 in
    warned) is "$(grep -c "warning: the git repository '$top' belongs to .*: its commit is not rec" \
      "$err_file")" 1 "$1: it is said whose it is, once" ;;
    *) unlike "$(err)" 'git repository' "$1: nothing is said" ;;
  esac
  is "$(json "$(run_folder)/run.json" 'j.get("git", {}).get("commit"), j["snapshot"]["files"]')" \
    "($3, $4)" "$1: the commit, and how many files"
}

# Said from outside: within a broken repository git says nothing but that.
git_config ()
{
  (cd / && git config --global "$@")
}

run 'our own' quiet "'$commit'" 1

# Ours are a file .git and the work tree, and the folder to which it leads is not.
if [ "$(id -u)" -eq 0 ]; then
  mv ../.git ../git
  chown -R 12345 ../git
  echo "gitdir: $top/git" >../.git
  known="'$commit'"
else
  mv ../.git ../git
  echo 'gitdir: /etc' >../.git
  known=None
fi
run "another's" warned None 2
like "$(err)" "hint: if you trust it: git config --global --add safe.directory $top\$" \
  'with what to do about it'
not_ok 'git refuses it, too' git rev-parse HEAD
git_config --add safe.directory "$top/project"
run 'other folders are safe' warned None 2
git_config --add safe.directory "$top"
run 'it is safe' quiet "$known" 1
git_config --add safe.directory ''
run 'it is not safe any more' warned None 2
git_config --add safe.directory '*'
run 'all are safe' quiet "$known" 1
git_config --unset-all safe.directory
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$top \
  run 'safe by a variable' quiet "$known" 1
GIT_DIR=$top/git run 'GIT_DIR' warned None 2

# What the repository itself says of that does not count.
if [ "$(id -u)" -eq 0 ]; then
  git config --file "$top/git/config" safe.directory '*'
  run 'a repository that calls itself safe' warned None 2
  SUDO_UID=12345 run 'who called sudo' quiet "$known" 1
  SUDO_UID=12346 run 'somebody else called sudo' warned None 2
  rm ../.git
  mv ../git ../.git
  chown -R root ../.git
  chown 12345 "$top"
  run "the work tree is another's" warned None 2
fi

done_testing
