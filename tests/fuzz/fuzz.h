/* fuzz.h: what a fuzz target is.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A target is one function with libFuzzer's name.  In `make check' it is linked with
   driver.c, which feeds it its corpus and mutations of that, always the same ones.  To
   search for hours, configure a build folder with CC=clang and
   CFLAGS="-g -O1 -fsanitize=fuzzer-no-link,address,undefined", and there
   `make tests/fuzz/search-manifest', which links libFuzzer's driver instead.  */

#ifndef AZML_TESTS_FUZZ_H
#define AZML_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t n);

#endif
