#!/bin/sh
# test-headers.sh: each public header stands alone, in C99 and in C++.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"

strict='-pedantic -Wall -Wextra -Werror -fsyntax-only'
include=$AZML_SRCDIR/src/include

for header in "$include"/azml/*.h; do
  name=azml/${header##*/}
  printf '#include <%s>\n#include <%s>\nint unused;\n' "$name" "$name" >alone.c
  cp alone.c alone.cc
  # shellcheck disable=SC2086 # flags are words
  ok "$name in C99" "${CC:-cc}" -std=c99 $strict -I "$include" alone.c
  if command -v "${CXX:-c++}" >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    ok "$name in C++" "${CXX:-c++}" -std=c++98 $strict -I "$include" alone.cc
  else
    skip "$name in C++" 'no C++ compiler'
  fi
  case $name in
    azml/azml.h) ;;
    *) ok "$name is part of azml/azml.h" grep -qF "<$name>" "$include/azml/azml.h" ;;
  esac
done

done_testing
