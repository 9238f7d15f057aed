/* test-core.c: the floor everything stands on.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>

#include "core/base64.h"
#include "core/buffer.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/file.h"
#include "core/frame.h"
#include "core/json.h"
#include "core/path.h"
#include "core/random.h"
#include "core/spawn.h"
#include "digest/sha256.h"
#include "tap.h"

static void
test_error (void)
{
  AZML_AUTO (azml_error) err = NULL;
  int rc = azml__error_os (&err, ENOENT, "open '%s'", "x");
  ok (rc == AZML_E_NOT_FOUND && rc == azml_error_code (err), "rc is the code");
  is_string (azml_error_message (err), "open 'x': No such file or directory",
             "the message says what and why");
  azml__error_hint (&err, "make it");
  azml__error_prefix (&err, rc, "target '%s'", "gpu");
  is_string (azml_error_message (err),
             "target 'gpu': open 'x': No such file or directory", "a prefix");
  AZML_AUTO (json_t) json = azml__error_to_json (err);
  AZML_AUTO (azml_error) again = NULL;
  ok (azml__error_from_json (&again, json) == rc, "an error survives JSON");
  is_string (azml_error_message (again), azml_error_message (err),
             "with its message");
  is_string (azml_error_hint (again), "make it", "and its hint");
  ok (azml__error (NULL, AZML_E_FAILED, "x") == AZML_E_FAILED,
      "NULL may be passed");
  azml__error (&err, AZML_E_FAILED, "'%s'",
               "a\nb\tc\x1b\xff\xc3\xa9\xc0\x80\xed\xa0\x80");
  is_string (azml_error_message (err),
             "'a\\nb\\tc\\x1b\\xff\xc3\xa9\\xc0\\x80\\xed\\xa0\\x80'",
             "a message is one line of UTF-8, whatever a file is called");
  azml__error (&err, AZML_E_FAILED, "'%s'; said:", "a\nb");
  azml__error_lines (&err, "\n  one\x1b[2J\n  \xff two");
  is_string (azml_error_message (err), "'a\\nb'; said:\n  one\\x1b[2J\n  \\xff two",
             "lines of another program stay lines, and harmless");
  AZML_AUTO (json_t) said = azml__error_to_json (err);
  azml__error_from_json (&again, said);
  is_string (azml_error_message (again), azml_error_message (err),
             "on the wire, too");
  azml__error_no_memory (&err);
  is_string (azml_error_message (err), "out of memory", "out of memory needs none");
  azml__error_prefix (&err, rc, "ignored");
  int named = 1;
  for (int code = 0; code >= AZML_E_HOST_KEY; code--)
    named = named && strcmp (azml_code_name (code), "unknown")
            && strcmp (azml_code_doc (code), "unknown");
  ok (named, "every code has a name and a line");
  is_string (azml_code_name (AZML_E_HOST_KEY - 1), "unknown",
             "the last code is the last one tested");
}

static void
test_json (void)
{
  static const char text[] =
      "{\"a\": NaN, \"b\": [-Infinity, \"NaN\\\" NaN\"], \"c\": 1}";
  AZML_AUTO (json_t) json = NULL;
  AZML_AUTO (azml_error) err = NULL;
  double number = 0;
  ok (azml__json_parse (text, strlen (text), "t", &json, &err) == 0,
      "bare NaN is read");
  ok (azml__json_get_number (json_object_get (json, "a"), &number) == 0
          && isnan (number),
      "as NaN");
  ok (azml__json_get_number (json_array_get (json_object_get (json, "b"), 0),
                             &number)
              == 0
          && number == -INFINITY,
      "and -Infinity");
  is_string (json_string_value (json_array_get (json_object_get (json, "b"), 1)),
             "NaN\" NaN", "but not inside strings");
  AZML_AUTO (json_t) bytes = azml__json_bytes ("a\xff", 2);
  is_string (azml__json_string (bytes, "bytes"),
             "Yf8=", "bytes that are not UTF-8");
  static const char numbers[] = "[0.1,0.30000000000000004,1e+300,-0.0,3.0,"
                                "123456789012.5,7,\"\\u0001\",null,{\"k\":true}]";
  AZML_AUTO (json_t) reals = json_loads (numbers, 0, NULL);
  AZML_AUTO_BUFFER line = AZML__BUFFER_INIT;
  ok (azml__json_append (&line, reals, &err) == 0, "write numbers");
  is_string (line.data, numbers, "a real has the fewest digits that read back");
  size_t n;
  AZML_AUTO_FREE char *back = azml__json_get_bytes (bytes, &n);
  ok (n == 2 && memcmp (back, "a\xff", 3) == 0, "and back");
  AZML_AUTO_BUFFER deep = AZML__BUFFER_INIT;
  for (int i = 0; i < 100000; i++)
    azml__buffer_add_char (&deep, '[');
  AZML_AUTO (json_t) none = NULL;
  ok (azml__json_parse (deep.data, deep.length, "t", &none, &err) == AZML_E_FORMAT,
      "deep nesting is refused");
  ok (azml__json_parse ("{\"a\":\n x}", 9, "f.json", &none, &err) == AZML_E_FORMAT
          && strncmp (azml_error_message (err), "f.json:2:", 9) == 0,
      "a syntax error has its place");
}

static void
test_frame (void)
{
  AZML_AUTO_BUFFER out = AZML__BUFFER_INIT;
  AZML_AUTO (azml_error) err = NULL;
  azml__frame frame;
  AZML_AUTO (json_t) json = json_pack ("{s:s}", "op", "probe");
  azml__frame_add (&out, AZML__FRAME_DATA, 2, 7, "abc", 3);
  ok (azml__frame_add_json (&out, AZML__FRAME_REQUEST, 8, json, &err) == 0,
      "frames add");
  ok (azml__frame_decode (out.data, 14, &frame, &err) == 0, "a part is not enough");
  ok (azml__frame_decode (out.data, out.length, &frame, &err) == 15,
      "the first frame");
  ok (frame.kind == AZML__FRAME_DATA && frame.stream == 2 && frame.id == 7
          && frame.length == 3 && memcmp (frame.payload, "abc", 3) == 0,
      "has what was put in");
  azml__buffer_drop (&out, 15);
  AZML_AUTO (json_t) back = NULL;
  ok (azml__frame_decode (out.data, out.length, &frame, &err) == (ssize_t)out.length
          && azml__frame_json (&frame, &back, &err) == 0 && json_equal (json, back),
      "JSON too");
  ok (azml__frame_decode ("\xff\xff\xff\xff....\1...", 12, &frame, &err)
          == AZML_E_PROTOCOL,
      "an overlong length is refused");
  ok (azml__frame_decode ("\0\0\0\0....\x20...", 12, &frame, &err)
          == AZML_E_PROTOCOL,
      "an unknown kind too");
}

static void
test_file (void)
{
  AZML_AUTO (azml_error) err = NULL;
  char folder[] = "/tmp/azml-test-XXXXXX";
  ok (mkdtemp (folder) != NULL, "a scratch folder");
  AZML_AUTO_FREE char *deep = azml__path_join (folder, "a/b/c");
  AZML_AUTO_FREE char *file = azml__path_join (deep, "f");
  ok (azml__folder_make (deep, 0700, &err) == 0, "make folders");
  ok (azml__folder_make (deep, 0700, &err) == 0, "again");
  ok (azml__file_replace (AT_FDCWD, file, "one\n", 4, 0600, 1, &err) == 0, "write");
  ok (azml__file_replace (AT_FDCWD, file, "two\n", 4, 0600, 0, &err) == 0,
      "replace");
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  ok (azml__file_read (AT_FDCWD, file, 100, &text, &err) == 0, "read");
  is_string (text.data, "two\n", "the new content");
  ok (azml__file_read (AT_FDCWD, file, 3, &text, &err) == AZML_E_TOO_LARGE,
      "a limit");
  ok (azml__folder_make (file, 0700, &err) == AZML_E_EXISTS, "a file in the way");
  int fd = -1;
  ok (azml__folder_open (deep, &fd, &err) == 0
          && azml__folder_refused (&err, EROFS, fd) == AZML_E_DENIED
          && strstr (azml_error_message (err), deep)
          && strstr (azml_error_hint (err), "read-only"),
      "a folder that takes nothing: which, and what to do");
  close (fd);
  ok (chmod (deep, 0500) == 0
          && azml__file_remove_tree (AT_FDCWD, folder, &err) == 0
          && access (folder, F_OK) < 0,
      "remove a tree, read-only folders too");
  ok (azml__file_remove_tree (AT_FDCWD, folder, &err) == 0, "none is fine");
}

static void
test_path (void)
{
  ok (azml__path_is_inside ("a/b"), "a/b is inside");
  static const char *const out[] = { "",    "/a",   "..", "a/..", "a/../b",
                                     "./a", "a//b", "a/", "a/." };
  for (size_t i = 0; i < sizeof out / sizeof *out; i++)
    ok (!azml__path_is_inside (out[i]), "'%s' is not", out[i]);
  AZML_AUTO_FREE char *sh = azml__path_program ("sh", "/nowhere::/bin");
  is_string (sh, "/bin/sh", "find a program");
  ok (azml__path_program ("no-such-program", NULL) == NULL, "or not");
}

static void
test_spawn (void)
{
  AZML_AUTO (azml_error) err = NULL;
  char *argv[] = { "sh", "-c", "kill -SEGV $$", NULL };
  azml__spawn spawn = { .program = "sh", .argv = argv, .fds = { -1, -1, -1 } };
  pid_t pid;
  int status;
  ok (azml__spawn_start (&spawn, &pid, &err) == 0
          && azml__spawn_wait (pid, &status, &err) == 0
          && azml__spawn_exit_code (status) == 128 + SIGSEGV,
      "a signal is 128 + n");
  spawn.program = "/no/such";
  ok (azml__spawn_start (&spawn, &pid, &err) == AZML_E_NOT_FOUND,
      "no such program");
}

static void
test_cancel (void)
{
  AZML_AUTO (azml_error) err = NULL;
  AZML_AUTO (azml_cancel) cancel = NULL;
  int ready;
  ok (azml_cancel_new (&cancel, &err) == 0, "a token");
  ok (azml__cancel_poll (cancel, NULL, 0, 1, &ready, &err) == 0 && ready == 0,
      "time is up");
  azml_cancel_set (cancel);
  azml_cancel_set (cancel);
  ok (azml__cancel_poll (cancel, NULL, 0, -1, &ready, &err) == AZML_E_CANCELLED,
      "set");
  azml_cancel_clear (cancel);
  ok (azml__cancel_poll (cancel, NULL, 0, 0, &ready, &err) == 0, "cleared");
}

static void
test_rest (void)
{
  AZML_AUTO (azml_error) err = NULL;
  char text[AZML__CLOCK_TEXT_SIZE], hex[AZML__DIGEST_HEX_SIZE],
      id[AZML__RANDOM_ID_SIZE];
  is_string (azml__clock_format (1769864759123, text), "2026-01-31T13:05:59.123Z",
             "time");
  ok (azml__clock_parse (text) == 1769864759123, "and back");
  ok (azml__clock_parse ("2026-01-31T13:05:59Z") == 1769864759000,
      "without a fraction");
  ok (azml__clock_parse ("yesterday") == -1, "not a time");
  azml__digest digest, again;
  azml__sha256_bytes ("abc", 3, &digest);
  is_string (azml__digest_hex (&digest, hex),
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
             "SHA-256 (FIPS 180-4, example)");
  ok (azml__digest_parse (hex, &again) == 0 && !memcmp (&digest, &again, 32),
      "and back");
  hex[3] = 'G';
  ok (azml__digest_parse (hex, &again) == -1, "not a digest");
  ok (azml__random_id (id, &err) == 0 && strlen (id) == 12
          && strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789") == 12,
      "a random id");
}

int
main (void)
{
  test_error ();
  test_json ();
  test_frame ();
  test_file ();
  test_path ();
  test_spawn ();
  test_cancel ();
  test_rest ();
  return done_testing ();
}
