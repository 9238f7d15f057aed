/* main.c: the program azml-guile.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What needs no Guile is answered at once; for the rest Guile is booted, in this
   thread and before any other, and (azml main) does the work.  */

#include <config.h>

#include <langinfo.h>
#include <libguile.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complete.h"
#include "guile/binding.h"

struct arguments
{
  int n;
  char **texts;
};

/* The collector's settings for a program that mostly ends before its first collection
   would pay: room for it, and no threads beside.  The user's own count, and jobs do not
   inherit ours.  */
static struct
{
  const char *name, *value;
  int ours;
} settings[] = { { "GC_INITIAL_HEAP_SIZE", "16m", 0 }, { "GC_MARKERS", "1", 0 } };

#define N_SETTINGS (sizeof settings / sizeof *settings)

static void
set_collector (void)
{
  for (size_t i = 0; i < N_SETTINGS; i++)
    if (!getenv (settings[i].name))
      settings[i].ours = setenv (settings[i].name, settings[i].value, 0) == 0;
}

static void
unset_collector (void)
{
  for (size_t i = 0; i < N_SETTINGS; i++)
    if (settings[i].ours)
      unsetenv (settings[i].name);
}

static int
print_version (void)
{
  fputs ("azml-guile " PACKAGE_VERSION "\n"
         "Copyright (C) 2026 The azml-guile developers\n"
         "License GPLv3+: GNU GPL version 3 or later "
         "<https://gnu.org/licenses/gpl.html>\n"
         "This is free software: you are free to change and redistribute it.\n"
         "There is NO WARRANTY, to the extent permitted by law.\n",
         stdout);
  return fflush (stdout) == 0 && !ferror (stdout) ? 0 : 1;
}

/* The user's language, but always UTF-8, which Guile takes for file names, and
   always a decimal point, which JSON needs.  */
static void
set_locale (void)
{
  setlocale (LC_ALL, "");
  if (strcmp (nl_langinfo (CODESET), "UTF-8") != 0)
    setlocale (LC_CTYPE, "C.UTF-8");
  setlocale (LC_NUMERIC, "C");
}

/* Return LIST without empty entries, which would mean the working folder.  */
static SCM
without_empty (SCM list)
{
  return scm_delete (scm_from_utf8_string (""), list);
}

static void
set_paths (void)
{
  SCM sources = scm_c_lookup ("%load-path");
  SCM objects = scm_c_lookup ("%load-compiled-path");
  SCM source_list = without_empty (scm_variable_ref (sources));
  SCM object_list = without_empty (scm_variable_ref (objects));
  if (!getenv ("AZML_UNINSTALLED"))
    {
      source_list =
          scm_cons (scm_from_utf8_string (AZML_GUILE_MODULE_DIR), source_list);
      object_list =
          scm_cons (scm_from_utf8_string (AZML_GUILE_OBJECT_DIR), object_list);
    }
  scm_variable_set_x (sources, source_list);
  scm_variable_set_x (objects, object_list);
  /* What GUILE_AUTO_COMPILE=0 does, without handing it down to the jobs.  */
  scm_variable_set_x (scm_c_lookup ("%load-should-auto-compile"), SCM_BOOL_F);
  scm_c_register_extension ("libguile-azml", "azml_guile_init",
                            (void (*) (void *)) (void (*) (void))azml_guile_init,
                            NULL);
}

static SCM
call_main (void *data)
{
  struct arguments *arguments = data;
  SCM list = SCM_EOL;
  set_paths ();
  SCM main = scm_c_public_ref ("azml main", "main");
  for (int i = arguments->n - 1; i >= 0; i--)
    list = scm_cons (azml__guile_from_text (arguments->texts[i]), list);
  /* The extension is there now, and with it the cancel token.  */
  azml__guile_install_signals ();
  SCM status = scm_call_1 (main, list);
  return scm_is_signed_integer (status, 0, 255) ? status : scm_from_int (1);
}

/* (azml main) reports errors itself; what comes here is one in loading it.  */
static SCM
report (void *data, SCM key, SCM arguments)
{
  (void)data;
  if (scm_is_eq (key, scm_from_utf8_symbol ("quit")))
    return scm_from_int (scm_exit_status (arguments));
  fputs ("azml-guile: the Scheme modules cannot be loaded\n", stderr);
  scm_print_exception (scm_current_error_port (), SCM_BOOL_F, key, arguments);
  fputs ("hint: is the installation complete?  They were looked for "
         "in " AZML_GUILE_MODULE_DIR "\n",
         stderr);
  return scm_from_int (125);
}

static void
inner (void *data, int argc, char **argv)
{
  struct arguments *arguments = data;
  (void)argc;
  (void)argv;
  unset_collector ();
  SCM status =
      scm_c_catch (SCM_BOOL_T, call_main, arguments, report, NULL, NULL, NULL);
  exit (scm_to_int (status));
}

int
main (int argc, char **argv)
{
  struct arguments arguments = { argc, argv };
  static char name[] = "azml-guile";
  static char *names[] = { name, NULL };
  if (argc == 2 && strcmp (argv[1], "--version") == 0)
    return print_version ();
  if (argc >= 3 && strcmp (argv[1], "complete") == 0 && strcmp (argv[2], "--") == 0)
    return azml__complete (argc - 3, argv + 3);
  set_locale ();
  signal (SIGPIPE, SIG_IGN); /* a reader that went away is an error of write */
  set_collector ();
  /* Guile would convert the arguments by the locale; they are handed over as bytes.
   */
  scm_boot_guile (1, names, inner, &arguments);
  return 1;
}
