/* binding.h: what the binding files of all nouns share.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A noun has one file with one `void azml__guile_init_NOUN (void)`, declared below,
   listed in init.c, which defines its primitives `%noun-verb` with
   azml__guile_define. Every primitive keeps this order, because a Scheme exception
   skips C clean-up:

     1. convert in      azml__guile_to_text, _to_integer, _check_json: these may
   throw
     2. take            azml__guile_take: may throw, so it comes last
     3. work            azml__guile_to_json; azml__guile_blocking (fn, &data):
   outside of Guile, on plain C data
     4. release C       azml__guile_release, free, json_decref
     5. end             azml__guile_throw (who, err), or convert out

   The memory of strings converted in is Guile's, so a throw in between loses
   nothing. AZML_AUTO is for the functions given to azml__guile_blocking, never for
   a primitive.

     struct take { char *source; json_t *report; azml_error *err; int rc; };

     static void *
     take_work (void *data)
     {
       struct take *t = data;
       t->rc = azml__thing_take (t->source, azml__guile_cancel (), &t->report,
   &t->err); return NULL;
     }

     static SCM
     thing_take (SCM source)
     {
       struct take t = { .source = azml__guile_to_text (source, "%thing-take", 1) };
       azml__guile_blocking (take_work, &t);
       if (t.rc < 0)
         azml__guile_throw ("%thing-take", t.err);
       return azml__guile_take_json (t.report);
     }  */

#ifndef AZML_GUILE_BINDING_H
#define AZML_GUILE_BINDING_H

#include <azml/cancel.h>
#include <jansson.h>
#include <libguile.h>

#include "core/error.h"

/* Define the primitive NAME in the current module, (azml core).  FUNCTION takes
   REQUIRED + OPTIONAL (SCM_UNDEFINED when missing) arguments.  core.scm exports it.
 */
void
azml__guile_define (const char *name, int required, int optional, void *function);

/* Strings.  UTF-8 both ways; a byte that is not part of valid UTF-8 is the
   character U+10FF00 + byte, so every byte string survives the way to Scheme and
   back.  */

/* The string of N bytes; of a NUL-terminated text (NULL: #f).  */
SCM azml__guile_from_bytes (const char *bytes, size_t n);
SCM azml__guile_from_text (const char *text);

/* The same for TEXT from malloc, which is freed (NULL: #f).  */
SCM azml__guile_take_text (char *text);

/* The bytes of STRING, argument POSITION of WHO, NUL-terminated, their number in
   *N. The memory is Guile's: valid as long as the caller's frame refers to it, not
   to be freed.  Throws wrong-type-arg.  */
char *azml__guile_to_bytes (SCM string, size_t *n, const char *who, int position);

/* The same for a text, in which NUL is an error; of #f (or an absent argument)
 * NULL.  */
char *azml__guile_to_text (SCM string, const char *who, int position);
char *azml__guile_to_text_or_null (SCM string, const char *who, int position);

/* A list of strings as a NULL-terminated vector.  Guile's memory, too.  */
char **azml__guile_to_texts (SCM list, const char *who, int position);

/* An exact integer from LOW to HIGH.  Throws wrong-type-arg, out-of-range.  */
int64_t azml__guile_to_integer (SCM number, int64_t low, int64_t high,
                                const char *who, int position);

/* JSON.  An object is an alist with symbols as keys, in order ('() is the empty
   one); an array a vector; null the symbol null; a string or {"bytes"} a string; a
   real an inexact, NaN and the infinities the strings that doc/run-directory.md
   names.  */
SCM azml__guile_from_json (const json_t *json); /* NULL: #f */
SCM azml__guile_take_json (json_t *json);       /* and drop the reference */

/* Throw wrong-type-arg, naming the part of VALUE that is not JSON, if there is one.
 */
void azml__guile_check_json (SCM value, const char *who, int position);

/* JSON of VALUE (new), which was checked before; never throws.  NULL when out of
   memory.  */
json_t *azml__guile_to_json (SCM value);

/* Handles.  One type for the objects of all nouns, told apart by this.  */
typedef struct azml__guile_type
{
  const char *name;       /* "store" */
  void (*free) (void *p); /* drops what the handle holds; may run in any thread */
} azml__guile_type;

/* A handle that owns POINTER (taken).  */
SCM azml__guile_handle (const azml__guile_type *type, void *pointer);

/* What HANDLE, argument POSITION of WHO, holds, for this thread alone until
   azml__guile_release.  Throws wrong-type-arg; &azml-invalid when it is closed,
   &azml-busy when another thread, or an interrupted call, has it.  */
typedef struct azml__guile_box azml__guile_box;
azml__guile_box *azml__guile_take (SCM handle, const azml__guile_type *type,
                                   const char *who, int position);
void *azml__guile_pointer (const azml__guile_box *box);
void azml__guile_release (azml__guile_box *box);

/* Close HANDLE: free what it holds, now or when the call that uses it ends. Closing
   again does nothing.  Throws wrong-type-arg.  */
void azml__guile_close (SCM handle, const azml__guile_type *type, const char *who,
                        int position);

/* Blocking work and interrupts.  */

/* Call FUNCTION (DATA) outside of Guile.  In the program azml-guile signals set the
   cancel token in C.  In a plain guile the work runs in a thread beside, while this
   one handles Guile's interrupts every 100 ms; one that throws sets the token, and
   is thrown again by azml__guile_throw, or, if the work succeeded all the same,
   after the primitive.  */
void azml__guile_blocking (void *(*function) (void *), void *data);

/* The token that every blocking call gets.  Borrowed.  */
azml_cancel *azml__guile_cancel (void);

/* Install handlers for INT, TERM and HUP that set the token and count (src/cli). */
void azml__guile_install_signals (void);

/* Errors.  */

/* Throw ERR (taken) as a condition; WHO names the primitive.  */
void
azml__guile_throw (const char *who, azml_error *err) __attribute__ ((noreturn));

/* The init functions of the nouns, called in order by init.c.  */
void azml__guile_init_handle (void);
void azml__guile_init_interrupt (void);
void azml__guile_init_cancel (void);
void azml__guile_init_blocking (void);
void azml__guile_init_string (void);
void azml__guile_init_json (void);
void azml__guile_init_signals (void);
void azml__guile_init_error (void);
void azml__guile_init_clock (void);
void azml__guile_init_secret (void);
void azml__guile_init_git (void);
void azml__guile_init_jobserver (void);
void azml__guile_init_config (void);
void azml__guile_init_file (void);
void azml__guile_init_project (void);
void azml__guile_init_store (void);
void azml__guile_init_metrics (void);
void azml__guile_init_gpu (void);
void azml__guile_init_snapshot (void);
void azml__guile_init_paths (void);
void azml__guile_init_session (void);
void azml__guile_init_connection (void);
void azml__guile_init_mirror (void);
void azml__guile_init_put (void);
void azml__guile_init_receive (void);

/* The extension: defines all primitives in the current module.  */
AZML_API void azml_guile_init (void);

#endif
