/* fault.h: accidents on purpose, for the tests.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   AZML_TEST_FAULT=POINT:ACTION makes the process that passes POINT kill itself ("self"),
   its parent ("parent") or both ("both") with SIGKILL, or stop itself ("stop").  */

#ifndef AZML_RUNNER_FAULT_H
#define AZML_RUNNER_FAULT_H

void azml__fault_point (const char *point);

#endif
