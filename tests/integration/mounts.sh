# shellcheck shell=sh
# mounts.sh: for a test that mounts something.  Read it first: the test begins anew.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

# Root gets a space of mounts of its own; $mounts is empty where nothing can be mounted.
if [ "$(id -u)" -eq 0 ] && [ -z "${AZML_TEST_MOUNTS-}" ] && unshare -m true 2>/dev/null; then
  AZML_TEST_MOUNTS=yes
  export AZML_TEST_MOUNTS
  exec unshare -m --propagation private sh "$0" "$@"
fi
mounts=${AZML_TEST_MOUNTS-}
