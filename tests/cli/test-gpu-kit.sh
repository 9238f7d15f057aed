#!/bin/sh
# test-gpu-kit.sh: the suite for GPUs, tried on the stand-in, as make gpu-kit takes it to a
# machine that has nothing.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/cli/gpu.sh"

case $(ldd "$AZML_BUILDDIR/azml-guile" 2>/dev/null) in
  *ld-linux*) ;;
  *) skip_all 'the program is not linked with shared libraries of GNU/Linux' ;;
esac

machine one
# make gpu-kit would make what is not up to date: the tree under test is.
capture sh "$AZML_SRCDIR/tests/gpu/kit.sh" "$scratch/made"
is "$status" 0 'a kit is made'
tar -czf kit.tar.gz made
rm -rf made
mkdir other
tar -xzf kit.tar.gz -C other

# bare COMMAND ARG...: with nothing but what a login has.
bare ()
{
  env -i HOME="$HOME" PATH=/usr/local/bin:/usr/bin:/bin TMPDIR="${TMPDIR:-/tmp}" \
    PYTHON="$tap_python" AZML_NVIDIA_SMI="$AZML_NVIDIA_SMI" \
    NVIDIA_SMI_MACHINE="$NVIDIA_SMI_MACHINE" \
    NVIDIA_SMI_PROCESSES="$NVIDIA_SMI_PROCESSES" \
    AZML_TEST_CUDA="$fixtures/cuda.py" "$@"
}

cat >where.scm <<'END'
(use-modules (azml))
(call-with-output-file "where"
  (lambda (port)
    (write (list %load-path %load-compiled-path) port)
    (call-with-input-file "/proc/self/maps"
      (lambda (maps) (display ((@ (ice-9 textual-ports) get-string-all) maps) port)))))
(experiment (name "where") (command '("true")))
END
capture bare other/made/azml-guile run where.scm
is "$status" 0 'it runs elsewhere'
is "$(head -n 1 where | grep -cF -e "$AZML_BUILDDIR" -e "$AZML_SRCDIR")" 0 \
  'and looks for nothing in this build'
is "$(awk '$NF ~ /\.(go|so[.0-9]*)$/ && index ($NF, "/other/made/") == 0 { print $NF }' where)" \
  '' 'nor takes a module or a library of this machine'

capture bare other/made/check-gpu
out >"$tap_folder/suite"
is "$status" 0 'the suite passes'
unlike "$(cat "$tap_folder/suite")" '^not ok' 'with no failure'
is "$(tail -n 1 "$tap_folder/suite")" "1..$(grep -c '^ok' "$tap_folder/suite")" 'to its end'
like "$(cat "$tap_folder/suite")" '^# CPU time a second: runner [0-9.]+ ms, each nvidia-smi' \
  'and tells what samples cost'

machine no-driver
like "$(bare other/made/check-gpu)" '^1..0 # SKIP there is no NVIDIA GPU here: .*NVIDIA-SMI has failed' \
  'where there is no GPU it says so, and why'
machine one
like "$(bare env PYTHON=no-python other/made/check-gpu)" \
  "^Bail out! Python 3.* is needed, and 'no-python' is none" 'where there is no Python, too'
cat >no-cuda.py <<'END'
import sys
sys.exit("libcuda.so.1 cannot be loaded")
END
like "$(bare env AZML_TEST_CUDA="$PWD/no-cuda.py" other/made/check-gpu)" \
  '^Bail out! no program can use CUDA here: libcuda.so.1 cannot be loaded' 'or no CUDA'

done_testing
