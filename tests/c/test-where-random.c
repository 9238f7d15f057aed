/* test-where-random.c: filters made at random mean what a second evaluation says; heaps
   of words and SQL are errors or values.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "samples.h"
#include "tap.h"

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

int
main (void)
{
  make_samples ();
  test_random ();
  test_garbage ();
  test_injection ();
  remove_samples ();
  return done_testing ();
}
