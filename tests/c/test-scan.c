/* test-scan.c: experiment names from a recipe that is not evaluated.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "cli/scan.h"
#include "core/buffer.h"
#include "tap.h"

static void
collect (const char *name, size_t length, void *data)
{
  azml__buffer *found = data;
  azml__buffer_add (found, name, length);
  azml__buffer_add_char (found, ' ');
}

static void
experiments (const char *text, const char *want)
{
  AZML_AUTO_BUFFER found = AZML__BUFFER_INIT;
  azml__scan_names (text, strlen (text), "experiment", collect, &found);
  is_string (found.data ? found.data : "", want, "experiments of a text");
}

static void
parameters (const char *text, const char *want)
{
  AZML_AUTO_BUFFER found = AZML__BUFFER_INIT;
  azml__scan_parameters (text, strlen (text), collect, &found);
  is_string (found.data ? found.data : "", want, "parameters of a text");
}

int
main (void)
{
  experiments ("(define d (experiment (name \"digits\") (script \"t.py\")))",
               "digits ");
  experiments ("(experiment (inherit d) (name \"a b\")) (experiment (name \"c\"))",
               "a b c ");
  experiments ("; (experiment (name \"no\"))\n(experiment (name \"yes\"))", "yes ");
  experiments (
      "#| (experiment (name \"no\")) #| x |# |# (experiment (name \"yes\"))",
      "yes ");
  experiments (
      "#;(experiment (name \"no\")) (experiment #;(name \"no\") (name \"yes\"))",
      "yes ");
  experiments ("\"(experiment (name \\\"no\\\"))\" (experiment (name \"yes\"))",
               "yes ");
  experiments ("(list #\\( #\\\" #\\;) (experiment (name \"yes\"))", "yes ");
  experiments (
      "(compute-target (name \"gpu\")) (experiment (target (x (name \"no\"))))",
      "");
  experiments ("(experiment (name (string-append \"a\" \"b\")) (script \"name\"))",
               "");
  experiments ("(experiment (name \"unfinished", "unfinished ");
  experiments ("(experiment (script \"x\") (name\n ; why\n \"late\"", "late ");
  experiments (")))(experiment (name \"yes\"))", "yes ");
  experiments ("", "");
  experiments ("#;#;(a) (b) (experiment (name \"yes\"))", "yes ");
  parameters ("(parameters '((lr . 0.1) (epochs . 5)))", "lr epochs ");
  parameters ("(parameters `((lr . ,x) (deep . (1 2))))", "lr deep ");
  parameters ("(parameters (list (cons 'lr 1)))", "");
  AZML_AUTO_BUFFER deep = AZML__BUFFER_INIT, found = AZML__BUFFER_INIT;
  for (int i = 0; i < 100000; i++)
    azml__buffer_add_char (&deep, '(');
  azml__buffer_add_text (&deep, "(experiment (name \"deep\"))");
  azml__scan_names (deep.data, deep.length, "experiment", collect, &found);
  ok (found.length == 0, "a hundred thousand open lists do no harm");
  azml__buffer_truncate (&deep, 0);
  for (int i = 0; i < 100000; i++)
    azml__buffer_add_text (&deep, "#; ");
  azml__scan_names (deep.data, deep.length, "experiment", collect, &found);
  ok (found.length == 0, "nor as many datum comments");
  return done_testing ();
}
