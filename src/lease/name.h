/* name.h: the names by which leases and the queue are known to the kernel.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Abstract Unix sockets, which end with the last process that holds them and are listed
   in /proc/net/unix for everybody.  All that others need to know stands in the name, so
   that nobody must be asked, and nobody who is stopped lets others wait:

     azml/gpu/UUID                              the lease: who binds it has the GPU
     azml/held/SINCE/UID/PID/RUN/USER/UUID      beside it: who that is
     azml/wait/SINCE/UID/PID/RUN/COUNT/USER     a run that waits for COUNT GPUs
     azml/want/SINCE/PID/UUID                   beside it: each GPU that it could use

   SINCE is in microseconds on CLOCK_BOOTTIME, hexadecimal.  */

#ifndef AZML_LEASE_NAME_H
#define AZML_LEASE_NAME_H

#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/random.h"

#define AZML__LEASE_NAME_SIZE 108 /* with a NUL; what sockaddr_un has room for */
#define AZML__LEASE_USER_SIZE 34

typedef enum azml__lease_kind
{
  AZML__LEASE_GPU,
  AZML__LEASE_HELD,
  AZML__LEASE_WAIT,
  AZML__LEASE_WANT
} azml__lease_kind;

/* What a name says; what its kind does not have is 0 or "".  */
typedef struct azml__lease_name
{
  azml__lease_kind kind;
  int64_t since;
  uid_t uid;
  pid_t pid;
  int64_t count;
  char run[AZML__RANDOM_ID_SIZE];
  char user[AZML__LEASE_USER_SIZE];
  char uuid[AZML__LEASE_NAME_SIZE];
} azml__lease_name;

/* Write NAME as text; a user's name is cut to what there is room for.  AZML_E_INVALID:
   the UUID is none.  */
int azml__lease_name_format (const azml__lease_name *name,
                             char text[AZML__LEASE_NAME_SIZE], azml_error **err);

/* Read TEXT.  Return 0, or -1 if it is none of ours.  */
int azml__lease_name_parse (const char *text, azml__lease_name *ret);

/* Fill in uid, pid and user of this process.  */
void azml__lease_name_sign (azml__lease_name *name);

/* Bind the name TEXT and listen: store the socket (close on exec, not blocking) in
   *RET_FD.  AZML_E_BUSY: somebody has it.  */
int azml__lease_bind (const char *text, int *ret_fd, azml_error **err);

/* Connect to TEXT, so that poll says POLLHUP when its last holder is gone.  Store the
   socket in *RET_FD, who bound it in *RET_PID and *RET_UID (both may be NULL).
   AZML_E_NOT_FOUND: nobody holds it.  AZML_E_BUSY: somebody does who takes no more
   connections.  */
int azml__lease_connect (const char *text, int *ret_fd, pid_t *ret_pid,
                         uid_t *ret_uid, azml_error **err);

#endif
