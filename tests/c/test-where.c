/* test-where.c: the filter language: what it means, where it goes wrong, and that
   nothing of it becomes SQL.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <math.h>
#include <time.h>

#include "core/buffer.h"
#include "core/json.h"
#include "runs.h"
#include "store/literal.h"
#include "store/store.h"
#include "store/where.h"
#include "tap.h"

#define RUNS 60

/* What the runs of the tests are like; NAN and NULL: they have none.  */
typedef struct sample
{
  char id[16];
  const char *state, *experiment, *cause, *model;
  double seconds, exit_code, accuracy, best, lr;
} sample;

static sample samples[RUNS];
static azml__project *project;
static azml__store *store;

static void
make_sample (int i)
{
  static const char *const states[] = { "completed", "failed", "canceled", "lost" };
  static const char *const experiments[] = { "digits", "faces",
                                             "caf\xc3\xa9 100%" };
  sample *s = &samples[i];
  AZML_AUTO_BUFFER run = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER status = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER metrics = AZML__BUFFER_INIT;
  snprintf (s->id, sizeof s->id, "w%011d", i);
  s->state = states[i % 4];
  s->experiment = i % 7 ? experiments[i % 3] : NULL;
  s->cause = i % 4 == 1 ? "time limit" : NULL;
  s->model = i % 3 ? (i % 2 ? "resnet" : "it's \\\"new\\\"") : NULL;
  s->seconds = i % 5 ? i * 30 : NAN;
  s->exit_code = i % 2 ? i % 4 : NAN;
  s->accuracy = i % 6 ? (i * 37 % 100) / 100.0 : NAN;
  s->best = s->accuracy + 0.5;
  s->lr = i % 4 ? (i % 10) / 10.0 : NAN;
  azml__buffer_add_format (
      &run, "{\"id\":\"%s\",\"submitted\":\"2026-01-%02dT12:00:00Z\"", s->id,
      1 + i / 2);
  if (s->experiment)
    azml__buffer_add_format (&run, ",\"experiment\":\"%s\"", s->experiment);
  azml__buffer_add_text (&run, ",\"parameters\":{\"x\":1");
  if (s->model)
    azml__buffer_add_format (&run, ",\"model\":\"%s\"", s->model);
  if (!isnan (s->lr))
    azml__buffer_add_format (&run, ",\"lr\":%s%.1f%s", i % 3 ? "" : "\"", s->lr,
                             i % 3 ? "" : "\"");
  azml__buffer_add_text (&run, "}}");
  azml__buffer_add_format (&status, "{\"state\":\"%s\"", s->state);
  if (s->cause)
    azml__buffer_add_format (&status, ",\"cause\":\"%s\"", s->cause);
  if (!isnan (s->seconds))
    azml__buffer_add_format (&status, ",\"durations\":{\"total\":%g}", s->seconds);
  if (!isnan (s->exit_code))
    azml__buffer_add_format (&status, ",\"exit_code\":%g", s->exit_code);
  azml__buffer_add_text (&status, "}");
  if (!isnan (s->accuracy))
    azml__buffer_add_format (&metrics,
                             "{\"name\":\"accuracy\",\"value\":%.2f}\n"
                             "{\"name\":\"accuracy\",\"value\":%.2f}\n",
                             s->best, s->accuracy);
  scratch_file (project, s->id, "run.json", run.data);
  scratch_file (project, s->id, "status.json", status.data);
  if (metrics.length)
    scratch_file (project, s->id, "metrics.jsonl", metrics.data);
}

/* The number of runs that TEXT finds; -1 if it is no filter, -2 for anything
   unexpected.  */
static int
find (const char *text, json_t **ret)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) rows = NULL;
  AZML_AUTO (json_t) query = json_object ();
  json_object_set_new (query, "where", azml__json_text (text));
  json_object_set_new (query, "sort", json_string ("id"));
  /* Bytes that are not UTF-8 do not come through JSON as a string; try those by the
     compiler alone.  */
  if (!json_is_string (json_object_get (query, "where")))
    {
      azml__where where = { 0 };
      int rc = azml__where_compile (text, 0, &where, &err);
      azml__where_done (&where);
      return rc == 0 || rc == AZML_E_INVALID ? -1 : -2;
    }
  int rc = azml__store_query (store, query, &rows, &err);
  if (rc == AZML_E_INVALID)
    return -1;
  if (rc < 0)
    {
      printf ("# %s\n# %s\n", text, azml_error_message (err));
      return -2;
    }
  int n = (int)json_array_size (rows);
  if (ret)
    *ret = azml_steal (&rows);
  return n;
}

static int
count (const char *text)
{
  return find (text, NULL);
}

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

/* Random filters whose meaning is worked out here a second time.  */
static unsigned seed = 12345;

static int
roll (int n)
{
  seed = seed * 1103515245 + 12345;
  return (int)(seed >> 16) % n;
}

static int
compare (double a, const char *op, double b)
{
  if (isnan (a))
    return 0;
  return strcmp (op, "=") == 0    ? a == b
         : strcmp (op, "!=") == 0 ? a != b
         : strcmp (op, "<") == 0  ? a < b
         : strcmp (op, "<=") == 0 ? a <= b
         : strcmp (op, ">") == 0  ? a > b
                                  : a >= b;
}

static int
compare_text (const char *a, const char *op, const char *b)
{
  return a && compare (strcmp (a, b), op, 0);
}

/* Append a random comparison to TEXT; set MATCH[i] to what it says of run i.  */
static void
random_comparison (azml__buffer *text, char match[RUNS])
{
  static const char *const ops[] = { "=", "!=", "<", "<=", ">", ">=" };
  static const char *const names[] = { "metrics.accuracy", "metrics.accuracy.max",
                                       "parameters.lr", "seconds", "exit_code" };
  static const char *const words[] = { "digits", "faces", "time", "resnet", "z" };
  static const char *const fields[] = { "experiment", "cause", "parameters.model" };
  const char *op = ops[roll (6)];
  int field = roll (8);
  double number = field == 3   ? roll (60) * 30
                  : field == 4 ? roll (4)
                               : roll (15) / 10.0;
  const char *word = words[roll (5)];
  if (field < 5)
    azml__buffer_add_format (text, "%s %s %g", names[field], op, number);
  else
    azml__buffer_add_format (text, "%s%s%s", fields[field - 5], op, word);
  for (int i = 0; i < RUNS; i++)
    {
      const sample *s = &samples[i];
      const double numbers[] = { s->accuracy, s->best, s->lr, s->seconds,
                                 s->exit_code };
      const char *const texts[] = { s->experiment, s->cause, s->model };
      match[i] = (char)(field < 5 ? compare (numbers[field], op, number)
                                  : compare_text (texts[field - 5], op, word));
    }
}

static void
random_filter (azml__buffer *text, char match[RUNS], int depth)
{
  char right[RUNS];
  int kind = depth > 4 ? 0 : roll (5);
  if (kind < 2)
    {
      random_comparison (text, match);
      return;
    }
  azml__buffer_add_text (text, kind == 2 ? "not (" : "(");
  random_filter (text, match, depth + 1);
  if (kind == 2)
    for (int i = 0; i < RUNS; i++)
      match[i] = !match[i];
  else
    {
      azml__buffer_add_text (text, kind == 3 ? ") and (" : ")or(");
      random_filter (text, right, depth + 1);
      for (int i = 0; i < RUNS; i++)
        match[i] = kind == 3 ? match[i] && right[i] : match[i] || right[i];
    }
  azml__buffer_add_text (text, ")");
}

static void
test_random (void)
{
  int wrong = 0;
  for (int round = 0; round < 1500; round++)
    {
      char match[RUNS], tail[RUNS];
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      AZML_AUTO (json_t) rows = NULL;
      int chain = roll (3);
      azml__buffer_add_text (&text, chain ? "(" : "");
      random_filter (&text, match, 0);
      azml__buffer_add_text (&text, chain ? ")" : "");
      /* Outside of parentheses, where a search may start from an index.  */
      for (int part = 0; part < chain; part++)
        {
          azml__buffer_add_text (&text, " and ");
          random_comparison (&text, tail);
          for (int i = 0; i < RUNS; i++)
            match[i] = match[i] && tail[i];
        }
      int n = find (text.data, &rows), at = 0, same = n >= 0;
      for (int i = 0; i < RUNS; i++)
        {
          if (!match[i])
            continue;
          const char *id =
              azml__json_string (json_array_get (rows, (size_t)at++), "id");
          same = same && id && strcmp (id, samples[i].id) == 0;
        }
      if (!same || at != n)
        {
          wrong++;
          printf ("# %s\n", text.data);
        }
    }
  ok (wrong == 0, "1,500 random filters find what they mean");
}

/* Pieces put together at random: an error or an answer, nothing else.  */
static void
test_garbage (void)
{
  static const char *const pieces[] = { "state",
                                        "metrics.accuracy",
                                        "parameters.lr",
                                        "metrics.",
                                        " and ",
                                        " or ",
                                        " not ",
                                        "(",
                                        ")",
                                        "=",
                                        "!=",
                                        "<",
                                        ">",
                                        "~",
                                        "'",
                                        "\"",
                                        "\\",
                                        "completed",
                                        "0.5",
                                        "-1d",
                                        "2026-01-01",
                                        " ",
                                        ";",
                                        "--",
                                        "/*",
                                        "*",
                                        "?",
                                        "%",
                                        "_",
                                        "\n",
                                        "\xff",
                                        "\xc3\xa9",
                                        "1e309",
                                        "-",
                                        ".",
                                        "nan",
                                        "inf",
                                        "0x10",
                                        "submitted",
                                        "seconds",
                                        "5m",
                                        "id",
                                        "ifnull(",
                                        "?1",
                                        ":a",
                                        "@b",
                                        "$c",
                                        "x'00'",
                                        "alias" };
  int bad = 0, valid = 0;
  for (int round = 0; round < 6000; round++)
    {
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      int n = 1 + roll (12);
      for (int i = 0; i < n; i++)
        azml__buffer_add_text (&text,
                               pieces[roll (sizeof pieces / sizeof *pieces)]);
      int found = count (text.data);
      bad += found < -1;
      valid += found >= 0;
    }
  ok (bad == 0, "6,000 heaps of words are filters or errors");
  ok (valid > 20, "some of them are filters");
}

static void
test_injection (void)
{
  static const char *const attempts[] = {
    "experiment = \"x'; DROP TABLE runs; --\"", "experiment = 'x\" OR 1=1 --'",
    "experiment = '\\' OR \\'1\\'=\\'1'",       "metrics.\"x' OR 1=1 --\" > 0",
    "parameters.\"a\\\"b\\\\\" = \"?1\"",       "experiment ~ \"%' ESCAPE '%\"",
    "id = \"\\\\' UNION SELECT 1 --\""
  };
  int zero = 0, n = sizeof attempts / sizeof *attempts;
  for (int i = 0; i < n; i++)
    zero += count (attempts[i]) == 0;
  ok (zero == n, "SQL in a value is a value");
  ok (count ("experiment = x' OR 1=1") == -1
          && count ("state = completed; DROP TABLE runs") == -1
          && count ("1=1") == -1 && count ("run = 1") == -1
          && count ("r.run = 1") == -1,
      "SQL outside of quotes is an error");
  ok (count ("id") == RUNS, "and all runs are still there");
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
  project = scratch_project ();
  for (int i = 0; i < RUNS; i++)
    make_sample (i);
  if (azml__store_open (project, &store, NULL) < 0)
    return 1;
  test_errors ();
  test_meaning ();
  test_random ();
  test_garbage ();
  test_injection ();
  test_large ();
  test_literals ();
  azml__store_free (store);
  scratch_project_remove (project);
  return done_testing ();
}
