#!/bin/sh
# test-project.sh: new projects, which run as they are; the files of a run, brought back.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"

# The Makefiles ask pkg-config where azml.mk is.
mkdir "$tap_folder/bin"
cat >"$tap_folder/bin/pkg-config" <<END_OF_SCRIPT
#!/bin/sh
[ "\$*" = '--variable=makefile azml-guile' ] && echo "$AZML_BUILDDIR/plugins/make/azml.mk"
END_OF_SCRIPT
chmod +x "$tap_folder/bin/pkg-config"
PATH=$tap_folder/bin:$PATH
AZML_GMKDIR=$AZML_BUILDDIR/.libs
AZML_GUILE=azml-guile
export AZML_GMKDIR AZML_GUILE
unset MAKEFLAGS MFLAGS MAKELEVEL GNUMAKEFLAGS

capture azml-guile project sample list -o tsv
is "$(out | cut -f 1 | tr '\n' ' ')" 'blank digits-sklearn mnist-pytorch mnist-tensorflow ' \
  'there are templates'

# Each is whole: nothing to find fault with, and plans for all that it offers.
for template in $(out | cut -f 1); do
  capture azml-guile project create -n "my-$template" --template "$template"
  is "$status" 0 "a project of $template"
  cd "my-$template" || exit 99
  is "$(azml-guile doctor 2>&1 | grep 'aml_config' | sed 's/  */ /g; s/[0-9]/N/g')" \
    ' ok aml_config N targets, N run configurations' 'doctor finds no fault'
  capture azml-guile run -n recipe.scm
  is "$status" 0 'its recipe has a plan'
  for file in aml_config/*.runconfig; do
    capture azml-guile experiment submit -n -c "$(basename "$file" .runconfig)"
    is "$status" 0 "so has $file"
  done
  ok 'its scripts are Python' "$tap_python" -c 'import ast, glob
for name in glob.glob("*.py"): ast.parse(open(name).read())'
  cd .. || exit 99
done

# One runs: by recipe, by run configuration, by make.
cd my-blank || exit 99
capture azml-guile run recipe.scm rate=0.25
is "$status" 0 'the recipe runs'
like "$(out)" 'step 10  error 0.056' 'with the value that was given'
like "$(ls "$(run_folder)/outputs")" 'error.txt' 'and has an output'
capture azml-guile experiment submit -c local
is "$status" 0 'the run configuration runs'
if [ -e "$AZML_GMKDIR/azml_gmk.so" ]; then
  capture make
  is "$status:$(cat error.txt)" 0:0.0009765625 'make runs it'
  like "$(make 2>&1)" 'up to date' 'and not again'
fi
cd .. || exit 99

# MNIST: fetched once, in whole, into the share of the project.
cd my-mnist-pytorch || exit 99
cat >one.py <<'END_OF_SCRIPT'
import gzip, hashlib, os, sys
import mnist
here = os.environ["FILES"]
os.makedirs(here, exist_ok=True)
for key, (name, digest, head) in list(mnist.FILES.items()):
    data = gzip.compress(b"\0" * head + key.encode(), mtime=0)
    open(os.path.join(here, name), "wb").write(data)
    mnist.FILES[key] = (name, hashlib.md5(data).hexdigest(), head)
if "broken" in sys.argv:
    open(os.path.join(here, "t10k-labels-idx1-ubyte.gz"), "ab").write(b"x")
print(sorted((key, bytes(value)) for key, value in mnist.load().items())[0], mnist.folder())
END_OF_SCRIPT
FILES=$tap_folder/files MNIST_URL=file://$tap_folder/files
export FILES MNIST_URL
capture azml-guile run -- one.py broken
is "$status" 1 'a file of the data that is not whole'
like "$(out)" 't10k-labels-idx1-ubyte.gz: this is another file' 'is an error'
capture azml-guile run -- one.py
like "$(out)" "^.'test_images', b'test_images'. .*/share/.*mnist" 'the data are fetched, and kept'
rm -r "$FILES"
capture azml-guile run -- python3 -c 'import mnist; mnist.load()'
is "$status" 1 'data that cannot be fetched'
like "$(out)" 'Put the files train-images-idx3-ubyte.gz, .*' 'are asked for by their names'
like "$(out)" 'or name a place that has them by MNIST_URL' 'with where to put them'
like "$(out)" 'mnist/train-images-idx3-ubyte.gz: it has not the form' \
  'and what is wrong with one that is there'
cat >own.py <<'END_OF_SCRIPT'
import gzip, os
import mnist
for key, (name, digest, head) in mnist.FILES.items():
    shape = [b"\0\0\x08\x03", b"\0\0\0\x1c" * 2, 784] if head == 16 else [b"\0\0\x08\x01", b"", 1]
    with gzip.open(os.path.join(mnist.folder(), name), "wb") as file:
        file.write(shape[0] + b"\0\0\0\3" + shape[1] + b"x" * 3 * shape[2])
print(sorted((key, len(value)) for key, value in mnist.load().items()))
END_OF_SCRIPT
capture azml-guile run -- own.py
is "$status" 0 'files that are made by hand are taken'
like "$(out)" 'train-labels-idx1-ubyte.gz as it is, which is not that of MNIST' 'which is said'
like "$(out)" "\('test_images', 2352\), \('test_labels', 3\)" 'whole'
unset FILES MNIST_URL
cd .. || exit 99

# create: what it refuses, and where it makes projects.
capture azml-guile project create -n my-blank
is "$status" 1 'a project is not written over what is there'
like "$(err)" 'hint: with --force' 'unless that is said'
capture azml-guile project create -n my-blank --force
is "$status" 0 'as here'
capture azml-guile project create -n x --template mnist-pytroch
like "$(err)" "did you mean 'mnist-pytorch'" 'a template that there is not'
not_ok 'nothing is made then' test -e x
capture azml-guile project create -n a/b
is "$status" 2 'a name is no path'
capture azml-guile project create -n iris -w W -a A -g G --path "$tap_folder/else/where"
is "$status" 0 'in another folder, with the words of az ml'
cd "$tap_folder/else/where/iris" || exit 99
echo 'import os; print(os.environ["AZUREML_NATIVE_SHARE_DIRECTORY"])' >share.py
capture azml-guile experiment submit -c local share.py
like "$(out)" "^$HOME/.azureml/share/A/W/iris/" 'account and workspace name its share'
git init -q "$tap_folder/origin"
echo 'print("from afar")' >"$tap_folder/origin/train.py"
git -C "$tap_folder/origin" add .
git -C "$tap_folder/origin" -c user.name=a -c user.email=a@b commit -qm one
capture azml-guile project create -n copy -u "file://$tap_folder/origin" -r https://example.org/r
is "$status:$(cat copy/train.py)" '0:print("from afar")' 'a project of a git repository'
is "$(git -C copy remote get-url origin)" https://example.org/r 'with another one as its origin'
is "$(git -C copy log 2>/dev/null)" '' 'and none of its history'

# restore
mkdir "$tap_folder/work"
cd "$tap_folder/work" || exit 99
mkdir lib data
printf 'data\n' >.gitignore
echo 'print(1)' >train.py
echo one >lib/one
echo kept >data/big
capture azml-guile run -- train.py
run=$(last_run)
echo 'print(2)' >train.py
rm -r lib
mkdir new
echo new >new/file
capture azml-guile project restore --run-id "$run" --dry-run
is "$(out)" 'add      lib/one
remove   new/file
replace  train.py' 'what would be restored is said'
is "$(cat train.py)" 'print(2)' 'and not done'
cd data || exit 99
capture azml-guile project restore --run-id "$run"
is "$status" 0 'the files of a run are restored, from any folder of the project'
cd .. || exit 99
is "$(cat train.py lib/one; find . -path ./.azml -prune -o -name new -print)" 'print(1)
one' 'as the run had them'
is "$(cat data/big)" kept 'what is ignored stays'
is "$(cat .azml/replaced/*/train.py .azml/replaced/*/new/file)" 'print(2)
new' 'nothing is lost'
is "$(ls -d .azml/restore-* 2>/dev/null)" '' 'and nothing left over'
capture azml-guile project restore last
like "$(err)" 'nothing to restore' 'again: there is nothing to do'
capture azml-guile project restore --run-id nowhere
is "$status" 1 'a run that there is not'
mkdir sub
echo 'print(3)' >sub/train.py
(cd sub && azml-guile run -- train.py) >/dev/null 2>&1
sub=$(last_run)
echo 'print(4)' >sub/train.py
capture azml-guile project restore --run-id "$sub"
is "$(cat sub/train.py train.py)" 'print(3)
print(1)' 'a run of a folder below is restored there'
mv sub moved
capture azml-guile project restore --run-id "$sub"
like "$(err)" 'hint: azml-guile history checkout' 'a folder that is gone is said'

done_testing
