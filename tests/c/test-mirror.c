/* test-mirror.c: copies of runs elsewhere, and what a machine may write into them.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "run/mirror.h"

#include <jansson.h>

#include "core/json.h"
#include "run/receive.h"
#include "scratch.h"
#include "tap.h"

#define ID "k3v9x2m4q7pz"

static json_t *
parsed (const char *text)
{
  json_t *json = NULL;
  AZML_AUTO (azml_error) err = NULL;
  if (azml__json_parse (text, strlen (text), "test", &json, &err) < 0)
    printf ("# %s: %s\n", text, azml_error_message (err));
  return json;
}

static azml__mirror *
new_mirror (void)
{
  AZML_AUTO (json_t) run = parsed ("{\"id\": \"" ID "\"}");
  AZML_AUTO (json_t) sync = parsed ("{\"version\": 1}");
  azml__mirror *mirror = NULL;
  AZML_AUTO (azml_error) err = NULL;
  ok (azml__mirror_new ("runs", ID, run, sync, &mirror, &err) == 0, "a copy: %s",
      err ? azml_error_message (err) : "made");
  return mirror;
}

static int
opens (void)
{
  AZML_AUTO (azml__mirror) again = NULL;
  return azml__mirror_open ("runs/" ID, &again, NULL);
}

static void
test_lock (void)
{
  AZML_AUTO (azml__mirror) mirror = new_mirror ();
  AZML_AUTO (json_t) run = json_object ();
  AZML_AUTO (json_t) sync = parsed ("{\"version\": 1, \"more\": true}");
  AZML_AUTO (azml__mirror) other = NULL;
  ok (opens () == AZML_E_BUSY, "one that is open is nobody else's");
  ok (azml__mirror_new ("runs", ID, run, sync, &other, NULL) == AZML_E_EXISTS,
      "no second one of that name");
  ok (azml__mirror_new ("runs", "../../up", run, sync, &other, NULL)
          == AZML_E_INVALID,
      "a name that leads out is none");
  ok (azml__mirror_update (mirror, sync, NULL) == 0 && opens () == AZML_E_BUSY,
      "nor after sync.json was replaced");
  ok (json_equal (azml__mirror_sync (mirror), sync), "which is what was written");
  azml__mirror_free (azml_steal (&mirror));
  ok (opens () == 0, "then somebody else's");
  ok (azml__mirror_open ("runs/" ID, &mirror, NULL) == 0
          && json_equal (azml__mirror_sync (mirror), sync),
      "who reads the same");
  ok (azml__mirror_remove (mirror, NULL) == 0 && access ("runs/" ID, F_OK) < 0,
      "it can be removed");
  ok (mkdir ("runs/" ID, 0700) == 0 && opens () == AZML_E_NOT_FOUND,
      "a run of this machine is no copy");
  rmdir ("runs/" ID);
}

static int
refuses (azml__mirror *mirror, const char *name)
{
  int fd = -1;
  uint64_t size;
  int rc = azml__mirror_file (mirror, name, &fd, &size, NULL);
  if (fd >= 0)
    close (fd);
  return rc < 0;
}

static void
test_files (void)
{
  AZML_AUTO (azml__mirror) mirror = new_mirror ();
  AZML_AUTO (json_t) status = parsed ("{\"state\": \"completed\"}");
  uint64_t size = 0;
  int fd = -1;
  ok (azml__mirror_file (mirror, "log", &fd, &size, NULL) == 0 && size == 0
          && write (fd, "three", 5) == 5 && close (fd) == 0,
      "the log is written");
  ok (azml__mirror_file (mirror, "log", &fd, &size, NULL) == 0 && size == 5
          && close (fd) == 0,
      "and goes on where it ended");
  ok (refuses (mirror, "status.json") && refuses (mirror, "../log")
          && refuses (mirror, "outputs/x") && refuses (mirror, ""),
      "no other file can be followed");
  ok (symlink ("../../out", "runs/" ID "/metrics.jsonl") == 0
          && refuses (mirror, "metrics.jsonl") && access ("out", F_OK) < 0,
      "none through a link");
  ok (mkfifo ("runs/" ID "/gpu.jsonl", 0600) == 0 && refuses (mirror, "gpu.jsonl"),
      "none that is no file");
  ok (symlink ("../../out", "runs/" ID "/sync.json.tmp") == 0
          && azml__mirror_update (mirror, status, NULL) < 0
          && access ("out", F_OK) < 0,
      "nor sync.json");
  ok (azml__mirror_status (mirror, status, 1, NULL) == 0
          && azml__mirror_flush (mirror, NULL) == 0,
      "status.json is written");
  azml__mirror_remove (mirror, NULL);
}

/* Receive DATA as what LIST (JSON) promises, and end with CHANGED.  Return the report
   (new), NULL if any of this failed with *RET_CODE.  */
static json_t *
receive (const char *list, uint64_t limit, const char *data, const char *changed,
         int *ret_code)
{
  AZML_AUTO (azml__receiver) receiver = NULL;
  AZML_AUTO (json_t) entries = parsed (list);
  AZML_AUTO (json_t) names = changed ? parsed (changed) : NULL;
  AZML_AUTO (azml_error) err = NULL;
  json_t *report = NULL;
  int folder = open ("run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int rc = azml__receiver_new (folder, entries, limit, &receiver, &err);
  close (folder);
  for (size_t i = 0; rc == 0 && i < strlen (data); i++)
    rc = azml__receiver_take (receiver, data + i, 1, &err);
  if (rc == 0)
    rc = azml__receiver_end (receiver, names, &report, &err);
  if (rc < 0)
    printf ("# %s\n", azml_error_message (err));
  *ret_code = rc;
  return report;
}

static void
fresh (void)
{
  (void)!azml__file_remove_tree (AT_FDCWD, "run", NULL);
  (void)!mkdir ("run", 0700);
}

static int
holds (const char *path, const char *text)
{
  AZML_AUTO_BUFFER got = AZML__BUFFER_INIT;
  return azml__file_read (AT_FDCWD, path, 1 << 20, &got, NULL) == 0
         && got.length == strlen (text) && memcmp (got.data, text, got.length) == 0;
}

static size_t
told (const json_t *report, const char *key)
{
  return json_array_size (json_object_get (report, key));
}

#define FILE_ENTRY(path, size)                                                     \
  "{\"type\": \"f\", \"path\": \"" path "\", \"size\": " size                      \
  ", \"mtime\": 1000000000000000000}"

static void
test_receive (void)
{
  int rc;
  static const char list[] =
      "[" FILE_ENTRY ("a", "3") ", " FILE_ENTRY ("d/e/b", "2") ", " FILE_ENTRY (
          "zero", "0") ", " FILE_ENTRY ("big", "100") "]";
  fresh ();
  AZML_AUTO (json_t) report = receive (list, 50, "onetw", NULL, &rc);
  ok (rc == 0 && holds ("run/outputs/a", "one") && holds ("run/outputs/d/e/b", "tw")
          && holds ("run/outputs/zero", ""),
      "files come byte by byte");
  ok (told (report, "over") == 1 && access ("run/outputs/big", F_OK) < 0,
      "one over the limit does not");
  AZML_AUTO (json_t) again = receive (list, 50, "", NULL, &rc);
  ok (rc == 0 && azml__json_integer (again, "kept", 0) == 3,
      "what is here does not come again");
  fresh ();
  ok (!receive ("[" FILE_ENTRY ("a", "3") "]", 50, "on", NULL, &rc)
          && rc == AZML_E_PROTOCOL && access ("run/outputs/a", F_OK) < 0,
      "less than was promised");
  AZML_AUTO (json_t)
  rest = receive ("[" FILE_ENTRY ("a", "3") "]", 50, "e", NULL, &rc);
  ok (rest && holds ("run/outputs/a", "one"), "the rest of it comes later");
  fresh ();
  ok (!receive ("[" FILE_ENTRY ("a", "3") "]", 50, "ones", NULL, &rc)
          && rc == AZML_E_PROTOCOL,
      "more than was promised");
  ok (!receive ("[" FILE_ENTRY ("a", "-1") "]", 50, "", NULL, &rc)
          && !receive ("[" FILE_ENTRY ("a", "9223372036854775807") "]", UINT64_MAX,
                       "", NULL, &rc)
          && rc == AZML_E_PROTOCOL,
      "sizes that none has");
  fresh ();
  AZML_AUTO (json_t)
  changed = receive ("[" FILE_ENTRY ("a", "1") ", " FILE_ENTRY ("b", "1") "]", 50,
                     "xy", "[\"a\", \"a\", \"../canary\", \"/etc\", 5, {}]", &rc);
  ok (told (changed, "changed") == 1 && access ("run/outputs/a", F_OK) < 0
          && holds ("run/outputs/b", "y") && holds ("canary", "alive"),
      "one that changed is taken away, and nothing else");
}

/* Names and links that lead out.  */
static void
test_outside (void)
{
  static const char *const names[] = { "../canary", "/tmp", "a/../../canary", "",
                                       ".",         "..",   "a//b",           "a/",
                                       "a/..",      "./a" };
  int rc, n = 0;
  fresh ();
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    for (int type = 0; type < 4; type++)
      {
        AZML_AUTO_FREE char *list =
            azml__path_format ("[{\"type\": \"%c\", \"path\": \"%s\", \"size\": 0, "
                               "\"target\": \"x\"}]",
                               "fxdl"[type], names[i]);
        AZML_AUTO (json_t) report = receive (list, 50, "", NULL, &rc);
        /* A link is looked at last, and refused then.  */
        n += rc == 0 && told (report, "refused") == 1;
      }
  ok (n == 40, "paths that lead out are refused: %d", n);
  static const char links[] =
      "[{\"type\": \"d\", \"path\": \"d\"},"
      " {\"type\": \"l\", \"path\": \"up\", \"target\": \"..\"},"
      " {\"type\": \"l\", \"path\": \"abs\", \"target\": \"/tmp\"},"
      " {\"type\": \"l\", \"path\": \"d/in\", \"target\": \"../good\"},"
      " {\"type\": \"l\", \"path\": \"d/top\", \"target\": \"..\"},"
      " {\"type\": \"l\", \"path\": \"d/out\", \"target\": \"../..\"},"
      " {\"type\": \"l\", \"path\": \"d/by\", \"target\": \"top/..\"},"
      " {\"type\": \"l\", \"path\": \"none\", \"target\": \"\"}]";
  AZML_AUTO (json_t) report = receive (links, 50, "", NULL, &rc);
  ok (rc == 0 && told (report, "refused") == 5, "links that lead out are refused");
  AZML_AUTO (json_t)
  through =
      receive ("[" FILE_ENTRY ("d/top/canary", "4") "]", 50, "evil", NULL, &rc);
  ok (told (through, "refused") == 1 && access ("run/outputs/canary", F_OK) < 0,
      "no file comes through a link, not even one that leads nowhere bad");
  ok (symlink ("..", "run/outputs/planted") == 0, "somebody else's link");
  AZML_AUTO (json_t)
  planted =
      receive ("[" FILE_ENTRY ("planted/canary", "4") "]", 50, "evil", NULL, &rc);
  ok (told (planted, "refused") == 1 && access ("run/canary", F_OK) < 0,
      "nor through that");
  fresh ();
  ok (symlink ("..", "run/outputs") == 0
          && !receive ("[" FILE_ENTRY ("canary", "4") "]", 50, "evil", NULL, &rc)
          && holds ("canary", "alive"),
      "nor where the folder itself is a link");
}

static void
test_strange (void)
{
  int rc;
  AZML_AUTO_BUFFER deep = AZML__BUFFER_INIT;
  fresh ();
  AZML_AUTO (json_t)
  odd = receive ("[5, null, [], {}, {\"path\": \"p\", \"type\": \"p\"},"
                 " {\"path\": 5, \"type\": \"f\"}, {\"path\": \"t\", \"type\": []},"
                 " {\"path\": {\"bytes\": \"?\"}, \"type\": \"f\"}]",
                 50, "", NULL, &rc);
  ok (rc == 0 && told (odd, "refused") == 8, "what is no entry is refused");
  azml__buffer_add_format (&deep, "[{\"type\": \"f\", \"size\": 0, \"path\": \"");
  for (int i = 0; i < 3000; i++)
    azml__buffer_add_format (&deep, "y/");
  azml__buffer_add_format (&deep, "y\"}]");
  AZML_AUTO (json_t) far = receive (deep.data, 50, "", NULL, &rc);
  ok (rc == 0 && told (far, "refused") == 1 && access ("run/outputs/y", F_OK) < 0,
      "a path that nobody could open is refused, and no part of it made");
  static const char same[] =
      "[" FILE_ENTRY ("n", "2") ", " FILE_ENTRY ("n", "2") ", " FILE_ENTRY (
          "n/below", "1") ", "
                          "{\"type\": \"l\", \"path\": \"n\", \"target\": \"q\"}]";
  AZML_AUTO (json_t) twice = receive (same, 50, "aabbc", NULL, &rc);
  ok (rc == 0 && holds ("run/outputs/n", "bb") && told (twice, "refused") == 1,
      "one name twice is one file");
}

int
main (void)
{
  char *path = scratch_enter ("mirror");
  ok (path && mkdir ("runs", 0700) == 0 && write_text ("canary", "alive"),
      "a folder to work in");
  test_lock ();
  test_files ();
  test_receive ();
  test_outside ();
  test_strange ();
  ok (holds ("canary", "alive"), "nothing outside was touched");
  scratch_leave (path);
  return done_testing ();
}
