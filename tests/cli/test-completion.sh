#!/bin/sh
# test-completion.sh: what a TAB offers, in each shell.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

pre () { "$AZML_BUILDDIR/pre-inst-env" "$@"; }
words () { pre azml-guile complete -- "$@" | tr '\n' ' '; }

cat >recipe.scm <<'END'
(error "a recipe must not run because somebody pressed TAB")
(define big (compute-target (name "gpu1")))
; (experiment (name "commented"))
(define a (experiment (name "digits") (parameters '((lr . 0.1) (epochs . 5)))))
(define b (experiment (inherit a) (name "digits-wide")))
END
mkdir -p .azml/runs/abcdefghijkl .azml/runs/abzzzzzzzzzz .azml/runs/.new-abyyyyyyyyyy
echo project >.azml/project

is "$(words hist)" 'history ' 'a command'
is "$(words history sh)" 'show ' 'a verb'
is "$(pre azml-guile complete -- history show ab | sort | tr '\n' ' ')" \
  'abcdefghijkl abzzzzzzzzzz ' 'runs, and none that is not accepted yet'
is "$(words stop la)" 'last ' 'the latest run'
is "$(words run '')" ':files ' 'a recipe is a file'
is "$(words run recipe.scm '')" 'digits digits-wide lr= epochs= ' \
  'experiments and parameters of the recipe'
is "$(words run recipe.scm digits-)" 'digits-wide ' 'those that begin so'
is "$(words run recipe.scm -c '')" 'local gpu1 ' 'targets'
XDG_CONFIG_HOME=$scratch/config
export XDG_CONFIG_HOME
pre azml-guile computetarget attach -g remote -n everywhere -a host 2>"$err_file"
is "$(words run recipe.scm -c '')" 'local everywhere gpu1 ' 'and those that are kept'
is "$(words computetarget check e)" 'everywhere ' 'a verb of computetarget'
pre azml-guile computetarget detach everywhere 2>"$err_file"
unset XDG_CONFIG_HOME
is "$(words run --dry)" '--dry-run ' 'an option'
is "$(words run -j '')" '' 'what cannot be known is not guessed'
is "$(words run -- '')" ':files ' 'behind --'
is "$(words nonsense '')" '' 'an unknown command'
is "$(words help compl)" 'completion ' 'the argument of help'
is "$(words "$(printf 'h\377')")" '' 'bytes that are not UTF-8'

# The table is made from the commands; none is forgotten.
pre azml-guile help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p' | sort >commands
words '' | tr ' ' '\n' | sed '/^$/d' | sort >completed
is "$(cat completed)" "$(cat commands)" 'every command of help is completed'
for command in $(cat commands); do
  [ "$command" = help ] && continue
  pre azml-guile "$command" --help-all |
    sed -n 's/^  [- ][a-zA-Z ][, ] \(--[a-z-]*\).*/\1/p' | sort -u >wanted
  verb=$(words "$command" '' | sed -n 's/^\(list\|submit\|download\|create\)\( .*\)*$/\1/p')
  # shellcheck disable=SC2086 # no word, where the command has no verbs
  words "$command" $verb -- | tr ' ' '\n' | grep '^--' | sort -u >offered
  like "$(cat wanted)" '^--help$' "the help of '$command' lists its options"
  is "$(comm -23 wanted offered)" '' "every option of '$command' is completed"
done

# Each shell by its own script.
pre azml-guile completion bash >script.bash
cat >try.bash <<'END'
. ./script.bash
compopt () { :; }
try () { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _azml_guile; echo "${COMPREPLY[*]}"; }
try azml-guile histo
try azml-guile run recipe.scm ''
try azml-guile run recipe.s
END
is "$(pre bash try.bash)" 'history
digits digits-wide lr= epochs=
recipe.scm' 'bash'

pre azml-guile completion fish >script.fish
cat >try.fish <<'END'
source script.fish
complete -C 'azml-guile histo'
complete -C 'azml-guile run recipe.scm digits-'
complete -C 'azml-guile run recipe.s'
END
is "$(pre fish --no-config try.fish)" 'history
digits-wide
recipe.scm' 'fish'

pre azml-guile completion zsh >script.zsh
cat >try.zsh <<'END'
compdef () { :; }
compadd () { while [[ $1 == -* && $1 != -- ]]; do [[ $1 == -S ]] && shift; shift; done; shift; print -- $*; }
_files () { print files; }
source ./script.zsh
try () { words=("$@"); CURRENT=$#; _azml_guile; }
try azml-guile histo
try azml-guile run recipe.scm ''
try azml-guile run ''
END
is "$(pre zsh -f try.zsh)" 'history
digits digits-wide
lr= epochs=
files' 'zsh'

capture pre azml-guile completion tcsh
is "$status" 2 'another shell is a usage error'
like "$(err)" "bash, zsh and fish" 'that names the three'

done_testing
