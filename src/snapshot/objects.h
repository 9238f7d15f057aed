/* objects.h: contents stored by their digest.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   FOLDER/ab/cdef... holds the content whose SHA-256 is abcdef..., mode 0400 (0500
   is never used: whether a file is executable is the manifest's matter).  An object
   appears under its name complete or not at all; until then its bytes are in
   FOLDER/.tmp-*.  Where many small ones are added they go into packs (snapshot/pack.h).
   Nothing is fsynced: what a power cut left too short is noticed by its size and stored
   again.  */

#ifndef AZML_SNAPSHOT_OBJECTS_H
#define AZML_SNAPSHOT_OBJECTS_H

#include <azml/cancel.h>
#include <jansson.h>

#include "core/buffer.h"
#include "digest/sha256.h"

typedef struct azml__objects azml__objects;

/* Open the object store in FOLDER, which is made when the first object is added.
   Store it (new) in *RET.  */
int azml__objects_open (const char *folder, azml__objects **ret, azml_error **err);
azml__objects *azml__objects_ref (azml__objects *objects);
void azml__objects_free (azml__objects *objects);
AZML_DEFINE_AUTO (azml__objects, azml__objects_free)

/* 1 if the object is there.  */
int azml__objects_has (azml__objects *objects, const azml__digest *digest);

/* 1 if the object is there and has SIZE bytes.  */
int azml__objects_has_size (azml__objects *objects, const azml__digest *digest,
                            uint64_t size);

/* 0 if what has the name of the store is another folder by now, or nothing.  */
int azml__objects_is_current (azml__objects *objects);

/* From now on what is found damaged when a tree is made is made again from the folder
   SOURCE, if that still has it.  */
int azml__objects_set_source (azml__objects *objects, const char *source,
                              azml_error **err);

/* That folder (borrowed), NULL: there is none.  */
const char *azml__objects_source (const azml__objects *objects);

/* See what others did to the packs since they were looked at.  Without it, what comes is
   found when it is read.  */
void azml__objects_refresh (azml__objects *objects);

/* An object open for reading: SIZE bytes of FD, from OFFSET on.  */
typedef struct azml__object
{
  int fd;
  int packed; /* FD is that of a pack */
  uint64_t offset, size;
} azml__object;

#define AZML__OBJECT_INIT                                                          \
  {                                                                                \
    -1, 0, 0, 0                                                                    \
  }

/* 1 if the object is there; its size is then in *RET_SIZE.  */
int azml__objects_find (azml__objects *objects, const azml__digest *digest,
                        uint64_t *ret_size);

/* Open an object for reading.  AZML_E_NOT_FOUND: it is not there.  */
int azml__objects_read (azml__objects *objects, const azml__digest *digest,
                        azml__object *ret, azml_error **err);
void azml__object_close (azml__object *object);
#define AZML_AUTO_OBJECT AZML_CLEANUP (azml__object_close) azml__object

/* Append an object to BUFFER.  AZML_E_TOO_LARGE: it has more than LIMIT bytes.  */
int azml__objects_load (azml__objects *objects, const azml__digest *digest,
                        size_t limit, azml__buffer *buffer, azml_error **err);

/* So many objects are about to be added.  Without it that is noticed after a while.  */
void azml__objects_expect (azml__objects *objects, uint64_t count);

/* Add N bytes of DATA; store their digest in *RET.  */
int azml__objects_add (azml__objects *objects, const void *data, size_t n,
                       azml__digest *ret, azml_error **err);

/* Add N bytes of DATA, whose digest must be EXPECTED: AZML_E_CORRUPT otherwise.  */
int azml__objects_add_known (azml__objects *objects, const azml__digest *expected,
                             const void *data, size_t n, azml_error **err);

/* For now nothing more is added: let others add to the same pack.  An error: what was added
   is not there after all.  */
int azml__objects_rest (azml__objects *objects, azml_error **err);

/* Remove an object, because it is damaged or nobody needs it.  */
int azml__objects_remove (azml__objects *objects, const azml__digest *digest,
                          azml_error **err);

/* Call EACH with the digest and the size of every object, and with when it was added or its
   pack was added to (nanoseconds since the epoch), in no order, until it returns something
   else than 0: that is returned.  EACH may remove the object.  */
typedef int
azml__objects_visitor (const azml__digest *digest, uint64_t size,
                       int64_t changed_ns, void *data, azml_error **err);
int azml__objects_each (azml__objects *objects, azml__objects_visitor *each,
                        void *data, azml_error **err);

/* Give back the room of what was removed.  */
int azml__objects_tidy (azml__objects *objects, azml_error **err);

/* Remove what was being added and has not been touched for AGE seconds (DRY_RUN:
   only look).  Store how many files and bytes in *RET_FILES and *RET_BYTES.  */
int
azml__objects_sweep (azml__objects *objects, int64_t age, int dry_run,
                     uint64_t *ret_files, uint64_t *ret_bytes, azml_error **err);

/* Adding content as it arrives: start, add, then either end or free.  */
typedef struct azml__object_writer azml__object_writer;

/* Who learns of contents while they are added, so that they can go elsewhere meanwhile.
   Called by the thread that adds them; what is borrowed is so for the call.  */
typedef struct azml__object_tap
{
  /* A small one is there.  */
  void (*found) (void *data, const azml__digest *digest, uint64_t size);
  /* One of SIZE bytes is being added.  NAME tells it from others and is the same when it is
     added again; its bytes can be read from FD, and from what
     is made of it by dup, as far as `grown` says.  */
  void (*begin) (void *data, const azml__digest *name, int fd, uint64_t size);
  void (*grown) (void *data, uint64_t size);
  /* All of it is there; DIGEST NULL: it was given up.  */
  void (*end) (void *data, const azml__digest *digest);
  void *data;
} azml__object_tap;

int azml__object_writer_new (azml__objects *objects, azml__object_writer **ret,
                             azml_error **err);
int azml__object_writer_add (azml__object_writer *writer, const void *data,
                             size_t n, azml_error **err);

/* Go on with the object DIGEST, of SIZE bytes, where it was given up, or begin it: what is
   added begins at OFFSET, which is no more than azml__objects_parts tells.  When it is
   freed, what came stays, for the next.  AZML_E_NOT_FOUND: it did not.  */
int azml__object_writer_part (azml__objects *objects, const azml__digest *digest,
                              uint64_t size, uint64_t offset,
                              azml__object_writer **ret, azml_error **err);

/* Let TAP (borrowed until the end) know of WRITER, which is going to add SIZE bytes called
   NAME.  */
void
azml__object_writer_tap (azml__object_writer *writer, const azml__object_tap *tap,
                         const azml__digest *name, uint64_t size);

/* What came in part as NAME belongs to DIGEST, unless more of that is there.  */
void azml__object_part_rename (azml__objects *objects, const azml__digest *name,
                               const azml__digest *digest);

/* How many bytes of DIGEST came in part.  */
uint64_t
azml__object_part_size (azml__objects *objects, const azml__digest *digest);

/* The objects of which a part is there: {DIGEST: BYTES} (new).  */
int azml__objects_parts (azml__objects *objects, json_t **ret, azml_error **err);

/* Instead of adding: share the blocks of the file FD, if the file system can, and
   digest what is shared.  Store the size in *RET_SIZE and 1 in *RET_DONE, or 0 if
   nothing was added.  */
int
azml__object_writer_clone (azml__object_writer *writer, int fd, azml_cancel *cancel,
                           uint64_t *ret_size, int *ret_done, azml_error **err);

/* Give the object its name.  EXPECTED (or NULL) is the digest it must have:
   AZML_E_CORRUPT otherwise, and nothing stays.  Store the digest in *RET (or NULL).
   WRITER is taken, whatever happens.  */
int
azml__object_writer_end (azml__object_writer *writer, const azml__digest *expected,
                         azml__digest *ret, azml_error **err);

/* Let nothing stay of a part either (WRITER may be NULL).  */
void azml__object_writer_drop (azml__object_writer *writer);

/* Give up: nothing stays, but of a part all.  */
void azml__object_writer_free (azml__object_writer *writer);
AZML_DEFINE_AUTO (azml__object_writer, azml__object_writer_free)

/* For the files of this room.  */

struct azml__packs *azml__objects_packs (azml__objects *objects);

/* 1 if the next small object goes into a pack.  */
int azml__objects_packs_next (azml__objects *objects);

/* The error for an object that should be EXPECTED and is FOUND.  */
int azml__object_is_other (const azml__digest *expected, const azml__digest *found,
                           azml_error **err);

/* "ab/cdef..." and a NUL.  */
#define AZML__OBJECT_NAME_SIZE 66
char *
azml__object_name (const azml__digest *digest, char name[AZML__OBJECT_NAME_SIZE]);

/* The open folder, or -1 while there is none.  Borrowed.  */
int azml__objects_fd (azml__objects *objects);

/* Make the folder if it is missing; store its descriptor (borrowed) in *RET_FD.  */
int azml__objects_place (azml__objects *objects, int *ret_fd, azml_error **err);

#endif
