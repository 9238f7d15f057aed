/* capability.c: the compute capability of a model.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   nvidia-smi tells it only to --query-gpu, and only since driver 510, while all else
   comes from -q -x in one go.  It follows from the chip, so it is looked up: a word of
   the name first, then the architecture where all its chips but those named are alike. */

#include <config.h>

#include "gpu/capability.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

typedef struct chip
{
  const char *word; /* begins a word of the name */
  int capability;
} chip;

static const chip chips[] = {
  { "GB300", 103 },    { "B300", 103 },   { "GB200", 100 },
  { "B200", 100 },     { "GB10", 121 },   { "B100", 100 },
  { "GH200", 90 },     { "H200", 90 },    { "H100", 90 },
  { "H800", 90 },      { "H20", 90 },     { "L40", 89 },
  { "L4", 89 },        { "L20", 89 },     { "L2", 89 },
  { "A100", 80 },      { "A800", 80 },    { "A30", 80 },
  { "Orin", 87 },      { "Thor", 110 },   { "Xavier", 72 },
  { "V100", 70 },      { "TITAN V", 70 }, { "Quadro GV100", 70 },
  { "CMP 170HX", 80 }, { "P100", 60 },    { "Quadro GP100", 60 },
  { "GTX 750", 50 },   { "GTX 745", 50 }, { "K80", 37 },
  { "K40", 35 },       { "K20", 35 },     { "M10", 50 },
};

static const chip architectures[] = {
  { "Hopper", 90 }, { "Ada", 89 },    { "Ampere", 86 },  { "Turing", 75 },
  { "Volta", 70 },  { "Pascal", 61 }, { "Maxwell", 52 },
};

/* Names by which older drivers, which tell no architecture, are understood.  */
static const chip series[] = {
  { "RTX 50", 120 },    { "RTX PRO", 120 }, { "RTX 40", 89 }, { "RTX 30", 86 },
  { "A40", 86 },        { "A16", 86 },      { "A10", 86 },    { "A2", 86 },
  { "RTX 20", 75 },     { "GTX 16", 75 },   { "T4", 75 },     { "TITAN RTX", 75 },
  { "Quadro RTX", 75 }, { "GTX 10", 61 },   { "P40", 61 },    { "P4", 61 },
  { "TITAN X", 61 },    { "GTX 9", 52 },    { "M40", 52 },    { "M60", 52 },
};

/* 1 if WORD stands in MODEL where a word begins; one that ends with a digit is not
   followed by another unless it names a series ("RTX 30").  */
static int
has_word (const char *model, const char *word, int series_of)
{
  size_t n = strlen (word);
  for (const char *p = model; *p; p++)
    if ((p == model || !isalnum ((unsigned char)p[-1]))
        && strncasecmp (p, word, n) == 0
        && (series_of || !isdigit ((unsigned char)p[n])))
      return 1;
  return 0;
}

int64_t
azml__gpu_capability (const char *model, const char *architecture)
{
  for (size_t i = 0; model && i < sizeof chips / sizeof *chips; i++)
    if (has_word (model, chips[i].word, 0))
      return chips[i].capability;
  for (size_t i = 0;
       architecture && i < sizeof architectures / sizeof *architectures; i++)
    if (has_word (architecture, architectures[i].word, 0))
      return architectures[i].capability;
  for (size_t i = 0; model && i < sizeof series / sizeof *series; i++)
    if (has_word (model, series[i].word, strchr (series[i].word, ' ') != NULL))
      return series[i].capability;
  return -1;
}
