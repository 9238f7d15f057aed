/* test-ahead.c: contents that are sent while they are found.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "session/ahead.h"

#include <pthread.h>

#include "run/ahead.h"
#include "serve.h"

#define MIB ((size_t)1 << 20)
#define SIZE (40 * MIB)
#define FILES 1500

static char *content; /* SIZE bytes */
static azml__digest digest;
static char hex[AZML__DIGEST_HEX_SIZE];

/* What the thread that finds waits for before it goes on.  */
typedef struct finder
{
  azml__ahead *ahead;
  const azml__digest *name;  /* of a part ... */
  uint64_t size;             /* ... that has so many bytes there */
  const azml__digest *found; /* or an object, or NULL */
  int ended;                 /* then: the content is whole */
  int seen;
} finder;

static int
is_there (const finder *f)
{
  char name[200], text[AZML__DIGEST_HEX_SIZE];
  struct stat st;
  if (f->found)
    {
      AZML_AUTO (azml__objects) theirs = NULL;
      return azml__objects_open ("root/objects", &theirs, NULL) == 0
             && azml__objects_has (theirs, f->found);
    }
  snprintf (name, sizeof name, "root/objects/.part-%s",
            azml__digest_hex (f->name, text));
  return stat (name, &st) == 0 && (uint64_t)st.st_size >= f->size;
}

static void *
wait_there (void *data)
{
  finder *f = data;
  for (int i = 0; i < 12000 && !f->seen; i++)
    {
      f->seen = is_there (f);
      if (!f->seen)
        pause_ms (10);
    }
  if (f->ended)
    azml__ahead_end (f->ahead, &digest);
  azml__ahead_over (f->ahead);
  return NULL;
}

/* Send over SESSION until what F waits for is there.  */
static int
run_until (finder *f, azml_error **err)
{
  pthread_t thread;
  f->seen = 0;
  if (pthread_create (&thread, NULL, wait_there, f))
    return -1;
  int rc = azml__ahead_run (f->ahead, err);
  pthread_join (thread, NULL);
  return rc;
}

static azml__ahead *
new_ahead (azml__session *session)
{
  azml__ahead *ahead = NULL;
  (void)!azml__ahead_new (session, "mine", &ahead, NULL);
  return ahead;
}

static int
is_well (azml__session *session)
{
  AZML_AUTO (json_t) reply = NULL;
  return azml__session_call (session, "list", NULL, NULL, &reply, NULL) == 0;
}

static void
test_found (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml__ahead) ahead = new_ahead (session);
  AZML_AUTO (azml__objects) mine = NULL;
  AZML_AUTO (azml__objects) theirs = NULL;
  AZML_AUTO (azml_error) err = NULL;
  azml__digest digests[FILES];
  int there = 0, rc = azml__objects_open ("mine", &mine, &err);
  for (int i = 0; rc == 0 && i < FILES; i++)
    {
      AZML_AUTO_FREE char *text = azml__path_format ("content %d", i);
      rc = azml__objects_add (mine, text, strlen (text), &digests[i], &err);
      azml__ahead_found (ahead, &digests[i], strlen (text));
    }
  finder f = { .ahead = ahead, .found = &digests[FILES - 1] };
  ok (rc == 0 && run_until (&f, &err) == 0 && f.seen,
      "what was found is sent before all is found");
  ok (is_well (session), "the session is well");
  rc = azml__objects_open ("root/objects", &theirs, &err);
  for (int i = 0; rc == 0 && i < FILES; i++)
    there += azml__objects_has (theirs, &digests[i]);
  ok (there == FILES, "all of it: %d", there);
  ok (!azml__ahead_begun (ahead), "nothing was begun");
}

/* {DIGEST: VALUE} */
static json_t *
of_digest (json_t *value)
{
  return json_pack ("{s:o}", hex, value);
}

/* Send the rest of the content, of which the bytes up to OFFSET are there.  */
static int
put_rest (azml__session *session, json_t *begun, uint64_t offset)
{
  AZML_AUTO (json_t) offsets = of_digest (json_integer ((json_int_t)offset));
  AZML_AUTO (json_t) reply = NULL;
  AZML_AUTO (azml_error) err = NULL;
  uint32_t id = 0;
  int rc = azml__session_put (session, "mine", NULL, json_pack ("[s]", hex),
                              offsets, begun, &id, &err);
  if (rc == 0)
    reply = wait_reply (session, id, NULL, &err);
  if (!reply)
    printf ("# %s\n", azml_error_message (err));
  return reply ? 0 : -1;
}

/* 1 if the other side has the content, and nothing in part.  */
static int
is_whole (void)
{
  AZML_AUTO (azml__objects) theirs = NULL;
  AZML_AUTO (json_t) parts = NULL;
  return azml__objects_open ("root/objects", &theirs, NULL) == 0
         && azml__objects_has_size (theirs, &digest, SIZE)
         && azml__objects_parts (theirs, &parts, NULL) == 0
         && json_object_size (parts) == 0
         && azml__objects_remove (theirs, &digest, NULL) == 0;
}

static int
open_content (const char *name)
{
  return open (name, O_RDONLY | O_CLOEXEC);
}

static void
test_begun (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml__ahead) ahead = new_ahead (session);
  AZML_AUTO_CLOSE int fd = open_content ("content");
  const azml__digest name = { { 1 } };
  finder f = { ahead, &name, 20 * MIB, NULL, 1, 0 };
  azml__ahead_begin (ahead, &name, fd, SIZE);
  azml__ahead_grown (ahead, 20 * MIB);
  ok (run_until (&f, NULL) == 0 && f.seen,
      "a large content goes as far as it is known");
  AZML_AUTO (json_t) begun = azml__ahead_begun (ahead);
  char text[AZML__DIGEST_HEX_SIZE];
  is_string (json_string_value (json_object_get (begun, hex)),
             azml__digest_hex (&name, text), "under its name");
  ok (is_well (session), "the session is well");
  ok (put_rest (session, begun, 20 * MIB) == 0 && is_whole (),
      "the rest follows when its digest is known");
}

/* A client that ended while it digested; the next finds the same file.  */
static void
test_again (void)
{
  AZML_AUTO (azml__session) first = runner_session ();
  AZML_AUTO (azml__ahead) ahead = new_ahead (first);
  AZML_AUTO_CLOSE int fd = open_content ("content");
  AZML_AUTO_CLOSE int end = open_content ("end");
  const azml__digest name = { { 2 } };
  finder f = { ahead, &name, 20 * MIB, NULL, 0, 0 };
  azml__ahead_begin (ahead, &name, fd, SIZE);
  azml__ahead_grown (ahead, 20 * MIB);
  ok (run_until (&f, NULL) == 0 && f.seen && is_well (first),
      "half of a content is there, and nobody says whose it is");
  ok (!azml__ahead_begun (ahead), "it was not digested");

  /* The beginning of this file is another one.  */
  AZML_AUTO (azml__session) second = runner_session ();
  AZML_AUTO (azml__ahead) later = new_ahead (second);
  finder g = { later, &name, SIZE, NULL, 1, 0 };
  azml__ahead_begin (later, &name, end, SIZE);
  azml__ahead_grown (later, SIZE);
  ok (run_until (&g, NULL) == 0 && g.seen, "the next client goes on with it");
  AZML_AUTO (json_t) begun = azml__ahead_begun (later);
  ok (put_rest (second, begun, SIZE) == 0 && is_whole (),
      "behind what is there: that is not sent again");
}

static void
test_wrong (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml__ahead) ahead = new_ahead (session);
  AZML_AUTO_CLOSE int fd = open_content ("end");
  const azml__digest name = { { 3 } };
  finder f = { ahead, &name, SIZE, NULL, 1, 0 };
  azml__ahead_begin (ahead, &name, fd, SIZE);
  azml__ahead_grown (ahead, SIZE);
  ok (run_until (&f, NULL) == 0 && f.seen, "bytes that are not of their digest");
  AZML_AUTO (json_t) begun = azml__ahead_begun (ahead);
  ok (put_rest (session, begun, SIZE) < 0, "are refused when it is said");
  ok (put_rest (session, NULL, 0) == 0 && is_whole (),
      "and the content is taken afterwards");
}

/* Say what BEGUN does to the other side; 1 if nothing in part is there then.  */
static int
says (azml__session *session, json_t *begun)
{
  AZML_AUTO (azml__objects) theirs = NULL;
  AZML_AUTO (json_t) reply = NULL;
  AZML_AUTO (json_t) parts = NULL;
  uint32_t id = 0;
  if (azml__session_put (session, "mine", NULL, json_array (), NULL, begun, &id,
                         NULL)
      == 0)
    reply = wait_reply (session, id, NULL, NULL);
  return reply && azml__objects_open ("root/objects", &theirs, NULL) == 0
         && azml__objects_parts (theirs, &parts, NULL) == 0
         && json_object_size (parts) == 0;
}

/* What came of contents that nobody is going to ask for.  */
static void
test_idle (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml__ahead) ahead = new_ahead (session);
  AZML_AUTO (azml__objects) theirs = NULL;
  AZML_AUTO_CLOSE int fd = open_content ("content");
  const azml__digest name = { { 4 } };
  finder f = { ahead, &name, 20 * MIB, NULL, 0, 0 };
  azml__ahead_begin (ahead, &name, fd, SIZE);
  azml__ahead_grown (ahead, 20 * MIB);
  ok (run_until (&f, NULL) == 0 && f.seen && is_well (session),
      "half of a content");
  azml__ahead_end (ahead, NULL);
  AZML_AUTO (json_t) begun = azml__ahead_begun (ahead);
  ok (json_object_size (begun) == 1 && says (session, begun),
      "is removed where the file changed meanwhile");

  AZML_AUTO (azml__session) second = runner_session ();
  AZML_AUTO (azml__ahead) later = new_ahead (second);
  finder g = { later, &name, 20 * MIB, NULL, 1, 0 };
  ok (azml__objects_open ("root/objects", &theirs, NULL) == 0
          && azml__objects_add (theirs, content, 1000, &digest, NULL) == 0,
      "a content that is there");
  azml__ahead_begin (later, &name, fd, SIZE);
  azml__ahead_grown (later, 20 * MIB);
  ok (run_until (&g, NULL) == 0 && g.seen && is_well (second), "comes again");
  AZML_AUTO (json_t) again = azml__ahead_begun (later);
  ok (json_object_size (again) == 1 && says (second, again),
      "what came of it is removed, too");
}

static int
call_code (azml__session *session, const char *op, json_t *args)
{
  AZML_AUTO (json_t) owned = args;
  AZML_AUTO (json_t) reply = NULL;
  return azml__session_call (session, op, owned, NULL, &reply, NULL);
}

static void
test_bad (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  uint32_t id = 0;
  ok (call_code (session, "ahead", json_object ()) == AZML_E_INVALID,
      "bytes without a name");
  ok (call_code (session, "ahead",
                 json_pack ("{s:s, s:i}", "name", "../x", "size", 1))
          == AZML_E_INVALID,
      "bytes with a name that is none");
  ok (call_code (session, "ahead",
                 json_pack ("{s:s, s:i}", "name", hex, "size", -1))
          == AZML_E_INVALID,
      "fewer than none");
  ok (call_code (session, "have", json_pack ("{s:[s]}", "digests", "../../x"))
          == AZML_E_INVALID,
      "a question about no digest");
  AZML_AUTO (json_t) args = json_pack ("{s:s, s:i}", "name", hex, "size", 3);
  (void)!azml__session_send (session, "ahead", args, &id, NULL);
  (void)!azml__session_data (session, id, "four", 4, NULL);
  ok (!wait_reply (session, id, NULL, &err)
          && azml_error_code (err) == AZML_E_FORMAT,
      "more bytes than were said");
  ok (is_well (session), "leave the session well");
}

static char *
taken (azml__session *session, json_t **ret_report, azml_error **err)
{
  AZML_AUTO (azml__objects) objects = NULL;
  azml__snapshot_options options = { 0 };
  json_t *report = NULL;
  int rc = azml__objects_open ("mine", &objects, err);
  if (rc == 0 && session)
    rc = azml__snapshot_take_ahead ("source", objects, "mine", session, &options,
                                    &report, err);
  else if (rc == 0)
    rc = azml__snapshot_take ("source", objects, &options, &report, err);
  *ret_report = report;
  return rc == 0 ? strdup (azml__json_string (report, "digest")) : NULL;
}

static void
test_take (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml__session) mute = script_session ("echo 'azml-runner 1'; exit 3");
  AZML_AUTO (azml__session) never = script_session ("exit 127");
  json_t *reports[4] = { NULL, NULL, NULL, NULL };
  AZML_AUTO (azml_error) err = NULL;
  char *digests[4];
  write_bytes ("source/large", content, SIZE);
  for (int i = 0; i < 50; i++)
    {
      AZML_AUTO_FREE char *name = azml__path_format ("source/d/%d", i);
      write_text (name, name);
    }
  digests[0] = taken (session, &reports[0], &err);
  digests[1] = taken (NULL, &reports[1], &err);
  ok (digests[0] && digests[1] && strcmp (digests[0], digests[1]) == 0,
      "a snapshot that is sent while it is taken is the same");
  ok (is_well (session), "and the session is well");
  digests[2] = taken (mute, &reports[2], &err);
  ok (digests[2] && strcmp (digests[2], digests[1]) == 0,
      "it is the same without the other side");
  ok (!json_object_get (reports[0], "lost"), "a session that goes on is not lost");
  digests[3] = taken (never, &reports[3], &err);
  ok (digests[3] || azml_error_code (err) == AZML_E_UNREACHABLE,
      "where there is none at all, that is the error");
  for (int i = 0; i < 4; i++)
    {
      free (digests[i]);
      json_decref (reports[i]);
    }
}

int
main (void)
{
  char *scratch = scratch_enter ("ahead");
  AZML_AUTO (azml__objects) mine = NULL;
  if (!scratch)
    return 1;
  content = malloc (SIZE);
  for (size_t i = 0; i < SIZE / 4; i++)
    ((uint32_t *)(void *)content)[i] = (uint32_t)(i * 2654435761u);
  write_bytes ("content", content, SIZE);
  if (azml__objects_open ("mine", &mine, NULL) < 0
      || azml__objects_add (mine, content, SIZE, &digest, NULL) < 0)
    return 1;
  azml__digest_hex (&digest, hex);
  memset (content, 7, 15 * MIB);
  write_bytes ("end", content, SIZE);
  test_found ();
  test_begun ();
  test_again ();
  test_wrong ();
  test_bad ();
  test_idle ();
  test_take ();
  free (content);
  scratch_leave (scratch);
  return done_testing ();
}
