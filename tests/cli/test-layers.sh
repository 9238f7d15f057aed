#!/bin/sh
# test-layers.sh: who may include what, and what the Guile binding must not do.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

cd "$AZML_SRCDIR" || exit 99

# Lowest first.  An include only points to a room earlier in the list, or to its own.
rooms='core digest config channel snapshot session environment gpu run store lease process charge container runner serve guile cli'

found=$(find src -mindepth 1 -maxdepth 1 -type d ! -name include ! -name '.*' \
  | sed 's,^src/,,' | LC_ALL=C sort | tr '\n' ' ')
listed=$(for room in $rooms; do echo "$room"; done | LC_ALL=C sort | tr '\n' ' ')
is "$found" "$listed" 'every room has its place in the order'

allowed=include
for room in $rooms; do
  allowed="$allowed $room"
  # shellcheck disable=SC2046 # the names of sources have no blanks
  ok "$room includes only what stands below it" awk -v allowed=" $allowed " '
    /^#[ \t]*include[ \t]*"/ {
      split ($0, part, "\"")
      target = part[2]
      # a plain name is a file of the same folder
      if (index (target, "/") == 0) next
      sub (/\/.*/, "", target)
      if (index (allowed, " " target " ") == 0) {
        print FILENAME ":" FNR ": " $0
        bad = 1
      }
    }
    END { exit bad }' $(find "src/$room" -name '*.[ch]')
done

# only_in HEADER FOLDER...: HEADER is included in these folders and nowhere else.
only_in ()
{
  header=$1
  shift
  strays=$(grep -rlE "^#[ \t]*include[ \t]*<$header" src --include='*.[ch]' \
    | while read -r file; do
        for folder; do
          case $file in "$folder"/*) continue 2 ;; esac
        done
        echo "$file"
      done)
  is "$strays" '' "<$header> is included only in $*"
}

only_in nettle/ src/digest
only_in sqlite3.h src/store
only_in libguile src/guile src/cli
only_in yaml.h src/config
only_in libssh src/channel
only_in curl/ src/http
only_in sys/prctl.h src/process src/container src/runner src/core
only_in sys/syscall.h src/process src/runner src/serve src/core
only_in linux/ src/runner src/core src/snapshot

strays=$(grep -rnE '#[ \t]*include.*config\.h' src/include)
is "$strays" '' 'no public header needs config.h'

# The locale of a process is not ours: UTF-8 at the border, always.
strays=$(grep -rnE 'scm_(to|from)_locale_|scm_locale_' src plugins scheme)
is "$strays" '' 'no conversion of strings by the locale'

# The library never prints; programs do.
strays=$(grep -nE '\b(printf|puts|perror|putchar)[ ]*\(' src/core/*.c src/digest/*.c \
  src/config/*.c src/channel/*.c src/snapshot/*.c src/environment/*.c src/run/*.c src/store/*.c \
  2>/dev/null)
is "$strays" '' 'the library never prints'

# A Scheme exception skips the clean-up of C: nothing that can throw comes after an
# AZML_AUTO in the same function.
ok 'no AZML_AUTO in front of what can throw' awk '
  FNR == 1 || /^}/ { automatic = 0 }
  /^[ \t]+AZML_AUTO/ { automatic = FNR }
  automatic && /[^_a-z"](scm_[a-z]|azml__guile_(throw|from_|take|to_[bti]|check_|handle|define))/ {
    print FILENAME ":" FNR ": can throw past the AZML_AUTO of line " automatic ": " $0
    bad = 1
  }
  END { exit bad }' src/guile/*.c src/cli/*.c

done_testing
