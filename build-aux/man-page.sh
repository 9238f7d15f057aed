#!/bin/sh
# man-page.sh: write the man page FILE, from --help of the program that it is named after.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Started in the build folder, with HELP2MAN and VERSION in the environment.

all=
page=$(basename "$1" .1)
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

case $page in
  azml-guile) command=azml-guile text='declare machine-learning experiments and run them' ;;
  azml-runner) command=azml-runner text='execute runs of azml-guile on this machine' ;;
  azml-guile-*)
    command="azml-guile ${page#azml-guile-}" all=-all
    # The first sentence after the usage.
    text=$(./pre-inst-env azml-guile "${page#azml-guile-}" --help \
      | awk 'blank && NF { print; exit } !NF { blank = 1 }' \
      | sed 's/\.$//; s/^\(.\)/\L\1/')
    ;;
esac

# help2man asks a program of the page's name.
cat >"$folder/$page" <<PROGRAM
#!/bin/sh
case \$1 in
  --version) echo "$page (azml-guile) $VERSION" ;;
  --help) ./pre-inst-env $command --help$all | sed 's/^       azml-guile/  or:  azml-guile/' ;;
esac
PROGRAM
chmod +x "$folder/$page"
cat >"$folder/include" <<'SECTION'
[SEE ALSO]
.BR azml-guile (1),
.BR azml-guile-run (1),
.BR azml-runner (1).
.PP
The full documentation is the Texinfo manual:
.B info azml-guile
SECTION
"$HELP2MAN" --section=1 --no-info --name="$text" --source="azml-guile $VERSION" \
  --include="$folder/include" "$folder/$page"
