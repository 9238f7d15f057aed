/* test-where.c: the filter language: what it means, and where it goes wrong.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <math.h>
#include <time.h>

#include "samples.h"
#include "store/literal.h"
#include "tap.h"

/* The error that TEXT gives: it must start with "filter, column COLUMN:", and message
   or hint must hold PART.  */
static void
is_wrong (const char *text, int column, const char *part)
{
  AZML_AUTO (azml_error) err = NULL;
  azml__where where = { 0 };
  char start[64];
  int rc = azml__where_compile (text, 0, &where, &err);
  azml__where_done (&where);
  snprintf (start, sizeof start, "filter, column %d: ", column);
  const char *message = azml_error_message (err), *hint = azml_error_hint (err);
  if (!ok (rc == AZML_E_INVALID && strncmp (message, start, strlen (start)) == 0
               && (strstr (message, part) || (hint && strstr (hint, part))),
           "wrong: %s", text))
    printf ("# %s (%s)\n", message, hint ? hint : "no hint");
}

static void
test_errors (void)
{
  is_wrong ("metrcs.accuracy > 0.9", 1, "did you mean 'metrics.NAME'");
  is_wrong ("state = completed and submited > today", 23,
            "did you mean 'submitted'");
  is_wrong ("foo = 1", 1, "fields: id, alias");
  is_wrong ("state = complete", 9, "did you mean 'completed'");
  is_wrong ("state = xyzzy", 9, "states: submitting");
  is_wrong ("state > completed", 9, "no order");
  is_wrong ("seconds > soon", 11, "duration");
  is_wrong ("exit_code = zero", 13, "not a number");
  is_wrong ("exit_code ~ 1", 13, "~ is for text");
  is_wrong ("submitted > 2026-13-01", 13, "not a time");
  is_wrong ("submitted > yesterdy", 13, "times:");
  is_wrong ("metrics.accuracy.min > good", 24, "not a number");
  is_wrong ("metrics. > 1", 1, "lacks a name");
  is_wrong ("metrics.\"a b\"x > 1", 1, "quoted name");
  is_wrong ("(state = failed", 1, "not closed");
  is_wrong ("state = failed)", 15, "closes nothing");
  is_wrong ("state = failed experiment = x", 16, "'and' or 'or'");
  is_wrong ("state = ", 9, "value is expected after '='");
  is_wrong ("and", 1, "unknown field 'and'");
  is_wrong ("not", 4, "missing at the end");
  is_wrong ("", 1, "missing at the end");
  is_wrong ("state ! failed", 7, "write 'not' or '!='");
  is_wrong ("experiment = \"abc", 14, "not closed");
  is_wrong ("\"state\" = failed", 1, "a field is expected");
  is_wrong ("experiment = \xc3\xa9t\xc3\xa9 and foo = 1", 22,
            "unknown field 'foo'");
  AZML_AUTO_BUFFER deep = AZML__BUFFER_INIT;
  for (int i = 0; i < 5000; i++)
    azml__buffer_add_text (&deep, "not (");
  is_wrong (deep.data, 151, "nested too deep");
}

static void
test_meaning (void)
{
  ok (count ("metrics.accuracy > 0.9 and state = completed") >= 0
          && count ("experiment ~ digits* and not (parameters.lr < 0.1)") >= 0
          && count ("state = failed and submitted > -7d") >= 0
          && count ("metrics.loss = nan or metrics.loss.max > 1e6") >= 0
          && count ("metrics.\"my loss\".min > 0") == 0
          && count ("metrics.accuracy and not cause") > 0,
      "the examples of the manual");
  ok (count ("metrics.accuracy") == 50, "a field alone: the run has it");
  ok (count ("not metrics.accuracy") == 10, "or has it not");
  ok (count ("cause") == 15 && count ("not cause") == 45,
      "the same of the run itself");
  ok (count ("cause != \"x\"") == 15, "what is not there is not unlike anything");
  ok (count ("not (cause = \"x\")") == 60, "but not like it either");
  ok (count ("NOT state = failed AND Not state = lost") == 30,
      "keywords in any case, not binds closest");
  ok (count ("state=completed or state=failed and experiment=nosuch") == 15,
      "and binds closer than or");
  ok (count ("(state=completed or state=failed) and experiment=nosuch") == 0,
      "parentheses");
  ok (count ("state == cancelled") == 15, "== and a second spelling");
  ok (count ("experiment ~ DIG") == count ("experiment = digits"), "~ is contains");
  ok (count ("experiment ~ d*ts") == count ("experiment = digits")
          && count ("experiment ~ 'd?g*'") == count ("experiment = digits")
          && count ("experiment ~ igit?") == 0,
      "or a pattern for the whole");
  ok (count ("experiment ~ '100%'") == count ("experiment = 'caf\xc3\xa9 100%'")
          && count ("experiment ~ '%'") == count ("experiment ~ 100")
          && count ("experiment ~ '_'") == 0,
      "per cent and underscore are themselves");
  ok (count ("parameters.model = \"it's \\\"new\\\"\"") == 20, "quotes in quotes");
  ok (count ("parameters.lr = 0.5 or parameters.lr = 5e-1")
          == count ("parameters.lr >= 0.5 and parameters.lr <= .5"),
      "numbers are compared as numbers, those given as text too");
  ok (count ("parameters.lr = '0.5'") > 0 && count ("parameters.lr = '0.50'") == 0,
      "in quotes as text");
  ok (count ("parameters.x = 1") == 60 && count ("parameters.x = 1.0") == 60,
      "1 is 1.0");
  ok (count ("metrics.accuracy.max > 0.9") != count ("metrics.accuracy > 0.9")
          && count ("metrics.accuracy.count = 2") == 50
          && count ("metrics.accuracy.last > 0.9")
                 == count ("metrics.accuracy > 0.9"),
      "the parts of a metric");
  ok (count ("metrics.\"accuracy\".max > 0.9")
              == count ("metrics.accuracy.max > 0.9")
          && count ("metrics.\"accuracy.max\" > 0.9") == 0,
      "quotes around a metric's name");
  ok (count ("submitted = 2026-01-02") == 2
          && count ("submitted != 2026-01-02") == 58,
      "a date is a day");
  ok (count ("submitted < 2026-01-02") == 2
          && count ("submitted <= 2026-01-02") == 4
          && count ("submitted > 2026-01-02") == 56
          && count ("submitted >= 2026-01-02") == 58,
      "before, up to, after and from a day");
  ok (count ("submitted > 2026-01-02T11:59Z and submitted <= 2026-01-02T12:00Z")
              == 2
          && count ("submitted = '2026-01-02 14:00:00+02:00'") == 2,
      "minutes, seconds and zones");
  ok (count ("submitted < -1d") == 60 && count ("submitted > -1h") == 0,
      "so long ago");
  ok (count ("seconds > 5m") == count ("seconds > 300")
          && count ("seconds >= 0h5m30s") == count ("seconds >= 330"),
      "durations");
}

static void
test_large (void)
{
  AZML_AUTO_BUFFER chain = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER deep = AZML__BUFFER_INIT;
  int bad = 0, deepest = 0;
  azml__buffer_add_text (&chain, "id");
  for (int i = 0; i < 499; i++)
    azml__buffer_add_format (&chain, " %s metrics.m%d > %d", i % 2 ? "and" : "or",
                             i, i);
  ok (count (chain.data) == RUNS, "500 comparisons");
  azml__buffer_add_text (&chain, " or id");
  ok (count (chain.data) == -1, "501 are too many");
  for (int i = 0; i < 40; i++)
    azml__buffer_add_text (&deep, i % 2 ? "not " : "(");
  azml__buffer_add_text (&deep, "metrics.accuracy > 0 or parameters.lr");
  for (int i = 0; i < 20; i++)
    azml__buffer_add_text (&deep, ")");
  ok (count (deep.data) > 0, "40 deep");
  for (int levels = 1; levels < 40; levels++)
    {
      AZML_AUTO_BUFFER both = AZML__BUFFER_INIT;
      for (int i = 0; i < levels; i++)
        azml__buffer_add_text (&both, "cause or seconds > 0 and not (");
      azml__buffer_add_text (&both, "id or id and not metrics.accuracy > 2");
      for (int i = 0; i < levels; i++)
        azml__buffer_add_text (&both, " and id and cause and id)");
      int n = count (both.data);
      bad += n < -1;
      deepest = n >= 0 ? levels : deepest;
    }
  ok (bad == 0 && deepest >= 8, "long and deep at once, at least %d levels", 8);

  AZML_AUTO_BUFFER huge = AZML__BUFFER_INIT;
  azml__buffer_add_text (&huge, "id = \"");
  for (int i = 0; i < 70000; i++)
    azml__buffer_add_char (&huge, 'x');
  azml__buffer_add_char (&huge, '"');
  ok (count (huge.data) == -1, "a filter of 70 kB is refused");
}

static void
test_literals (void)
{
  double number;
  int64_t from, to;
  static const char *const no_numbers[] = { "",   "1x", "0x10", "1e",   "--1", ".",
                                            "1 ", " 1", "1,5",  "infi", "e5" };
  static const char *const no_durations[] = { "",     "5",      "m",  "5y",
                                              "1h30", "1h-30m", "nan" };
  int refused = 0;
  for (int i = 0; i < 11; i++)
    refused += azml__literal_number (no_numbers[i], &number) < 0;
  ok (refused == 11, "what is no number");
  ok (azml__literal_number ("-1.5e-3", &number) == 0 && number == -0.0015
          && azml__literal_number ("+.5", &number) == 0 && number == 0.5
          && azml__literal_number ("-Infinity", &number) == 0 && number == -INFINITY
          && azml__literal_number ("NaN", &number) == 0 && isnan (number),
      "numbers");
  refused = 0;
  for (int i = 0; i < 7; i++)
    refused += azml__literal_seconds (no_durations[i], &number) < 0;
  ok (refused == 6, "what is no duration; 5 is 5 seconds");
  ok (azml__literal_seconds ("1w2d3h4m5.5s", &number) == 0
          && number == 7 * 86400 + 2 * 86400 + 3 * 3600 + 4 * 60 + 5.5
          && azml__literal_seconds ("250ms", &number) == 0 && number == 0.25,
      "durations");
  setenv ("TZ", "Europe/Berlin", 1);
  tzset ();
  ok (azml__literal_time ("2026-03-29", 0, &from, &to) == 0
          && to - from == 23 * 3600000,
      "the day on which the clock is put forward has 23 hours");
  ok (azml__literal_time ("2026-01-01", 0, &from, &to) == 0
          && from == 1767222000000,
      "a date is the local day");
  ok (azml__literal_time ("yesterday", 1767225600000, &from, &to) == 0
          && from == 1767135600000 && to == 1767222000000,
      "yesterday too");
  setenv ("TZ", "UTC", 1);
  tzset ();
  ok (azml__literal_time ("2026-01-01T00:00:00.250Z", 0, &from, &to) == 0
          && from == 1767225600250 && to == from + 1,
      "milliseconds");
  ok (azml__literal_time ("2026-1", 0, &from, &to) < 0
          && azml__literal_time ("2026-01-01T25:00", 0, &from, &to) < 0
          && azml__literal_time ("2026-01-01x", 0, &from, &to) < 0
          && azml__literal_time ("2026-01-01T10:00+99:00", 0, &from, &to) < 0
          && azml__literal_time ("-5", 0, &from, &to) < 0,
      "what is no time");
}

int
main (void)
{
  make_samples ();
  test_errors ();
  test_meaning ();
  test_large ();
  test_literals ();
  remove_samples ();
  return done_testing ();
}
