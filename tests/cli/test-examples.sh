#!/bin/sh
# test-examples.sh: the example of doc/examples and the plugin of the manual.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

AZML_ROOT=$scratch/root
export AZML_ROOT
cp -r "$AZML_SRCDIR/doc/examples/digits" digits
chmod -R u+w digits
cd digits || exit 99

# The plan alone: the packages would come from the network.
capture in_build azml-guile run -n recipe.scm
is "$status" 0 'digits: the plan'
like "$(out)" 'train.py --lr 0.005 --epochs 20' 'has the script and its parameters'
like "$(out)" 'environment' 'and the environment'
capture in_build azml-guile run -n recipe.scm digits-system epochs=3
is "$status" 0 'digits-system: the plan'
like "$(out)" 'train.py --lr 0.005 --epochs 3' 'with other parameters'
isnt "$(ls .azml/runs 2>/dev/null)" train.py 'nothing ran'

# The picture, drawn with Python alone and read back by the rules of PNG.
cat >read.py <<'SCRIPT'
import struct, sys, zlib
from picture import draw_confusion
draw_confusion(sys.argv[1], [[40, 3], [0, 41]], ["0", "1"], "accuracy 0.964")
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n"
at, pixels = 8, b""
while at < len(data):
    size, kind = struct.unpack(">I4s", data[at : at + 8])
    body = data[at + 8 : at + 8 + size]
    crc, = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
    assert zlib.crc32(kind + body) == crc
    if kind == b"IHDR":
        width, height, depth, colour = struct.unpack(">IIBB", body[:10])
    if kind == b"IDAT":
        pixels += body
    at += 12 + size
assert kind == b"IEND" and (depth, colour) == (8, 2)
raw = zlib.decompress(pixels)
assert len(raw) == height * (1 + 3 * width)
rows = [raw[i * (1 + 3 * width) + 1 :][: 3 * width] for i in range(height)]
print(len({row[3 * x : 3 * x + 3] for row in rows for x in range(width)}))
SCRIPT
capture "${PYTHON:-python3}" read.py confusion.png
is "$status" 0 'the confusion matrix is a PNG picture'
like "$(out)" '^[5-9]$|^[1-9][0-9]+$' 'with more than a few colours'

# Every piece of a recipe in the manual is taken, as a recipe, as a field of an
# experiment, or as the value of its environment.
mkdir "$scratch/pieces"
for chapter in concepts recipes logging environments tutorial; do
  awk -v stem="$scratch/pieces/$chapter" '
    /^@lisp/ { inside = 1; name = stem "-" ++n; next }
    /^@end lisp/ { inside = 0 }
    inside { gsub (/@dots[{][}]/, "..."); gsub (/@[@{}]/, "&&"); gsub (/@@/, "@"); print >name }' \
    "$AZML_SRCDIR/doc/manual/$chapter.texi"
done
cat >pieces.scm <<'SCRIPT'
(use-modules (azml) (ice-9 textual-ports))
(define digits-text
  "(define digits (experiment (name \"digits\") (script \"train.py\")))")
(define (taken? . texts)
  (call-with-output-file "piece-recipe.scm"
    (lambda (port)
      (display "(use-modules (azml))\n" port)
      (for-each (lambda (text) (display text port) (newline port)) texts)))
  (false-if-exception (begin (load-recipe "piece-recipe.scm") #t)))
(for-each
 (lambda (file)
   (let ((piece (call-with-input-file file get-string-all))
         (begin-text "(experiment (name \"x\") (script \"x.py\")"))
     (unless (or (taken? piece)
                 (taken? digits-text piece)
                 (taken? begin-text piece ")")
                 (taken? begin-text "(environment" piece "))"))
       (display file) (newline))))
 (cdr (command-line)))
SCRIPT
echo "(define gpu1 (compute-target (name \"gpu1\")))" >common.scm # one of them loads it
echo "scikit-learn>=1.2,<2" >requirements.txt # another reads it
capture in_build "${GUILE:-guile}" --no-auto-compile pieces.scm "$scratch"/pieces/*
is "$status" 0 'the pieces of recipes in the manual are read'
is "$(out)" '' 'and each is one'
isnt "$(find "$scratch/pieces" -type f | wc -l)" 0 'there are some'

# The plugin that the manual shows whole.
mkdir "$scratch/plugins" "$scratch/project"
awk '/^@lisp/ { inside = 1; next } /^@end lisp/ { exit } inside' \
  "$AZML_SRCDIR/doc/manual/plugins.texi" | sed 's/@@/@/g; s/@{/{/g; s/@}/}/g' \
  >"$scratch/plugins/nice.scm"
AZML_PLUGIN_PATH=$scratch/plugins
export AZML_PLUGIN_PATH
cd "$scratch/project" || exit 99
cat >recipe.scm <<'RECIPE'
(use-modules (azml))
(experiment
 (name "gentle")
 (command '("nice"))
 (target (compute-target (name "gentle") (type 'nice) (niceness 7))))
RECIPE
base=$(nice)
capture in_build azml-guile run -q recipe.scm
is "$status" 0 'the plugin of the manual runs'
is "$(out)" "$((base + 7 > 19 ? 19 : base + 7))" 'at the priority that it was asked for'

done_testing
