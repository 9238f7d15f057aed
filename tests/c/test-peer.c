/* test-peer.c: what the client does when the other side is not what it should be; and
   contents on their way there and back.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "session/private.h"
#include "core/cancel.h"
#include "digest/sha256.h"
#include "serve.h"
#include "snapshot/snapshot.h"

/* The code that a call over a session with SCRIPT ends with; the message is shown.  */
static int
peer_code (const char *script)
{
  AZML_AUTO (azml__session) session = script_session (script);
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) reply = NULL;
  int rc = azml__session_call (session, "list", NULL, NULL, &reply, &err);
  printf ("# %s\n", rc < 0 ? azml_error_message (err) : "fine");
  return rc;
}

static void
test_banner (void)
{
  ok (peer_code (
          "echo welcome; printf 'no newline, azml-runner x'; exec \"$0\" serve")
          == 0,
      "what a login prints before the banner is skipped");
  ok (peer_code ("printf '\\000\\001\\002\\377'; sleep 0.1; exec \"$0\" serve")
          == 0,
      "whatever it is");
  ok (peer_code ("echo no such program >&2; exit 127") == AZML_E_UNREACHABLE,
      "no runner at all");
  ok (peer_code ("echo 'azml-runner 2'; while read x; do :; done")
          == AZML_E_UNSUPPORTED,
      "a runner of another version");
  ok (peer_code ("yes") == AZML_E_PROTOCOL, "endless noise");
  ok (peer_code ("echo 'azml-runner 1'; echo why >&2; exit 3")
          == AZML_E_UNREACHABLE,
      "a runner that ends after the banner");
  ok (peer_code ("echo 'azml-runner 1'; exec cat") == AZML_E_PROTOCOL, "an echo");
}

/* A frame as printf's argument: kind, id and payload.  */
#define FRAME(LENGTH, ID, KIND)                                                    \
  "\\000\\000\\000" LENGTH "\\000\\000\\000" ID KIND "\\000\\000\\000"
#define PEER(BYTES)                                                                \
  "echo 'azml-runner 1'; printf '" BYTES "'; while read x; do :; done"

static void
test_frames (void)
{
  ok (peer_code (
          PEER ("\\177\\000\\000\\000\\000\\000\\000\\001\\004\\000\\000\\000"))
          == AZML_E_PROTOCOL,
      "a frame of 2 GiB");
  ok (peer_code (PEER (FRAME ("\\002", "\\001", "\\143") "{}")) == AZML_E_PROTOCOL,
      "a frame of an unknown kind");
  ok (peer_code (PEER (FRAME ("\\002", "\\011", "\\004") "{}")) == AZML_E_PROTOCOL,
      "a reply to nothing");
  ok (peer_code (PEER (FRAME ("\\002", "\\001", "\\001") "{}")) == AZML_E_PROTOCOL,
      "a request from the runner");
  ok (peer_code (PEER (FRAME ("\\002", "\\001", "\\004") "{]")) == AZML_E_FORMAT,
      "a reply that is no JSON");
  ok (peer_code (PEER (FRAME ("\\002", "\\001", "\\004") "[]")) == AZML_E_PROTOCOL,
      "a reply that is no object");
  ok (peer_code (
          "echo 'azml-runner 1'; printf '\\000\\000\\047\\020\\000\\000\\000\\001"
          "\\004\\000\\000\\000'; head -c 10000 /dev/zero | tr '\\000' '['; sleep "
          "5")
          == AZML_E_FORMAT,
      "a reply nested without end");
  ok (peer_code (PEER (
          FRAME ("\\035", "\\001", "\\005") "{\"code\":\"denied\",\"message\":7}"))
          == AZML_E_DENIED,
      "a fail with a strange message is still a fail");
}

static void
test_silence (void)
{
  int64_t start = azml__clock_boot_ms ();
  setenv ("AZML_HEARTBEAT", "0.05", 1);
  ok (peer_code ("while read x; do :; done") == AZML_E_UNREACHABLE,
      "a peer that says nothing");
  ok (peer_code ("echo 'azml-runner 1'; while read x; do :; done")
          == AZML_E_UNREACHABLE,
      "a runner that answers no ping");
  ok (peer_code ("kill -STOP $$; exec \"$0\" serve") == AZML_E_UNREACHABLE,
      "one that was stopped");
  /* Three times a fifth of a second, and what it takes to end them.  */
  ok (azml__clock_boot_ms () - start < 15000, "are given up in time");
  unsetenv ("AZML_HEARTBEAT");

  AZML_AUTO (azml__session) session = script_session ("while read x; do :; done");
  AZML_AUTO (azml_cancel) cancel = NULL;
  AZML_AUTO (json_t) reply = NULL;
  azml__message message;
  int got = 1;
  ok (azml__session_next (session, 50, NULL, &message, &got, NULL) == 0 && !got,
      "a time-out is not a failure");
  (void)!azml_cancel_new (&cancel, NULL);
  azml_cancel_set (cancel);
  ok (azml__session_call (session, "list", NULL, cancel, &reply, NULL)
          == AZML_E_CANCELLED,
      "waiting can be cancelled");
}

/* Take a snapshot of the folder "source" into the store "mine".  */
static char *
take_snapshot (void)
{
  AZML_AUTO (azml__objects) objects = NULL;
  AZML_AUTO (json_t) report = NULL;
  AZML_AUTO (azml_error) err = NULL;
  azml__snapshot_options options = { 0 };
  if (azml__objects_open ("mine", &objects, &err) < 0
      || azml__snapshot_take ("source", objects, &options, &report, &err) < 0)
    {
      printf ("Bail out! %s\n", azml_error_message (err));
      exit (1);
    }
  return strdup (azml__json_string (report, "digest"));
}

/* Send the snapshot DIGEST as far as the runner lacks it; {"sent": N} (new) in *RET.  */
static int
send_snapshot (azml__session *session, const char *digest, json_t **ret,
               azml_error **err)
{
  AZML_AUTO (json_t) args = json_pack ("{s:s}", "manifest", digest);
  AZML_AUTO (json_t) answer = NULL;
  json_int_t sent = 0;
  int rc = azml__session_call (session, "have", args, NULL, &answer, err);
  while (rc == 0)
    {
      json_t *missing = json_object_get (answer, "missing"), *reply = NULL;
      uint32_t id;
      if (missing && json_array_size (missing) == 0)
        break;
      rc = azml__session_put (session, "mine", digest,
                              missing ? json_incref (missing)
                                      : json_pack ("[s]", digest),
                              NULL, NULL, &id, err);
      if (rc == 0)
        rc = azml__session_wait (session, id, NULL, &reply, err);
      sent += azml__json_integer (reply, "received", 0);
      json_decref (answer);
      answer = reply;
    }
  if (rc == 0)
    *ret = json_pack ("{s:I}", "sent", sent);
  return rc;
}

static void
test_snapshot (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) first = NULL;
  AZML_AUTO (json_t) second = NULL;
  AZML_AUTO (json_t) third = NULL;
  AZML_AUTO_BUFFER large = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER log = AZML__BUFFER_INIT;
  char id[AZML__RANDOM_ID_SIZE];
  for (int i = 0; i < 400000; i++)
    azml__buffer_add_format (&large, "%u,", (unsigned)i * 7919);
  write_bytes ("source/large", large.data, large.length);
  write_text ("source/empty", "");
  for (int i = 0; i < 300; i++)
    {
      AZML_AUTO_FREE char *name = azml__path_format ("source/d/%d", i);
      write_text (name, name);
    }
  AZML_AUTO_FREE char *digest = take_snapshot ();
  (void)!azml__random_id (id, NULL);
  AZML_AUTO (json_t)
  start = json_pack ("{s:s, s:{s:s, s:{s:s}}, s:{s:i, s:s, s:s, s:[s, s, s]}}",
                     "id", id, "run", "id", id, "snapshot", "digest", digest, "job",
                     "version", 1, "id", id, "snapshot", digest, "argv", "sh", "-c",
                     "cat d/299; ls d | wc -l; cksum < large");
  AZML_AUTO (json_t) refused = NULL;
  ok (azml__session_call (session, "start", start, NULL, &refused, &err)
          == AZML_E_NOT_FOUND,
      "a run waits for its snapshot");
  ok (send_snapshot (session, digest, &first, &err) == 0, "a snapshot is sent");
  ok (azml__json_integer (first, "sent", 0) == 303,
      "whole: manifest and 302 contents");
  ok (send_snapshot (session, digest, &second, &err) == 0
          && azml__json_integer (second, "sent", -1) == 0,
      "and not again");
  ok (azml__session_call (session, "start", start, NULL, &refused, &err) == 0,
      "now the run starts");
  json_decref (wait_reply (session, send_follow (session, id, 0), &log, &err));
  ok (log.data && strncmp (log.data, "source/d/299300\n", 16) == 0,
      "with its source");

  write_text ("source/d/7", "changed");
  AZML_AUTO_FREE char *changed = take_snapshot ();
  ok (send_snapshot (session, changed, &third, &err) == 0
          && azml__json_integer (third, "sent", 0) == 2,
      "one changed file is one content and the manifest");
  AZML_AUTO (json_t) none = NULL;
  memset (changed, 'a', 64);
  ok (send_snapshot (session, changed, &none, &err) == AZML_E_NOT_FOUND,
      "a snapshot that is not here");
  AZML_AUTO (json_t) alive = NULL;
  ok (azml__session_call (session, "list", NULL, NULL, &alive, &err) == 0,
      "leaves the session well");
}

/* Collect over SESSION all that no run refers to; what was removed is *RET (new).  Return 1 if
   that was possible.  */
static int
collects (azml__session *session, json_t **ret)
{
  AZML_AUTO (json_t) args = json_pack ("{s:b, s:i}", "dry_run", 0, "age", 0);
  AZML_AUTO (json_t) reply = NULL;
  int rc = azml__session_call (session, "gc", args, NULL, &reply, NULL);
  *ret = json_incref (json_object_get (reply, "removed"));
  return rc == 0;
}

/* gc keeps what a run refers to.  */
static void
test_gc (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (json_t) removed = NULL;
  AZML_AUTO (json_t) more = NULL;
  AZML_AUTO (json_t) sent = NULL;
  AZML_AUTO_FREE char *digest = take_snapshot (); /* "changed": of no run */
  write_text ("root/runs/.new-aaaaaaaaaaaa/run.json", "{");
  write_text ("root/objects/.tmp-aaaaaaaaaaaa", "rest");
  ok (collects (session, &removed), "gc");
  /* The manifest and the content of the file that changed.  */
  int objects = 0, runs = 0, files = 0;
  for (size_t i = 0; i < json_array_size (removed); i++)
    {
      const char *what = azml__json_string (json_array_get (removed, i), "what");
      objects += strcmp (what, "object") == 0;
      runs += strcmp (what, "run") == 0;
      files += strcmp (what, "file") == 0;
    }
  ok (objects == 2 && runs == 1 && files == 1,
      "removes what no run refers to: %d objects, %d runs, %d files", objects, runs,
      files);
  ok (collects (session, &more) && json_array_size (more) == 0, "and nothing else");
  ok (send_snapshot (session, digest, &sent, NULL) == 0
          && azml__json_integer (sent, "sent", 0) == 2,
      "what was removed is sent again");
}

/* The same, of contents that are many.  */
static void
test_gc_packs (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (json_t) sent = NULL;
  AZML_AUTO (json_t) removed = NULL;
  AZML_AUTO (json_t) again = NULL;
  for (int i = 0; i < 200; i++)
    {
      AZML_AUTO_FREE char *path = azml__path_format ("source/many/%d", i);
      AZML_AUTO_FREE char *text = azml__path_format ("%-1000d", i);
      write_text (path, text);
    }
  AZML_AUTO_FREE char *digest = take_snapshot ();
  ok (send_snapshot (session, digest, &sent, NULL) == 0
          && azml__json_integer (sent, "sent", 0) == 201
          && system ("ls root/objects/pack/*.pack >/dev/null") == 0,
      "many contents are sent, and packed");
  ok (collects (session, &removed), "gc");
  /* And what the test above sent.  */
  ok (json_array_size (removed) == 203
          && system ("test $(cat root/objects/pack/*.pack | wc -c) -lt 100000")
                 == 0,
      "gc removes them, as no run refers to them: %zu", json_array_size (removed));
  ok (send_snapshot (session, digest, &again, NULL) == 0
          && azml__json_integer (again, "sent", 0) == 202,
      "and they are sent again");
  AZML_AUTO (azml__session) other = runner_session ();
  AZML_AUTO (json_t) collected = NULL;
  AZML_AUTO (json_t) third = NULL;
  ok (collects (other, &collected)
          && send_snapshot (session, digest, &third, NULL) == 0
          && azml__json_integer (third, "sent", 0) == 202,
      "also when another session collected them");
  AZML_AUTO (json_t) fourth = NULL;
  ok (system ("rm -r root/objects") == 0
          && send_snapshot (session, digest, &fourth, NULL) == 0
          && azml__json_integer (fourth, "sent", 0) > 202,
      "or all of the store was removed");
}

static int
fetch (azml__session *session, const char *id, const char *path, azml__buffer *data)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t) args = json_pack ("{s:s, s:s}", "id", id, "path", path);
  uint32_t request = 0;
  (void)!azml__session_send (session, "fetch", args, &request, NULL);
  AZML_AUTO (json_t) reply = wait_reply (session, request, data, &err);
  return reply ? 0 : azml_error_code (err);
}

static void
test_fetch (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO_BUFFER data = AZML__BUFFER_INIT;
  AZML_AUTO_BUFFER one = AZML__BUFFER_INIT;
  AZML_AUTO_MANIFEST manifest = AZML__MANIFEST_INIT;
  char id[AZML__RANDOM_ID_SIZE];
  send_start (session,
              "cd $AZML_OUTPUT_DIR; mkdir -p a/b none; printf inside > a/b/file;"
              "ln -s /etc out; ln -s ../run.json up; mkfifo fifo; ln -s / a/root;"
              "printf tool > tool; chmod +x tool; head -c 700000 /dev/zero > zeros",
              id);
  json_decref (wait_reply (session, send_follow (session, id, 0), NULL, NULL));
  ok (fetch (session, id, "outputs", &data) == 0, "outputs are fetched");
  uint64_t n = data.length > 8 ? azml__get_u64 (data.data) : 0;
  ok (n < data.length
          && azml__manifest_decode (data.data + 8, (size_t)n, &manifest, NULL) == 0,
      "they begin with a manifest");
  AZML_AUTO_BUFFER names = AZML__BUFFER_INIT;
  uint64_t sizes = 0;
  for (size_t i = 0; i < manifest.count; i++)
    {
      const azml__manifest_entry *entry = &manifest.entries[i];
      azml__buffer_add_format (&names, "%c %s%s%s\n", entry->type, entry->path,
                               entry->target ? " -> " : "",
                               entry->target ? entry->target : "");
      sizes += strchr ("fx", entry->type) ? entry->size : 0;
    }
  is_string (names.data,
             "f a/b/file\nl a/root -> /\nd none\nl out -> /etc\nx tool\n"
             "l up -> ../run.json\nf zeros\n",
             "links are told, not followed");
  ok (data.length == 8 + n + sizes && sizes == 700010, "the contents are whole");
  ok (data.length > 8 + n + 10 && memcmp (data.data + 8 + n, "insidetool", 10) == 0,
      "and in order");
  ok (fetch (session, id, "outputs/a/b/file", &one) == 0
          && memcmp (one.data + one.length - 6, "inside", 6) == 0,
      "one file");
  ok (fetch (session, id, "outputs/out", NULL) == AZML_E_INVALID
          && fetch (session, id, "outputs/out/passwd", NULL) == AZML_E_INVALID,
      "nothing is fetched through a link");
  ok (fetch (session, id, "../x", NULL) == AZML_E_INVALID
          && fetch (session, id, "/etc", NULL) == AZML_E_INVALID
          && fetch (session, id, "outputs/../..", NULL) == AZML_E_INVALID,
      "nor from outside the run");
  ok (fetch (session, id, "outputs/nothing", NULL) == AZML_E_NOT_FOUND,
      "nor what is not there");
}

#define SHRINKING ((size_t)64 << 20)

/* A file that becomes shorter while it is sent.  */
static void
test_fetch_shrinking (void)
{
  AZML_AUTO (azml__session) session = runner_session ();
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (json_t)
  args = json_pack ("{s:s, s:s}", "id", "shrinkshrink", "path", "outputs");
  static const char name[] = "root/runs/shrinkshrink/outputs/file";
  uint32_t request = 0;
  size_t total = 0;
  write_text (name, "start");
  (void)!truncate (name, (off_t)SHRINKING);
  (void)!azml__session_send (session, "fetch", args, &request, NULL);
  for (;;)
    {
      azml__message message = { 0 };
      int got;
      if (azml__session_next (session, 20000, NULL, &message, &got, &err) < 0
          || !got)
        break;
      if (message.kind != AZML__FRAME_DATA)
        {
          const json_t *changed = json_object_get (message.json, "changed");
          is_string (json_string_value (json_array_get (changed, 0)), "file",
                     "a file that shrinks while it is sent is named");
          json_decref (message.json);
          break;
        }
      if (total == 0)
        (void)!truncate (name, 100);
      total += message.length;
    }
  ok (total > SHRINKING && total < SHRINKING + 1000, "and filled up to its length");
}

int
main (void)
{
  char *scratch = scratch_enter ("peer");
  if (!scratch)
    return 1;
  test_banner ();
  test_frames ();
  test_silence ();
  test_snapshot ();
  test_gc ();
  test_gc_packs ();
  test_fetch ();
  test_fetch_shrinking ();
  scratch_leave (scratch);
  return done_testing ();
}
