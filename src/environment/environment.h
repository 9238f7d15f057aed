/* environment.h: what a run needs installed: its hash, and the steps that build it.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Runs on the machine where the environment will be used, so that builder, platform
   and Python are what is really there.  The specification is that of
   doc/run-directory.md, Environment.  */

#ifndef AZML_ENVIRONMENT_ENVIRONMENT_H
#define AZML_ENVIRONMENT_ENVIRONMENT_H

#include <azml/cancel.h>
#include <jansson.h>

#include "core/error.h"

/* What to do for a specification on this machine.  */
typedef struct azml__environment_plan
{
  json_t *spec;
  char *builder;     /* "uv", "venv", "micromamba", "mamba", "conda", "pixi";
                        NULL: nothing is built (system Python, or a prefix) */
  char *hash;        /* 64 hex digits, NULL if nothing is built */
  char *path;        /* ROOT/env/HASH, NULL if nothing is built */
  char *base_python; /* the interpreter found here, NULL if none is needed */
  char *python;      /* its version, "3.11.2" */
  char **prefix;     /* command prefix, or NULL */
  json_t *steps;     /* [[argv...], ...] that build it; for people and for build */
  char *program;     /* the builder's, NULL if base_python is all it needs */
  char *search;      /* PATH for the builder, NULL: this process's */
} azml__environment_plan;

void azml__environment_plan_done (azml__environment_plan *plan);

/* Decide how SPEC (NULL or {}: nothing needed) is met under ROOT with what SEARCH
   (a PATH; NULL: the process's) offers.  No silent substitution:
   AZML_E_ENVIRONMENT says which builder or which python is missing, with a hint
   what to install.  AZML_E_INVALID: SPEC is malformed.  */
int azml__environment_make_plan (const json_t *spec, const char *root,
                                 const char *search, azml__environment_plan *ret,
                                 azml_error **err);

/* 1 if the environment of PLAN is there, complete.  */
int azml__environment_is_complete (const azml__environment_plan *plan);

typedef struct azml__environment_options
{
  int log_fd; /* gets what the builder prints; -1: nowhere */
  azml_cancel *cancel;
  const char *holder; /* what others who wait are told, e.g. the run's id */
  /* Called with {"event": "environment", "what":
     "found"|"waiting"|"building"|"built", "hash": ..., "builder": ..., "for":
     holder...}, or NULL.  "for" is who is waited for, or for whom it is built.  */
  void (*event) (json_t *event, void *data);
  void *data;
} azml__environment_options;

/* That an environment is used: nobody removes it, nor builds it anew, meanwhile.  */
typedef struct azml__environment_use
{
  int lock;    /* shared; close-on-exec; -1: none can be had */
  char *stamp; /* its file `complete`, NULL: nothing is used */
} azml__environment_use;

#define AZML__ENVIRONMENT_USE_INIT                                                 \
  {                                                                                \
    -1, NULL                                                                       \
  }

/* End the use, and note that it was used until now.  */
void azml__environment_use_done (azml__environment_use *use);
#define AZML_AUTO_ENVIRONMENT_USE                                                  \
  AZML_CLEANUP (azml__environment_use_done) azml__environment_use

/* Make sure that the environment is there: find it, wait for another who builds it,
   or build it.  Store in *RET_USE that it is used, in *RET_BUILT 1 if this call built
   it.  AZML_E_ENVIRONMENT: the builder failed; the message ends with its own last
   lines, and nothing stays that counts as an environment.  AZML_E_CANCELLED likewise.
 */
int azml__environment_ensure (const azml__environment_plan *plan,
                              const azml__environment_options *options,
                              azml__environment_use *ret_use, int *ret_built,
                              azml_error **err);

/* The content of `complete` (new): hash, builder, python, packages, ...  */
int azml__environment_describe (const azml__environment_plan *plan, json_t **ret,
                                azml_error **err);

/* All environments under ROOT: a new array of what `complete` says plus "path",
   "bytes" and "used" (time of last use).  */
int azml__environment_list (const char *root, json_t **ret, azml_error **err);

/* What of the environments under a root is to be removed.  */
typedef struct azml__environment_policy
{
  int dry_run;
  double age;    /* seconds: what was never finished and is older */
  double unused; /* seconds: what was not used for so long; negative: nothing */
} azml__environment_policy;

/* Remove from ROOT what POLICY says, unless it is used or built, and what belongs to no
   environment.  Append {"what": "environment" or "file", "name", "bytes"} for each to
   REMOVED; for an environment also "path", and "used" if it was complete.  */
int
azml__environment_collect (const char *root, const azml__environment_policy *policy,
                           json_t *removed, azml_error **err);

/* What a command run in the environment needs: the folder to put at the front of
   PATH (new; NULL if none), the interpreter (new; NULL: leave "python3" as it is)
   and the variables {name: value} (new).  */
int azml__environment_activate (const azml__environment_plan *plan, char **ret_bin,
                                char **ret_python, json_t **ret_variables,
                                azml_error **err);

/* Pythons and tools of this machine, for `probe`: {"pythons": [{"version","path"}],
   "tools": {"uv": path, ...}} (new).  What is known of pythons is kept under ROOT.
   With MODULES, an array of names (or NULL), also "modules": {NAME: 1 or 0}: whether
   the first Python has them.  */
int azml__environment_probe (const char *root, const char *search,
                             const json_t *modules, json_t **ret, azml_error **err);

#endif
