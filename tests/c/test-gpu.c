/* test-gpu.c: lists of GPUs, requests, and which GPUs a request is given.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include <string.h>

#include "core/buffer.h"
#include "core/json.h"
#include "gpu/capability.h"
#include "gpu/gpu.h"
#include "gpu/request.h"
#include "gpu/value.h"
#include "gpu/xml.h"
#include "tap.h"

#define MIB ((int64_t)1 << 20)

/* Three cards, the UUIDs not in the order of the bus.  */
static const char three[] =
    "<?xml version=\"1.0\" ?>\n"
    "<!DOCTYPE nvidia_smi_log SYSTEM \"nvsmi_device_v12.dtd\">\n"
    "<nvidia_smi_log>\n<timestamp>Sat Jan 31 13:05:59 2026</timestamp>\n"
    "<driver_version>550.54.15</driver_version><cuda_version>12.4</cuda_version>\n"
    "<attached_gpus>3</attached_gpus>\n"
    "<gpu id=\"00000000:07:00.0\"><product_name>NVIDIA "
    "A100-SXM4-40GB</product_name>"
    "<product_architecture>Ampere</product_architecture>"
    "<mig_mode><current_mig>Disabled</current_mig></mig_mode>"
    "<uuid>GPU-cc</uuid><fb_memory_usage><total>40960 MiB</total>"
    "<reserved>569 MiB</reserved><used>4 MiB</used><free>40386 MiB</free>"
    "</fb_memory_usage><bar1_memory_usage><total>65536 MiB</total>"
    "</bar1_memory_usage><compute_mode>Default</compute_mode>"
    "<utilization><gpu_util>37 %</gpu_util></utilization>"
    "<temperature><gpu_temp>31 C</gpu_temp></temperature>"
    "<gpu_power_readings><power_draw>52.25 W</power_draw>"
    "<current_power_limit>400.00 W</current_power_limit></gpu_power_readings>"
    "<processes><process_info><gpu_instance_id>N/A</gpu_instance_id>"
    "<compute_instance_id>N/A</compute_instance_id><pid>4711</pid><type>C</type>"
    "<process_name>/opt/a&amp;b/python3</process_name>"
    "<used_memory>1024 MiB</used_memory></process_info></processes></gpu>\n"
    "<gpu id=\"00000000:0F:00.0\"><product_name>NVIDIA "
    "A100-SXM4-40GB</product_name>"
    "<product_architecture>Ampere</product_architecture><uuid>GPU-aa</uuid>"
    "<fb_memory_usage><total>40960 MiB</total><used>4 MiB</used></fb_memory_usage>"
    "<compute_mode>Default</compute_mode><utilization><gpu_util>N/A</gpu_util>"
    "</utilization><processes></processes></gpu>\n"
    "<gpu id=\"00000000:8A:00.0\"><product_name>Tesla T4</product_name>"
    "<product_architecture>Turing</product_architecture><uuid>GPU-bb</uuid>"
    "<fb_memory_usage><total>15360 MiB</total><used>0 MiB</used></fb_memory_usage>"
    "<compute_mode>Prohibited</compute_mode><processes>N/A</processes></gpu>\n"
    "</nvidia_smi_log>\n";

static azml__gpu_list *
parse (const char *text)
{
  azml__gpu_list *list = NULL;
  AZML_AUTO (azml_error) err = NULL;
  if (azml__gpu_list_parse (text, strlen (text), &list, &err) < 0)
    printf ("# %s\n", azml_error_message (err));
  return list;
}

static void
test_list (void)
{
  AZML_AUTO (azml__gpu_list) list = parse (three);
  if (!ok (list && list->count == 3, "three GPUs are read"))
    return;
  azml__gpu *gpu = list->gpus;
  is_string (list->driver, "550.54.15", "the driver");
  is_string (list->cuda, "12.4", "CUDA");
  is_string (gpu->bus, "00000000:07:00.0", "the bus id");
  is_string (gpu->model, "NVIDIA A100-SXM4-40GB", "the model");
  is_string (gpu->uuid, "GPU-cc", "the UUID");
  ok (gpu->memory_total == 40960 * MIB && gpu->memory_free == 40386 * MIB
          && gpu->memory_used == 4 * MIB,
      "memory is the frame buffer's");
  ok (gpu->capability == 80, "an A100 is 8.0");
  ok (gpu->utilisation == 37 && gpu->temperature == 31, "readings");
  ok (gpu->power > 52.2 && gpu->power < 52.3 && gpu->power_limit > 399, "power");
  ok (gpu->n_processes == 1 && gpu->processes->pid == 4711
          && gpu->processes->compute && gpu->processes->memory == 1024 * MIB,
      "the process on it");
  is_string (gpu->processes->name, "/opt/a&b/python3",
             "its name, an entity undone");
  ok (gpu[1].utilisation == -1 && gpu[1].memory_free == -1 && gpu[1].power < 0,
      "what is not told is unknown");
  ok (gpu[1].processes_listed && !gpu[2].processes_listed,
      "no process is not the same as no list");
  ok (azml__gpu_is_device (gpu) && !azml__gpu_is_device (&gpu[2]),
      "a prohibited GPU is no device");
  ok (azml__gpu_find (list, "GPU-bb") == &gpu[2] && !azml__gpu_find (list, "GPU-x"),
      "found by UUID");
  AZML_AUTO_FREE char *text = azml__gpu_list_describe (list);
  is_string (text,
             "2 x NVIDIA A100-SXM4-40GB (40 GiB, 8.0), 1 x Tesla T4 (15 GiB, 7.5, "
             "computing is prohibited)",
             "described in a line");
}

static void
test_cut (void)
{
  size_t n = strlen (three), bad = 0;
  for (size_t i = 0; i < n - 2; i++)
    {
      azml__gpu_list *list = NULL;
      bad += azml__gpu_list_parse (three, i, &list, NULL) == 0;
      azml__gpu_list_free (list);
    }
  ok (bad == 0, "no part of the answer is taken for all of it");
  ok (azml__gpu_list_parse ("No devices were found\n", 22, NULL, NULL)
          == AZML_E_FORMAT,
      "a message is no XML");
}

/* What nvidia-smi prints where GPUs are lost, in the words of several drivers.  */
static void
test_lost (void)
{
  static const struct
  {
    const char *line, *bus;
    size_t place;
  } told[] = {
    { "GPU 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU",
      "00000000:02:00.0", 0 },
    { "GPU0000:0A:00.0: Unknown Error", "00000000:0A:00.0", 1 },
    { "GPU1: 0000:0a:00.0: Unknown Error", "00000000:0A:00.0", 1 },
    { "gpu 00000000:C1:00.0: Not Found", "00000000:C1:00.0", 3 },
    { "GPU2: Unknown Error", NULL, 2 },
  };
  for (size_t i = 0; i < sizeof told / sizeof *told; i++)
    {
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      azml__buffer_add_format (&text,
                               "Unable to determine the device handle for %s\n%s",
                               told[i].line, three);
      AZML_AUTO (azml__gpu_list) list = parse (text.data);
      const azml__gpu *lost =
          list && list->count == 4 ? &list->gpus[told[i].place] : NULL;
      ok (lost && lost->problem && !lost->uuid && !azml__gpu_is_device (lost)
              && lost->index == (int64_t)told[i].place,
          "lost: %s", told[i].line);
      is_string (lost ? lost->bus : "", told[i].bus, "where it is");
    }
}

/* What stands behind the XML, and several answers in a row.  */
static void
test_beside (void)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
  azml__buffer_add_format (
      &text, "%sWARNING: infoROM is corrupted at gpu 0000:07:00.0\n", three);
  AZML_AUTO (azml__gpu_list) warned = parse (text.data);
  ok (warned && warned->count == 3, "a warning behind the XML is passed over");
  azml__buffer_add_text (
      &text,
      "Unable to determine the device handle for GPU0000:10:00.0: x\n"
      "<?xml version=\"1.0\" ?>\n<nvidia_smi_log><gpu id=\"00000000:C0:00.0\">"
      "<uuid>GPU-last</uuid></gpu></nvidia_smi_log>\n");
  AZML_AUTO (azml__gpu_list) both = parse (text.data);
  ok (both && both->count == 5 && both->gpus[2].problem && both->gpus[4].index == 4
          && azml__gpu_find (both, "GPU-last"),
      "answers for one GPU each are one list, the lost one in its place");
}

/* Instances keep their GPU when one that is lost comes before it; some drivers name
   them in the XML.  */
static void
test_instances (void)
{
  static const char text[] =
      "Unable to determine the device handle for GPU0: 0000:01:00.0: Unknown "
      "Error\n"
      "<?xml version=\"1.0\" ?><nvidia_smi_log><gpu id=\"00000000:10:00.0\">"
      "<product_name>NVIDIA H100</product_name>"
      "<mig_mode><current_mig>Enabled</current_mig></mig_mode><mig_devices>"
      "<mig_device><index>0</index><uuid>MIG-a</uuid><gpu_instance_id>1"
      "</gpu_instance_id><compute_instance_id>0</compute_instance_id></mig_device>"
      "<mig_device><index>1</index><gpu_instance_id>5</gpu_instance_id>"
      "<compute_instance_id>0</compute_instance_id></mig_device></mig_devices>"
      "<uuid>GPU-h</uuid><processes><process_info><gpu_instance_id>5"
      "</gpu_instance_id><compute_instance_id>0</compute_instance_id><pid>9</pid>"
      "<type>M+C</type></process_info></processes></gpu></nvidia_smi_log>";
  static const char names[] = "GPU 1: NVIDIA H100 (UUID: GPU-h)\n"
                              "  MIG 3g.40gb     Device  0: (UUID: MIG-a)\n"
                              "  MIG 1c.2g.20gb  Device  1: (UUID: MIG-b)\n";
  AZML_AUTO (azml__gpu_list) list = parse (text);
  if (!ok (list && list->count == 4, "a lost GPU, one in MIG mode, two instances"))
    return;
  ok (list->gpus[2].parent == 1 && list->gpus[3].parent == 1, "which are its own");
  is_string (list->gpus[2].uuid, "MIG-a", "a UUID from the XML");
  azml__gpu_list_add_instances (list, names, strlen (names));
  is_string (list->gpus[2].model, "NVIDIA H100 MIG 3g.40gb", "gets its profile");
  is_string (list->gpus[3].uuid, "MIG-b", "another from the list");
  ok (list->gpus[3].n_processes == 1 && list->gpus[3].processes->compute,
      "a process under MPS computes");
}

/* Power and resets by driver.  */
static void
test_drivers (void)
{
  static const struct
  {
    const char *text;
    double power, limit;
    int works;
  } said[] = {
    { "<power_readings><power_draw>37.29 W</power_draw><power_limit>420.00 W"
      "</power_limit><enforced_power_limit>300.00 W</enforced_power_limit>"
      "</power_readings>",
      37.29, 300, 1 },
    { "<gpu_power_readings><power_draw>17.89 W</power_draw><current_power_limit>"
      "220.00 W</current_power_limit></gpu_power_readings><module_power_readings>"
      "<power_draw>N/A</power_draw></module_power_readings>"
      "<gpu_reset_status><reset_required>Yes</reset_required></gpu_reset_status>",
      17.89, 220, 0 },
    { "<gpu_power_readings><power_state>Requested functionality has been deprecated"
      "</power_state><average_power_draw>3.97 W</average_power_draw>"
      "<instant_power_draw>3.99 W</instant_power_draw><current_power_limit>300.00 W"
      "</current_power_limit></"
      "gpu_power_readings><gpu_reset_status><reset_required>"
      "Requested functionality has been deprecated</reset_required>"
      "</gpu_reset_status><gpu_recovery_action>None</gpu_recovery_action>",
      3.99, 300, 1 },
    { "<gpu_recovery_action>Reset</gpu_recovery_action>", -1, -1, 0 },
    { "<gpu_recovery_action>Drain and Reset</gpu_recovery_action>", -1, -1, 0 },
    { "<gpu_recovery_action>Drain P2P</gpu_recovery_action>", -1, -1, 1 },
  };
  for (size_t i = 0; i < sizeof said / sizeof *said; i++)
    {
      AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
      azml__buffer_add_format (
          &text,
          "<?xml version=\"1.0\" ?><nvidia_smi_log><cuda_version>Not Found"
          "</cuda_version><gpu id=\"00000000:01:00.0\"><uuid>GPU-a</uuid>"
          "<fb_memory_usage><total>8188 MiB</total></fb_memory_usage>%s</gpu>"
          "</nvidia_smi_log>",
          said[i].text);
      AZML_AUTO (azml__gpu_list) list = parse (text.data);
      const azml__gpu *gpu = list && list->count == 1 ? list->gpus : NULL;
      ok (gpu && !list->cuda
              && (int)(gpu->power * 100) == (int)(said[i].power * 100)
              && (int)gpu->power_limit == (int)said[i].limit
              && azml__gpu_is_device (gpu) == said[i].works,
          "%.60s", said[i].text);
    }
}

static azml__gpu_request *
request (const char *text)
{
  AZML_AUTO (json_t) json = json_loads (text, JSON_DECODE_ANY, NULL);
  AZML_AUTO (azml_error) err = NULL;
  azml__gpu_request *made = NULL;
  if (azml__gpu_request_read (json, &made, &err) < 0)
    printf ("# %s: %s\n", text, azml_error_message (err));
  return made;
}

/* Check that TEXT is given the UUIDs WANT with the FREE flags, or waits (NULL).  */
static void
check_match (const azml__gpu_list *list, const char *text,
             const unsigned char *free, const char *want)
{
  AZML_AUTO (azml__gpu_request) asked = request (text);
  AZML_AUTO_BUFFER got = AZML__BUFFER_INIT;
  size_t picks[8], n = 9;
  int met = asked && azml__gpu_request_match (asked, list, free, picks, &n);
  for (size_t i = 0; met && i < n; i++)
    azml__buffer_add_format (&got, "%s%s", i ? " " : "", list->gpus[picks[i]].uuid);
  AZML_AUTO_FREE char *result = met ? azml__buffer_steal (&got) : NULL;
  is_string (result, want, text);
}

static void
test_match (void)
{
  static const unsigned char none[3] = { 0, 0, 0 }, last[3] = { 0, 1, 1 };
  AZML_AUTO (azml__gpu_list) list = parse (three);
  check_match (list, "{}", NULL, "GPU-aa");
  check_match (list, "{\"count\":2}", NULL, "GPU-aa GPU-cc");
  check_match (list, "{\"count\":2}", last, NULL);
  check_match (list, "{\"count\":1}", last, "GPU-aa");
  check_match (list, "{\"count\":\"all\"}", NULL, "GPU-aa GPU-cc");
  check_match (list, "{\"count\":\"all\"}", last, NULL);
  check_match (list, "{\"count\":0}", none, "");
  check_match (list, "{\"count\":1}", none, NULL);
  check_match (list, "{\"count\":3,\"optional\":true}", none, "");
  check_match (list, "{\"count\":1,\"optional\":true}", none, NULL);
  check_match (list, "{\"model\":\"h100|a100\"}", NULL, "GPU-aa");
  check_match (list, "{\"model\":\"H100\"}", NULL, NULL);
  check_match (list, "{\"memory\":42949672960}", NULL, "GPU-aa");
  check_match (list, "{\"memory\":85899345920}", NULL, NULL);
  check_match (list, "{\"capability\":\"8.0\"}", NULL, "GPU-aa");
  check_match (list, "{\"capability\":\"9.0\"}", NULL, NULL);
  size_t picks[] = { 1, 0 };
  AZML_AUTO_FREE char *visible = azml__gpu_visible (list, picks, 2);
  is_string (visible, "GPU-cc,GPU-aa", "visible in the order of the bus");
  AZML_AUTO_FREE char *nothing = azml__gpu_visible (list, picks, 0);
  is_string (nothing, "", "nothing is visible");
}

static void
test_refusal (void)
{
  AZML_AUTO (azml__gpu_list) list = parse (three);
  AZML_AUTO (azml__gpu_request)
  asked = request ("{\"count\":3,\"model\":\"A100\",\"memory\":17179869184}");
  AZML_AUTO (azml__gpu_request)
  optional = request ("{\"count\":3,\"optional\":true}");
  AZML_AUTO (azml_error) err = NULL;
  ok (azml__gpu_request_check (asked, list, &err) == AZML_E_UNSUPPORTED,
      "what can never be is refused");
  is_string (
      azml_error_message (err),
      "this machine can never give 3 GPUs of model A100 with 16 GiB; it has: 2 x "
      "NVIDIA A100-SXM4-40GB (40 GiB, 8.0), 1 x Tesla T4 (15 GiB, 7.5, "
      "computing is prohibited)",
      "with what there is");
  ok (azml__gpu_request_check (optional, list, NULL) == 0,
      "an optional one never is");
}

static void
test_bad_requests (void)
{
  static const char *const bad[] = { "[]",
                                     "{\"count\":-1}",
                                     "{\"count\":\"two\"}",
                                     "{\"count\":1.5}",
                                     "{\"memory\":\"16GiB\"}",
                                     "{\"memory\":-1}",
                                     "{\"model\":\"\"}",
                                     "{\"model\":1}",
                                     "{\"capability\":8}",
                                     "{\"capability\":\"new\"}",
                                     "{\"capability\":\"8.x\"}",
                                     "{\"optional\":1}",
                                     "{\"require_use\":\"yes\"}" };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      AZML_AUTO (json_t) json = json_loads (bad[i], JSON_DECODE_ANY, NULL);
      azml__gpu_request *made = NULL;
      ok (azml__gpu_request_read (json, &made, NULL) == AZML_E_FORMAT && !made,
          "refused: %s", bad[i]);
    }
  azml__gpu_request *made = (azml__gpu_request *)&bad;
  ok (azml__gpu_request_read (NULL, &made, NULL) == 0 && !made,
      "nothing is no request");
}

static void
test_values (void)
{
  ok (azml__gpu_value_bytes ("1024 MiB") == 1024 * MIB
          && azml__gpu_value_bytes ("7") == 7 * MIB
          && azml__gpu_value_bytes ("[N/A]") == -1
          && azml__gpu_value_bytes ("1 parsec") == -1,
      "memory");
  ok (azml__gpu_value_is_missing ("[Not Supported]")
          && azml__gpu_value_is_missing (
              "Requested functionality has been deprecated")
          && azml__gpu_value_is_missing ("Not Found")
          && azml__gpu_value_is_missing ("ERR!") && azml__gpu_value_is_missing ("")
          && !azml__gpu_value_is_missing ("0"),
      "what is no value");
  ok (azml__gpu_value_is_error ("[Unknown Error]")
          && azml__gpu_value_is_error ("ERR!") && !azml__gpu_value_is_error ("N/A"),
      "what is trouble");
  ok (azml__gpu_value_capability ("8.6") == 86
          && azml__gpu_value_capability ("12.0") == 120
          && azml__gpu_value_capability ("9") == 90
          && azml__gpu_value_capability ("x") == -1,
      "capabilities");
}

static void
test_capabilities (void)
{
  static const struct
  {
    const char *model, *architecture;
    int capability;
  } known[] = { { "NVIDIA A100-SXM4-40GB", "Ampere", 80 },
                { "NVIDIA A10", "Ampere", 86 },
                { "NVIDIA A10G", "Ampere", 86 },
                { "NVIDIA A40", "Ampere", 86 },
                { "NVIDIA GeForce RTX 3090", "Ampere", 86 },
                { "NVIDIA GeForce RTX 4090", "Ada Lovelace", 89 },
                { "NVIDIA L4", "Ada Lovelace", 89 },
                { "NVIDIA L40S", "Ada Lovelace", 89 },
                { "NVIDIA H100 80GB HBM3", "Hopper", 90 },
                { "NVIDIA H200", "Hopper", 90 },
                { "NVIDIA GH200 480GB", "Hopper", 90 },
                { "Tesla T4", "Turing", 75 },
                { "Tesla V100-SXM2-16GB", "Volta", 70 },
                { "Tesla P100-PCIE-16GB", "Pascal", 60 },
                { "NVIDIA GeForce GTX 1050", "Pascal", 61 },
                { "GeForce GTX 1080 Ti", NULL, 61 },
                { "GeForce RTX 2080 Ti", NULL, 75 },
                { "Tesla K80", "Kepler", 37 },
                { "NVIDIA B200", "Blackwell", 100 },
                { "NVIDIA GeForce RTX 5090", "Blackwell", 120 },
                { "NVIDIA GB10", "Blackwell", 121 },
                { "Some Card", "Rubin", -1 } };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    {
      int64_t got = azml__gpu_capability (known[i].model, known[i].architecture);
      ok (got == known[i].capability, "%s is %d (%d)", known[i].model,
          known[i].capability, (int)got);
    }
}

int
main (void)
{
  test_list ();
  test_cut ();
  test_lost ();
  test_beside ();
  test_instances ();
  test_drivers ();
  test_match ();
  test_refusal ();
  test_bad_requests ();
  test_values ();
  test_capabilities ();
  return done_testing ();
}
