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
#include "core/secret.h"

/* A package: its name as PEP 503 writes it, and what follows.  */
typedef struct package
{
  char name[64];
  const char *rest;
  int conda; /* "channel::name", "name=version=build": the build decides, not the name */
} package;

/* What always is for the CPU, unless one whose name begins with OTHER is there, too.  */
static const struct
{
  const char *name, *other, *instead;
} cpu_only[] = {
  { "tensorflow-cpu", NULL, "tensorflow" },
  { "tf-nightly-cpu", NULL, "tf-nightly" },
  { "intel-tensorflow", NULL, "tensorflow" },
  { "xgboost-cpu", NULL, "xgboost" },
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
  const char *channel = strstr (text, "::");
  if (channel)
    text = channel + 2;
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
          ret->conda = 0;
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
  ret->conda = channel || (text[0] == '=' && text[1] && text[1] != '=');
}

/* What a person wrote (new): a conda package without a channel comes as "::name"; of an
   address the password is left out.  */
static char *
said_of (const char *text)
{
  return azml__secret_hide (strncmp (text, "::", 2) == 0 ? text + 2 : text);
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

static int
has_exactly (const json_t *packages, const char *name)
{
  for (size_t i = 0; i < json_array_size (packages); i++)
    {
      package p;
      read_package (text_at (packages, i), &p);
      if (strcmp (p.name, name) == 0)
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
  static const char *const telling[] = { "+cpu", "%2Bcpu",  "/whl/cpu/", "=cpu",
                                         "*cpu", "py3.cpu", "_cpu_" };
  for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
    if (strcasestr (rest, telling[i]))
      return 1;
  return 0;
}

/* 1 if P says that its build is for the CPU: conda's word for it, which many frameworks
   share.  */
static int
is_conda_for_cpu (const package *p)
{
  static const char *const names[] = { "jaxlib",     "onnxruntime",
                                       "tensorflow", "tensorflow-base",
                                       "libtorch",   "mxnet" };
  for (size_t i = 0; p->conda && i < sizeof names / sizeof *names; i++)
    if (strcmp (p->name, names[i]) == 0)
      return strstr (p->rest, "=cpu") || strstr (p->rest, "*cpu");
  return 0;
}

/* The option or variable by which PyTorch is taken from its builds for the CPU, NULL: none
   says so.  PyTorch's own index has one folder for these; uv has a word for it.  */
static const char *
find_index_for_cpu (const json_t *packages)
{
  static const char *const endings[] = { "/whl/cpu", "/whl/cpu/",
                                         "torch-backend=cpu", "TORCH_BACKEND=cpu" };
  for (size_t i = 0; i < json_array_size (packages); i++)
    {
      const char *said = text_at (packages, i);
      size_t length = strlen (said);
      for (size_t k = 0; k < sizeof endings / sizeof *endings; k++)
        if (length >= strlen (endings[k])
            && strcmp (said + length - strlen (endings[k]), endings[k]) == 0)
          return said;
      if (strcmp (said, "--torch-backend") == 0
          && strcmp (text_at (packages, i + 1), "cpu") == 0)
        return "--torch-backend cpu";
    }
  return NULL;
}

/* JAX has CUDA by an extra or a plugin; what conda has of it is decided by the build.  */
static int
is_jax_without_cuda (const json_t *packages, const package *p)
{
  if (p->conda || strstr (p->rest, "cuda") || has (packages, "jax", 1))
    return 0;
  return strcmp (p->name, "jax") == 0
         || (strcmp (p->name, "jaxlib") == 0 && !has_exactly (packages, "jax"));
}

/* What is wrong with P, as "NAME ...: INSTEAD" in TEXT; 0 if nothing is.  */
static int
judge (const json_t *packages, const package *p, const char *said, char *text,
       size_t size)
{
  const char *from;
  for (size_t i = 0; i < sizeof cpu_only / sizeof *cpu_only; i++)
    if (strcmp (p->name, cpu_only[i].name) == 0
        && !(cpu_only[i].other && has (packages, cpu_only[i].other, 0))
        && !is_address_of_gpu (p->rest)
        && !(p->conda && strcmp (p->name, "onnxruntime") == 0))
      return snprintf (text, size, "'%s' is for the CPU: install '%s'", said,
                       cpu_only[i].instead);
  if (is_conda_for_cpu (p))
    return snprintf (text, size,
                     "'%s' is built for the CPU: install the one for CUDA", said);
  if (strcmp (p->name, "tensorflow") == 0 && is_before_2_1 (p->rest)
      && !(p->conda && strstr (p->rest, "gpu"))
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
  if (strcmp (p->name, "torch") == 0 && !p->conda && !strcasestr (p->rest, "+cu")
      && !strstr (p->rest, "://") && (from = find_index_for_cpu (packages)))
    {
      AZML_AUTO_FREE char *index = azml__secret_hide (from);
      return snprintf (
          text, size,
          "'%s' comes from PyTorch's builds for the CPU by '%s': leave "
          "that out",
          said, index ? index : "?");
    }
  if (strcmp (p->name, "pytorch-cpu") == 0 || strcmp (p->name, "cpuonly") == 0)
    return snprintf (text, size,
                     "'%s' chooses the PyTorch for the CPU: leave it out", said);
  if (is_jax_without_cuda (packages, p))
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
      char text[600];
      AZML_AUTO_FREE char *said = said_of (text_at (packages, i));
      read_package (text_at (packages, i), &p);
      if (said && strlen (said) < 200
          && judge (packages, &p, said, text, sizeof text))
        json_array_append_new (found, json_string (text));
    }
  return found;
}
