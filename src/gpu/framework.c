/* framework.c: packages that compute on the CPU alone.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <config.h>

#include "gpu/framework.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"

/* A package: its name as PEP 503 writes it, and what follows.  */
typedef struct package
{
  char name[64];
  const char *rest;
} package;

/* What always is for the CPU, unless one whose name begins with OTHER is there, too.  */
static const struct
{
  const char *name, *other, *instead;
} cpu_only[] = {
  { "tensorflow-cpu", NULL, "tensorflow" },
  { "cntk", "cntk-gpu", "cntk-gpu" },
  { "faiss-cpu", "faiss-gpu", "faiss-gpu" },
  { "onnxruntime", "onnxruntime-gpu", "onnxruntime-gpu" },
  { "mxnet", "mxnet-cu", "mxnet-cu110" },
  { "paddlepaddle", "paddlepaddle-gpu", "paddlepaddle-gpu" },
};

/* A wheel that stands alone by its address has its name in that.  */
static void
read_package (const char *text, package *ret)
{
  size_t n = 0;
  while (isspace ((unsigned char)*text))
    text++;
  const char *all = text, *address = strstr (text, "://");
  if (address && strcspn (text, "@=<> ") > (size_t)(address - text))
    {
      const char *base = strrchr (text, '/') + 1;
      size_t length = strcspn (base, "-");
      if (length < sizeof ret->name)
        {
          snprintf (ret->name, sizeof ret->name, "%.*s", (int)length, base);
          for (char *c = ret->name; *c; c++)
            *c = *c == '_' ? '-' : (char)tolower ((unsigned char)*c);
          ret->rest = all;
          return;
        }
    }
  for (; isalnum ((unsigned char)*text) || strchr ("-_.", *text); text++)
    {
      if (!*text || n == sizeof ret->name - 1)
        break;
      int c = isalnum ((unsigned char)*text) ? tolower ((unsigned char)*text) : '-';
      if (c != '-' || !n || ret->name[n - 1] != '-')
        ret->name[n++] = (char)c;
    }
  ret->name[n] = '\0';
  ret->rest = text;
}

static const char *
text_at (const json_t *packages, size_t i)
{
  const char *text = json_string_value (json_array_get (packages, i));
  return text ? text : "";
}

/* 1 if there is a package whose name begins with PREFIX (and "cuda" in the rest of what
   is said of it, if CUDA).  */
static int
has (const json_t *packages, const char *prefix, int cuda)
{
  for (size_t i = 0; i < json_array_size (packages); i++)
    {
      package p;
      read_package (text_at (packages, i), &p);
      if (strncmp (p.name, prefix, strlen (prefix)) == 0
          && (!cuda || strstr (p.name, "cuda") || strstr (p.rest, "cuda")))
        return 1;
    }
  return 0;
}

/* 1 if REST ("==1.15.5", ">=1.15,<2", "=1.15=mkl_py37") names a version that cannot be
   2.1 or later.  */
static int
is_before_2_1 (const char *rest)
{
  int major = 0, minor = 0;
  const char *exact = strchr (rest, '='), *below = strchr (rest, '<');
  if (*rest == '~' || *rest == '=')
    exact += strspn (exact, "=");
  else
    exact = NULL;
  if (exact && sscanf (exact, " %d.%d", &major, &minor) >= 1)
    return major < 2 || (major == 2 && minor < 1);
  if (below
      && sscanf (below + 1 + (below[1] == '='), " %d.%d", &major, &minor) >= 1)
    return major < 2 || (major == 2 && minor <= 1 && below[1] != '=');
  return 0;
}

/* 1 if the address in REST is that of a build for the GPU: CNTK's wheels have one name.  */
static int
is_address_of_gpu (const char *rest)
{
  return strstr (rest, "://") && strcasestr (rest, "/GPU");
}

/* 1 if REST, version or address of a PyTorch, is that of one for the CPU.  */
static int
is_torch_for_cpu (const char *rest)
{
  static const char *const telling[] = { "+cpu",  "%2Bcpu",  "/whl/cpu/",
                                         "=cpu_", "py3.cpu", "_cpu_" };
  for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
    if (strcasestr (rest, telling[i]))
      return 1;
  return 0;
}

/* What is wrong with P, as "NAME ...: INSTEAD" in TEXT; 0 if nothing is.  */
static int
judge (const json_t *packages, const package *p, const char *said, char *text,
       size_t size)
{
  for (size_t i = 0; i < sizeof cpu_only / sizeof *cpu_only; i++)
    if (strcmp (p->name, cpu_only[i].name) == 0
        && !(cpu_only[i].other && has (packages, cpu_only[i].other, 0))
        && !is_address_of_gpu (p->rest))
      return snprintf (text, size, "'%s' is for the CPU: install '%s'", said,
                       cpu_only[i].instead);
  if (strcmp (p->name, "tensorflow") == 0 && is_before_2_1 (p->rest)
      && !has (packages, "tensorflow-gpu", 0))
    return snprintf (text, size,
                     "'%s' is for the CPU, as every tensorflow before 2.1: install "
                     "'tensorflow-gpu'",
                     said);
  if (strcmp (p->name, "tensorflow-gpu") == 0)
    return 0;
  if ((strcmp (p->name, "torch") == 0 || strcmp (p->name, "pytorch") == 0)
      && is_torch_for_cpu (p->rest))
    return snprintf (text, size,
                     "'%s' is built for the CPU: install the one for CUDA", said);
  if (strcmp (p->name, "pytorch-cpu") == 0 || strcmp (p->name, "cpuonly") == 0)
    return snprintf (text, size,
                     "'%s' chooses the PyTorch for the CPU: leave it out", said);
  if (strcmp (p->name, "jax") == 0 && !strstr (p->rest, "cuda")
      && !has (packages, "jax", 1))
    return snprintf (text, size, "'%s' comes without CUDA: install 'jax[cuda12]'",
                     said);
  return 0;
}

json_t *
azml__gpu_cpu_builds (const json_t *packages)
{
  json_t *found = json_array ();
  for (size_t i = 0; found && i < json_array_size (packages); i++)
    {
      package p;
      char text[300];
      const char *said = text_at (packages, i);
      read_package (said, &p);
      if (strlen (said) < 200 && judge (packages, &p, said, text, sizeof text))
        json_array_append_new (found, json_string (text));
    }
  return found;
}
