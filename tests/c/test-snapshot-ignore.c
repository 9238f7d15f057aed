/* test-snapshot-ignore.c: ignore files mean what git takes them to mean.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A table of patterns holds everywhere; it is shown to git too where there is one,
   and so are some hundred trees full of random rules.  */

#include <config.h>

#include "snapshot-help.h"
#include "snapshot/ignore.h"
#include "snapshot/walk.h"

static const struct
{
  const char *rules;
  const char *path; /* a folder if it ends with a slash */
  int ignored;
} table[] = {
  { "foo", "foo", 1 },
  { "foo", "a/b/foo", 1 },
  { "foo", "foo/", 1 },
  { "foo", "foot", 0 },
  { "foo/", "foo", 0 },
  { "foo/", "a/foo/", 1 },
  { "/foo", "foo", 1 },
  { "/foo", "a/foo", 0 },
  { "a/foo", "a/foo", 1 },
  { "a/foo", "b/a/foo", 0 },
  { "a/foo/", "a/foo", 0 },
  { "*.pyc", "a/b.pyc", 1 },
  { "*.pyc", "b.pyc/", 1 },
  { "*.pyc", "b.pyd", 0 },
  { "*.pyc", ".pyc", 1 },
  { "a/*", "a/b", 1 },
  { "a*c", "abc", 1 },
  { "a*c", "ac", 1 },
  { "a*c", "abcd", 0 },
  { "a*b*c", "a1b2b3c", 1 },
  { "?", "a", 1 },
  { "?", "ab", 0 },
  { "a?b", "a/b", 0 },
  { "**/foo", "foo", 1 },
  { "**/foo", "a/b/foo", 1 },
  { "**/a/foo", "x/a/foo", 1 },
  { "**/a/foo", "x/a/y/foo", 0 },
  { "foo/**", "foo/", 0 },
  { "foo/**", "foo/a", 1 },
  { "foo/**", "foo/a/b", 1 },
  { "foo/**", "a/foo/b", 0 },
  { "a/**/b", "a/b", 1 },
  { "a/**/b", "a/x/b", 1 },
  { "a/**/b", "a/x/y/b", 1 },
  { "a/**/b", "a/x/y/c", 0 },
  { "a/**/x/**/b", "a/1/x/2/3/b", 1 },
  { "a/**/x/**/b", "a/1/y/2/3/b", 0 },
  { "**", "anything", 1 },
  { "/**", "any/thing", 1 },
  { "a/***/b", "a/x/b", 1 },
  { "[ab]c", "ac", 1 },
  { "[ab]c", "cc", 0 },
  { "[!ab]c", "cc", 1 },
  { "[^ab]c", "ac", 0 },
  { "[a-c]x", "bx", 1 },
  { "[a-c]x", "dx", 0 },
  { "[]a]x", "]x", 1 },
  { "[!]a]x", "]x", 0 },
  { "[a-]x", "-x", 1 },
  { "[\\]]x", "]x", 1 },
  { "[\\\\]x", "\\x", 1 },
  { "[[:digit:]]x", "7x", 1 },
  { "[[:digit:]]x", "ax", 0 },
  { "[[:upper:][:digit:]]x", "Ax", 1 },
  { "[[:nothing:]]x", "ax", 0 },
  { "[[:space:]]x", " x", 1 },
  { "[a", "[a", 0 },
  { "a[/]b", "a/b", 0 },
  { "\\*", "*", 1 },
  { "\\*", "a", 0 },
  { "\\a", "a", 1 },
  { "a\\", "a\\", 0 },
  { "\\#x", "#x", 1 },
  { "#x", "#x", 0 },
  { "\\!x", "!x", 1 },
  { "x\n!x", "x", 0 },
  { "!x\nx", "x", 1 },
  { "*\n!*.py", "a.py", 0 },
  { "*\n!*.py", "a.txt", 1 },
  { "*.log\n!keep.log\nkeep.log", "keep.log", 1 },
  { "foo ", "foo", 1 },
  { "foo   ", "foo ", 0 },
  { "foo\\ ", "foo ", 1 },
  { "foo\\  ", "foo ", 1 },
  { "foo\t", "foo", 0 },
  { " foo", "foo", 0 },
  { " foo", " foo", 1 },
  { "foo\r\nbar\r\n", "foo", 1 },
  { "foo\r\nbar\r\n", "bar", 1 },
  { "foo\r", "foo", 1 },
  { "\xef\xbb\xbf"
    "foo",
    "foo", 1 },
  { "\n\n  \n", "a", 0 },
  { "/", "a", 0 },
  { "!", "a", 0 },
  { "foo//", "foo/", 0 },
  { "caf\xc3\xa9", "caf\xc3\xa9", 1 },
  { "caf\xc3\xa9", "cafe", 0 },
  { "\xff*", "\xff\xfe", 1 },
  { "????", "caf\xc3\xa9", 0 }, /* bytes, not characters */
  { "?????", "caf\xc3\xa9", 1 },
};

#define N_TABLE (sizeof table / sizeof *table)

static int
decide (const char *rules, const char *path)
{
  AZML_AUTO (azml__ignore) ignore = NULL;
  AZML_AUTO_FREE char *name = strdup (path);
  size_t n = strlen (path);
  int is_folder = path[n - 1] == '/';
  if (is_folder)
    name[n - 1] = '\0';
  if (azml__ignore_parse (rules, strlen (rules), 0, NULL, &ignore, NULL) < 0)
    return -1;
  return azml__ignore_match (ignore, name, is_folder);
}

static void
test_table (void)
{
  for (size_t i = 0; i < N_TABLE; i++)
    if (!ok (decide (table[i].rules, table[i].path) == table[i].ignored, "rule %zu",
             i))
      printf ("# %s: %s\n", table[i].rules, table[i].path);
}

/* Patterns that take a naive matcher for ever.  */
static void
test_hard_patterns (void)
{
  AZML_AUTO_BUFFER pattern = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER name = AZML__BUFFER_INIT;
  for (int i = 0; i < 200; i++)
    {
      azml__buffer_add_text (&pattern, "*a");
      azml__buffer_add_text (&name, "aa");
    }
  azml__buffer_add_text (&pattern, "b");
  ok (decide (pattern.data, name.data) == 0, "200 stars end soon");
  azml__buffer_truncate (&pattern, 0);
  azml__buffer_truncate (&name, 0);
  for (int i = 0; i < 100; i++)
    {
      azml__buffer_add_text (&pattern, "**/a/");
      azml__buffer_add_text (&name, "a/a/a/");
    }
  azml__buffer_add_text (&pattern, "b");
  azml__buffer_add_text (&name, "c");
  ok (decide (pattern.data, name.data) == 0, "and so do 100 double stars");
}

/* Write the tree of the walk's view of SOURCE to FILE, NUL after each name.  */
static int
list_ours (const char *source, azml__buffer *out)
{
  AZML_AUTO_WALK walk = AZML__WALK_INIT;
  if (azml__walk_source (source, NULL, &walk, NULL) < 0)
    return -1;
  for (size_t i = 0; i < walk.count; i++)
    if (walk.entries[i].entry.type != 'd')
      azml__buffer_add (out, walk.entries[i].entry.path,
                        strlen (walk.entries[i].entry.path) + 1);
  return 0;
}

/* Read what COMMAND prints.  */
static int
read_command (const char *command, azml__buffer *out)
{
  char data[4096];
  size_t n;
  FILE *pipe = popen (command, "r");
  if (!pipe)
    return -1;
  while ((n = fread (data, 1, sizeof data, pipe)) > 0)
    azml__buffer_add (out, data, n);
  return pclose (pipe);
}

#define GIT                                                                        \
  "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C git -C tree -c "     \
  "core.excludesFile=/dev/null "
#define GIT_LIST                                                                   \
  GIT "ls-files -z -o --exclude-per-directory=.gitignore | LC_ALL=C sort -z"

static int
same_as_git (void)
{
  AZML_AUTO_BUFFER ours = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER theirs = AZML__BUFFER_INIT;
  if (list_ours ("tree", &ours) < 0 || read_command (GIT_LIST, &theirs) != 0)
    return 0;
  int same = ours.length == theirs.length
             && (!ours.length || memcmp (ours.data, theirs.data, ours.length) == 0);
  for (size_t i = 0; !same && i < ours.length; i += strlen (ours.data + i) + 1)
    printf ("# ours: %s\n", ours.data + i);
  for (size_t i = 0; !same && i < theirs.length; i += strlen (theirs.data + i) + 1)
    printf ("# git:  %s\n", theirs.data + i);
  return same;
}

/* Show the table to git.  The table would be wrong, not we, if they differed.  */
static void
test_table_with_git (void)
{
  size_t bad = 0;
  for (size_t i = 0; i < N_TABLE; i++)
    {
      AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
      AZML_AUTO_FREE char *path = azml__path_join ("tree", table[i].path);
      size_t n = strlen (path);
      if (path[n - 1] == '/')
        {
          path[n - 1] = '\0';
          azml__folder_make (path, 0777, NULL);
        }
      else
        write_text (path, "");
      write_text ("tree/.gitignore", table[i].rules);
      setenv ("AZML_TEST_PATH", path + strlen ("tree/"), 1);
      int status = read_command (
          GIT "check-ignore -q --no-index -- \"$AZML_TEST_PATH\"", &out);
      if ((status == 0) != table[i].ignored)
        {
          printf ("# git differs on %s: %s\n", table[i].rules, table[i].path);
          bad++;
        }
      (void)!shell (
          "find tree -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +");
    }
  ok (bad == 0, "git reads the table as we do");
}

static uint32_t state;

static uint32_t
below (uint32_t n)
{
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % n;
}

#define PICK(array) array[below (sizeof array / sizeof *array)]

static void
random_rules (azml__buffer *out)
{
  static const char *const parts[] = {
    "a",    "b",     "*",     "?",         "/",     "/",    "[ab]",       "[!a]",
    "[a-",  "[^a]",  "[a-c]", "[]a]",      "foo",   ".b",   "[",          "]",
    "-",    "x",     "\\",    "!",         "#",     " ",    "[\\]]",      "\xff",
    "/**/", "[!]a]", "[a/b]", "[[:foo:]]", "[c-a]", "\\*",  "\\ ",        "[--a]",
    "ab",   "a b",   "/**",   "\\[",       "\t",    "**/a", "[[:alpha:]]"
  };
  for (uint32_t lines = 1 + below (6); lines; lines--)
    {
      if (below (7) == 0)
        azml__buffer_add_text (out, "!");
      for (uint32_t n = 1 + below (5); n; n--)
        {
          const char *part = PICK (parts);
          /* git 2.39 takes "a**" for "a" and any folders; later ones do not.  */
          if (part[0] == '*' && part[1] == '*' && out->length
              && !strchr ("/\n!", out->data[out->length - 1]))
            azml__buffer_add_text (out, "/");
          azml__buffer_add_text (out, part);
        }
      azml__buffer_add_text (out, below (7) == 0 ? "/" : "");
      azml__buffer_add_text (out, below (9) == 0 ? " " : "");
      azml__buffer_add_text (out, below (9) == 0 ? "\r\n" : "\n");
    }
}

/* Fill the folder PATH and, LEVEL deep, what is below it.  */
static void
random_tree (const char *path, int level)
{
  static const char *const names[] = { "a",   "b",        "ab",   "a.b",  "foo",
                                       "a b", "[x]",      "b ",   "!a",   "#b",
                                       "\\",  "\xc3\xa9", "a\\b", "\xff", "B",
                                       "a]",  "-",        "*",    "abab", "x" };
  for (uint32_t n = 4 + below (8); n; n--)
    {
      AZML_AUTO_FREE char *entry = azml__path_join (path, PICK (names));
      if (access (entry, F_OK) == 0)
        continue;
      if (level > 0 && below (3) == 0)
        {
          mkdir (entry, 0777);
          random_tree (entry, level - 1);
        }
      else if (below (10) == 0)
        (void)!symlink ("a", entry);
      else
        write_text (entry, "");
    }
  if (level == 3 || below (5) == 0)
    {
      AZML_AUTO_BUFFER rules = AZML__BUFFER_INIT;
      AZML_AUTO_FREE char *file = azml__path_join (path, ".gitignore");
      random_rules (&rules);
      write_bytes (file, rules.data, rules.length);
    }
}

static void
test_random_with_git (void)
{
  int bad = 0;
  for (uint32_t seed = 1; seed <= 150; seed++)
    {
      state = seed * 2654435761u;
      random_tree ("tree", 3);
      if (!same_as_git ())
        {
          printf ("# tree %u differs\n", (unsigned)seed);
          bad++;
        }
      (void)!shell (
          "find tree -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +");
    }
  ok (bad == 0, "150 random trees are to git what they are to us");
}

/* What git reads besides the files in the source folder.  */
static void
test_above (void)
{
  AZML_AUTO (json_t) report = NULL;
  write_text ("repo/.git/HEAD", "ref: refs/heads/main\n");
  write_text ("repo/.git/config", "[core]\n\tbare = false\n"
                                  "\texcludesFile = ~/excluded ; mine\n");
  write_text ("repo/.git/info/exclude", "/mid/src/info\n");
  write_text ("repo/.gitignore", "root\n/mid/src/anchored\n/anchored-not\nback\n");
  write_text ("repo/mid/.gitignore", "mid/\nsrc/deep/*.bin\n!back\n");
  write_text ("excluded", "personal\n!root\n");
  write_text ("repo/mid/src/.gitignore", "own\n");
  static const char *const names[] = { "root", "anchored",   "anchored-not",
                                       "back", "mid/x",      "deep/a.bin",
                                       "info", "personal",   "own",
                                       "kept", "deep/a.text" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    {
      AZML_AUTO_FREE char *file = azml__path_join ("repo/mid/src", names[i]);
      write_text (file, "");
    }
  AZML_AUTO_FREE char *here = realpath (".", NULL);
  setenv ("HOME", here, 1);
  report = take ("repo/mid/src", NULL, NULL);
  ok (lists (report, "ignored", "root") && lists (report, "ignored", "anchored"),
      "the .gitignore of the root of the work tree holds");
  ok (lists (report, "ignored", "mid/") && lists (report, "ignored", "deep/a.bin"),
      "that of a folder between, too");
  ok (lists (report, "ignored", "info"), "info/exclude holds");
  ok (lists (report, "ignored", "personal"), "core.excludesFile holds");
  ok (lists (report, "ignored", "own") && number (report, "ignored_count") == 7,
      "the deepest decides, and nothing else is left out");
}

/* Which ignore file counts, and where.  */
static void
test_files (void)
{
  AZML_AUTO (json_t) report = NULL;
  write_text ("src/.gitignore", "a\n");
  write_text ("src/sub/.gitignore", "!a\nb\n");
  write_text ("src/a", "");
  write_text ("src/b", "");
  write_text ("src/sub/a", "");
  write_text ("src/sub/b", "");
  write_text ("src/gone/x", "");
  report = take ("src", NULL, NULL);
  ok (lists (report, "ignored", "a") && lists (report, "ignored", "sub/b")
          && number (report, "ignored_count") == 2,
      "each folder has its .gitignore");
  is_string (azml__json_string (report, "ignore_file"), ".gitignore",
             "which is named");
  write_text ("src/.amlignore", "b\n");
  json_decref (report);
  report = take ("src", NULL, NULL);
  ok (lists (report, "ignored", "b") && lists (report, "ignored", "sub/b")
          && number (report, "ignored_count") == 2,
      ".amlignore goes before it, and counts alone");
  write_text ("src/.azmlignore", "gone/\n!gone/x\n");
  json_decref (report);
  report = take ("src", NULL, NULL);
  ok (lists (report, "ignored", "gone/") && number (report, "ignored_count") == 1,
      ".azmlignore goes before both; what is below an ignored folder is out");
  is_string (azml__json_string (report, "ignore_file"), ".azmlignore",
             "it is named");
  write_text ("src/.azmlignore", "gone/*\n");
  json_decref (report);
  report = take ("src", NULL, NULL);
  ok (materialise (report, "made", NULL) == 0 && access ("made/gone", F_OK) == 0
          && access ("made/gone/x", F_OK) < 0,
      "a folder of which all is left out is there, empty");
  ok (access ("made/.azmlignore", F_OK) == 0, "the ignore file itself is kept");
}

static void
test_long_list (void)
{
  write_text ("long/.azmlignore", "x*\n");
  for (int i = 0; i < 1100; i++)
    {
      char name[32];
      snprintf (name, sizeof name, "long/x%d", i);
      write_text (name, "");
    }
  AZML_AUTO (json_t) report = take ("long", NULL, NULL);
  ok (number (report, "ignored_count") == 1100
          && json_array_size (json_object_get (report, "ignored")) == 1000,
      "of 1100 names 1000 are listed");
}

int
main (void)
{
  char *folder = scratch_enter ("ignore");
  ok (folder && azml__objects_open ("objects", &objects, NULL) == 0,
      "a place to work");
  test_table ();
  test_hard_patterns ();
  test_files ();
  test_above ();
  test_long_list ();
  if (mkdir ("tree", 0777) == 0 && shell (GIT "init -q 2>/dev/null") == 0)
    {
      test_table_with_git ();
      test_random_with_git ();
    }
  else
    printf ("# no git here: the table alone was tested\n");
  azml__objects_free (objects);
  scratch_leave (folder);
  return done_testing ();
}
