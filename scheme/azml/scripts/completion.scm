;;; completion.scm: the command completion.
;;; Copyright (C) 2026 The azml-guile developers
;;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:
;;; Each shell's script asks `azml-guile complete -- WORD...', which the program answers
;;; without booting Guile; a line ":files" in the answer asks for file names.
;;; Code:

(define-module (azml scripts completion)
  #:use-module (azml options)
  #:export (%command
            azml-completion))

(define %command
  (command
   "completion" "Write the script that teaches a shell to complete azml-guile."
   #:usage '("bash|zsh|fish")
   #:examples '(("completion bash >~/.local/share/bash-completion/completions/azml-guile"
                 . "bash")
                ("completion zsh >~/.zfunc/_azml-guile" . "zsh; ~/.zfunc is on fpath")
                ("completion fish >~/.config/fish/completions/azml-guile.fish" . "fish"))
   #:notes '("Commands, options, runs, targets, and the experiments and parameters of the"
             "recipe on the line are completed; a recipe is read, never run.")))

(define bash "\
# bash completion for azml-guile
_azml_guile ()
{
  local line
  local -a words
  COMPREPLY=()
  words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\")
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      while IFS= read -r line; do COMPREPLY+=(\"$line\"); done \\
        < <(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\")
      compopt -o filenames 2>/dev/null
    else
      [[ $line == *= ]] && compopt -o nospace 2>/dev/null
      COMPREPLY+=(\"$line\")
    fi
  done < <(azml-guile complete -- \"${words[@]}\" 2>/dev/null)
}
complete -F _azml_guile azml-guile
")

(define zsh "\
#compdef azml-guile
# zsh completion for azml-guile
_azml_guile ()
{
  local line
  local -a plain open
  for line in ${(f)\"$(azml-guile complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"}; do
    case $line in
      :files) _files ;;
      *=) open+=($line) ;;
      *) plain+=($line) ;;
    esac
  done
  (( $#plain )) && compadd -- $plain
  (( $#open )) && compadd -S '' -- $open
  return 0
}
if [ \"$funcstack[1]\" = _azml-guile ]; then _azml_guile; else compdef _azml_guile azml-guile; fi
")

(define fish "\
# fish completion for azml-guile
function __azml_guile
  set -l words (commandline -opc)
  set -l typed (commandline -ct)
  for line in (azml-guile complete -- $words[2..-1] \"$typed\" 2>/dev/null)
    if test \"$line\" = :files
      __fish_complete_path \"$typed\"
    else
      echo $line
    end
  end
end
complete -c azml-guile -f -a '(__azml_guile)'
")

(define (azml-completion words)
  "Run the command completion with the command line WORDS; return the exit code."
  (call-with-command-line
   %command words
   (lambda (options operands rest)
     (let* ((shell (single-operand %command operands "shell"))
            (script (assoc shell `(("bash" . ,bash) ("zsh" . ,zsh) ("fish" . ,fish)))))
       (unless script
         (usage-error (string-append "no completion for the shell '" shell "'")
                      "there is bash, zsh and fish"))
       (display (cdr script))
       0))))
