# tests/environment.sh: what every test starts from: a scratch HOME, a plain locale,
# nothing of the user's.  Sourced by make check before each test.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

AZML_TEST_HOME=$AZML_BUILDDIR/tests/home.tmp
mkdir -p "$AZML_TEST_HOME"
HOME=$AZML_TEST_HOME
LC_ALL=C.UTF-8
TZ=UTC
GUILE_AUTO_COMPILE=0
# Whoever asks for python3 gets the one that configure found.
[ "$(command -v python3)" = "$PYTHON" ] || PATH=${PYTHON%/*}:$PATH
# The module for SSH of this build; C tests are started without pre-inst-env.
AZML_SSH_MODULE=$AZML_BUILDDIR/.libs/azml-ssh.so
export PATH HOME LC_ALL TZ GUILE_AUTO_COMPILE AZML_SSH_MODULE
unset AZML_SSH SSH_AUTH_SOCK SSH_ASKPASS XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME XDG_CACHE_HOME AZML_ROOT \
  AZML_PLUGIN_PATH AZML_RUN_ID AZML_RUN_DIR AZML_METRICS AZML_OUTPUT_DIR \
  PYTHONUNBUFFERED NO_COLOR CLICOLOR_FORCE MAKEFLAGS MFLAGS MAKELEVEL
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export ASAN_OPTIONS UBSAN_OPTIONS
