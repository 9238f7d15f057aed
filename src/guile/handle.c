/* handle.c: the one Scheme type for the C objects of all nouns.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A SMOB rather than a foreign object type, which loads GOOPS: 7 ms at each start.
   The Scheme object points to a box, and the box to the C object.  Closing (by
   hand, by another thread, by the collector) never frees what a call works with:
   the call's end does then.  */

#include <config.h>

#include "guile/binding.h"

#include <pthread.h>
#include <stdlib.h>

struct azml__guile_box
{
  const azml__guile_type *type;
  void *pointer; /* NULL once it was freed */
  int handle;    /* the Scheme object exists */
  int closed;
  int taken;
};

static scm_t_bits handle_tag;

/* One lock for all boxes, held for a few instructions only.  */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* How many C objects handles hold.  */
static int held;

/* Let CHANGE happen to BOX and free what nobody refers to any more.  */
static void
settle (azml__guile_box *box, void (*change) (azml__guile_box *box))
{
  void *dead = NULL;
  pthread_mutex_lock (&lock);
  change (box);
  if (box->closed && !box->taken)
    dead = azml_steal (&box->pointer);
  held -= dead != NULL;
  int gone = !box->handle && !box->taken;
  pthread_mutex_unlock (&lock);
  if (dead)
    box->type->free (dead);
  if (gone)
    free (box);
}

static void
mark_closed (azml__guile_box *box)
{
  box->closed = 1;
}

static void
mark_collected (azml__guile_box *box)
{
  box->closed = 1;
  box->handle = 0;
}

static void
mark_released (azml__guile_box *box)
{
  box->taken = 0;
}

static size_t
handle_free (SCM handle)
{
  settle ((azml__guile_box *)SCM_SMOB_DATA (handle), mark_collected);
  return 0;
}

static int
handle_print (SCM handle, SCM port, scm_print_state *state)
{
  const azml__guile_box *box = (azml__guile_box *)SCM_SMOB_DATA (handle);
  (void)state;
  scm_puts ("#<azml-", port);
  scm_puts (box->type->name, port);
  if (box->closed)
    scm_puts (" closed>", port);
  else
    {
      scm_puts (" ", port);
      scm_uintprint ((uintptr_t)box, 16, port);
      scm_puts (">", port);
    }
  return 1;
}

SCM
azml__guile_handle (const azml__guile_type *type, void *pointer)
{
  azml__guile_box *box = calloc (1, sizeof *box);
  if (!box)
    {
      azml_error *err = NULL;
      type->free (pointer);
      azml__error_no_memory (&err);
      azml__guile_throw (type->name, err);
    }
  box->type = type;
  box->pointer = pointer;
  box->handle = 1;
  pthread_mutex_lock (&lock);
  held++;
  pthread_mutex_unlock (&lock);
  return scm_new_smob (handle_tag, (scm_t_bits)box);
}

static azml__guile_box *
box_of (SCM handle, const azml__guile_type *type, const char *who, int position)
{
  azml__guile_box *box = SCM_SMOB_PREDICATE (handle_tag, handle)
                             ? (azml__guile_box *)SCM_SMOB_DATA (handle)
                             : NULL;
  if (!box || box->type != type)
    scm_wrong_type_arg_msg (who, position, handle, type->name);
  return box;
}

azml__guile_box *
azml__guile_take (SCM handle, const azml__guile_type *type, const char *who,
                  int position)
{
  azml__guile_box *box = box_of (handle, type, who, position);
  azml_error *err = NULL;
  pthread_mutex_lock (&lock);
  if (box->closed)
    azml__error (&err, AZML_E_INVALID, "the %s is closed", type->name);
  else if (box->taken)
    azml__error (&err, AZML_E_BUSY,
                 "the %s is in use by another thread or an "
                 "interrupted call",
                 type->name);
  else
    box->taken = 1;
  pthread_mutex_unlock (&lock);
  if (err)
    azml__guile_throw (who, err);
  scm_remember_upto_here_1 (handle);
  return box;
}

void *
azml__guile_pointer (const azml__guile_box *box)
{
  return box->pointer;
}

void
azml__guile_release (azml__guile_box *box)
{
  settle (box, mark_released);
}

void
azml__guile_close (SCM handle, const azml__guile_type *type, const char *who,
                   int position)
{
  settle (box_of (handle, type, who, position), mark_closed);
  scm_remember_upto_here_1 (handle);
}

static SCM
handle_p (SCM value)
{
  return scm_from_bool (SCM_SMOB_PREDICATE (handle_tag, value));
}

/* The number of C objects that handles hold: a test counts what the collector frees.  */
static SCM
handle_count (void)
{
  pthread_mutex_lock (&lock);
  int count = held;
  pthread_mutex_unlock (&lock);
  return scm_from_int (count);
}

void
azml__guile_init_handle (void)
{
  handle_tag = scm_make_smob_type ("azml-handle", 0);
  scm_set_smob_free (handle_tag, handle_free);
  scm_set_smob_print (handle_tag, handle_print);
  azml__guile_define ("%handle?", 1, 0, handle_p);
  azml__guile_define ("%handle-count", 0, 0, handle_count);
}
