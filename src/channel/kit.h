/* kit.h: the program and the package that a machine gets, and what its shell is told.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_KIT_H
#define AZML_CHANNEL_KIT_H

#include "channel/placement.h"
#include "core/buffer.h"

/* A kit that was read.  */
typedef struct azml__kit_content
{
  azml__buffer runner; /* the program */
  azml__buffer python; /* the package as doc/protocol.md has it */
  char digest[65];     /* of both, one behind the other; 64 hex digits */
} azml__kit_content;

#define AZML__KIT_CONTENT_INIT                                                     \
  {                                                                                \
    AZML__BUFFER_INIT, AZML__BUFFER_INIT, ""                                       \
  }

void azml__kit_done (azml__kit_content *content);
int azml__kit_read (const azml__kit *kit, azml__kit_content *ret, azml_error **err);

/* What `uname -s -m` says where the program RUNNER can be executed: "Linux x86_64".
   Borrowed for ever; NULL if it is no program of a machine that we know.  */
const char *azml__kit_machine (const azml__buffer *runner);

/* Store in *RET (new) the line that executes the placed program DIGEST below ROOT (see
   placement.h), or answers "azml-place ask SYSTEM MACHINE".  */
int azml__kit_find_line (const char *root, const char *digest, char **ret,
                         azml_error **err);

/* The same for the line that answers so in any case.  */
int azml__kit_ask_line (char **ret, azml_error **err);

/* The same for the line that takes the program, of SIZE bytes, and executes it to take
   the package.  TOKEN makes the name of its folder unlike all others.  */
int azml__kit_place_line (const char *root, const char *digest, size_t size,
                          const char *token, char **ret, azml_error **err);

/* What the other side said.  */
typedef enum azml__kit_word
{
  AZML__KIT_NOTHING, /* not a whole line of these yet */
  AZML__KIT_SERVES,  /* the runner's greeting */
  AZML__KIT_ASK,     /* there is no runner: send one */
  AZML__KIT_SEND,    /* the program may come */
  AZML__KIT_PYTHON,  /* the package may come */
  AZML__KIT_FAIL     /* it cannot be placed */
} azml__kit_word;

/* Find the first such line in DATA behind what a login shell printed.  Store where it
   begins and ends in *RET_START and *RET_END, and what stands behind the word (new)
   in *RET_REST; all three are set only with a word.  */
azml__kit_word azml__kit_parse (const azml__buffer *data, size_t *ret_start,
                                size_t *ret_end, char **ret_rest);

/* Set *ERR if MACHINE, what a machine said of itself, cannot execute the program for
   OURS.  */
int
azml__kit_check_machine (const char *machine, const char *ours, azml_error **err);

/* Set *ERR to what REASON ("make", "write", "run" or "place", a blank, the folder, a
   colon, and what the system said) means.  Return the code.  */
int azml__kit_fail (const char *reason, azml_error **err);

#endif
