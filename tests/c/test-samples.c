/* test-samples.c: what samples of GPUs prove, and what gpu.jsonl says of it later.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <fcntl.h>

#include "core/buffer.h"
#include "core/json.h"
#include "gpu/sample.h"
#include "runs.h"
#include "tap.h"

#define MIB ((int64_t)1 << 20)

/* ROUNDS of one GPU with MEMORY (MiB) and UTILISATION as nvidia-smi tells them, and
   a process of the run on it if OWN, of somebody else if OTHER.  */
static void
take (azml__samples *samples, int rounds, const char *memory,
      const char *utilisation, int own, int other)
{
  char line[200];
  snprintf (line, sizeof line, "GPU-a, %s, %s, 100.00, 40", memory, utilisation);
  for (int i = 0; i < rounds; i++)
    {
      azml__samples_reading (samples, line, 1000 * (i + 1), NULL);
      azml__samples_clear_processes (samples);
      if (own)
        azml__samples_count_process (samples, "GPU-a", 300 * MIB, 1);
      if (other)
        azml__samples_count_process (samples, "GPU-a", 200 * MIB, 0);
      samples->process_rounds += samples->pids_visible;
    }
  azml__samples_end (samples, 1000 * rounds, NULL);
}

/* What was USED, and whether by PROCESSES that were seen, after the readings BEFORE and
   those of TAKE.  */
static void
check (const char *name, int visible, const char *before, int rounds,
       const char *memory, const char *utilisation, int own, int other,
       const char *used, const char *processes)
{
  AZML_AUTO_SAMPLES samples = { .pids_visible = visible };
  take (&samples, 1, before, "0", 0, 0);
  samples.rounds = samples.process_rounds = 0;
  take (&samples, rounds, memory, utilisation, own, other);
  is_string (azml__fact_name (azml__samples_used (&samples)), used, name);
  is_string (azml__fact_name (azml__samples_processes (&samples)), processes,
             "by its processes");
}

static void
test_proof (void)
{
  check ("a process was seen", 1, "4", 3, "304", "50", 1, 0, "yes", "yes");
  check ("none was", 1, "4", 5, "4", "0", 0, 0, "no", "no");
  check ("too few looks", 1, "4", 2, "4", "0", 0, 0, "unknown", "unknown");
  check ("invisible pids, memory rose", 0, "4", 3, "304", "0", 0, 0, "yes",
         "unknown");
  check ("invisible pids, it was busy", 0, "4", 3, "4", "50", 0, 0, "yes",
         "unknown");
  check ("invisible pids, nothing rose", 0, "4", 5, "4", "0", 0, 0, "no",
         "unknown");
  check ("invisible pids, nothing is told", 0, "[N/A]", 5, "[N/A]", "[N/A]", 0, 0,
         "unknown", "unknown");
  check ("memory rose, nobody is listed", 1, "4", 3, "304", "0", 0, 0, "yes",
         "unknown");
  check ("memory rose by somebody else", 1, "4", 5, "204", "50", 0, 1, "unknown",
         "no");
  check ("numbers that cannot be", 0, "[N/A]", 5, "[N/A]", "4000", 0, 0, "unknown",
         "unknown");
  AZML_AUTO_SAMPLES samples = { 0 };
  ok (azml__samples_reading (&samples, "GPU-a, 4, 50, 52,25, 40", 1, NULL) == -1,
      "a decimal comma shifts the fields");
}

/* Samples of gpu.jsonl with TEXT in it; free the folder.  */
static void
replay (const char *text, azml__samples *ret)
{
  char *folder = scratch_make ();
  AZML_AUTO_FREE char *file = azml__path_join (folder, "gpu.jsonl");
  int fd = open (file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || write (fd, text, strlen (text)) < 0)
    printf ("Bail out! %s cannot be written\n", file);
  close (fd);
  fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  azml__samples_replay (ret, fd);
  close (fd);
  scratch_remove (folder);
}

static void
test_replay (void)
{
  AZML_AUTO_SAMPLES samples = { 0 };
  AZML_AUTO (json_t)
  status = json_pack ("{s:[{s:s, s:s}, {s:s}]}", "gpus", "uuid", "GPU-a", "model",
                      "A100", "uuid", "GPU-b");
  replay (
      "{\"time\":\"2026-01-31T13:00:01.000Z\",\"gpus\":[{\"uuid\":\"GPU-a\","
      "\"memory\":314572800,\"utilisation\":40,\"power\":100.0,\"temperature\":30,"
      "\"processes\":1,\"own\":209715200}]}\n"
      "what is no JSON\n"
      "{\"time\":\"2026-01-31T13:00:02.000Z\",\"gpus\":[]}\n"
      "{\"time\":\"2026-01-31T13:00:03.000Z\",\"gpus\":[{\"uuid\":\"GPU-a\","
      "\"memory\":524288000,\"utilisation\":60,\"power\":200.0},"
      "{\"uuid\":\"; rm -rf\"},{\"uuid\":7},{\"uuid\":\"GPU-c\","
      "\"memory\":-5,\"utilisation\":1e300,\"power\":\"NaN\",\"own\":\"x\"},3]}\n"
      "{\"time\":\"2026-01-31T13:00:04.000Z\",\"gpus\":[{\"uuid\":\"GPU-a\","
      "\"utilisation\":",
      &samples);
  ok (samples.rounds == 2, "two rounds are whole and say something (%d)",
      samples.rounds);
  is_string (azml__fact_name (azml__samples_processes (&samples)), "yes",
             "a process of the run was seen");
  azml__samples_note (&samples, NULL, status);
  const json_t *gpus = json_object_get (status, "gpus");
  const json_t *gpu = json_array_get (gpus, 0);
  ok (json_array_size (gpus) == 2, "the GPUs of the run stay what they are");
  is_string (azml__json_string (gpu, "model"), "A100", "the model is kept");
  ok (azml__json_integer (gpu, "peak_memory", 0) == 200 * MIB,
      "peak memory of its processes");
  ok (azml__json_integer (gpu, "peak_utilisation", 0) == 60, "peak utilisation");
  ok (json_number_value (json_object_get (gpu, "mean_utilisation")) == 50.0,
      "mean");
  ok (json_number_value (json_object_get (gpu, "energy")) == 500.0,
      "energy: a second of 100 W, two of 200");
}

static void
test_replay_none (void)
{
  AZML_AUTO_SAMPLES empty = { 0 }, idle = { 0 };
  replay ("", &empty);
  ok (empty.rounds == 0 && empty.count == 0, "an empty file");
  replay ("{\"time\":\"2026-01-31T13:00:01.000Z\",\"gpus\":[{\"uuid\":\"GPU-a\","
          "\"memory\":4194304,\"utilisation\":0}]}\n",
          &idle);
  is_string (azml__fact_name (azml__samples_processes (&idle)), "unknown",
             "that no process is in the file proves nothing");
}

int
main (void)
{
  test_proof ();
  test_replay ();
  test_replay_none ();
  return done_testing ();
}
