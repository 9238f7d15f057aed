/* azml/azml.h: all of libazml.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What the library expects of a process, and does to it:

   Threads.  An object is used by one thread at a time; different objects by
   different threads freely.  azml_cancel_set is the exception: any thread, any
   signal handler.

   Locale.  The library never calls setlocale.  Numbers in the files it reads and
   writes have a decimal point, so LC_NUMERIC must be "C" (the default of a C
   program that calls setlocale not at all).

   Signals.  The library installs no handlers.  It never raises SIGPIPE: a lost
   peer is an error code.  Handlers of the program should use SA_RESTART.

   Child processes.  A session starts the program azml-runner with posix_spawn and
   reaps that process alone, by its pid.  A program that reaps all children
   (waitpid (-1)) breaks it.

   Output.  The library never prints.

   Stable: everything in these headers, within one major version.  */

#ifndef AZML_AZML_H
#define AZML_AZML_H

#include <azml/cancel.h>
#include <azml/error.h>
#include <azml/history.h>
#include <azml/macros.h>
#include <azml/project.h>
#include <azml/run.h>
#include <azml/snapshot.h>

#endif
