/* standby.c: the keeper's life.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The keeper waits as long as the run takes, which may be weeks, and has nothing to do
   unless the runner is killed.  So after a moment it gives back all its memory, that of
   the C library included: one page of code and two of stack stay.  There is no way back
   from that but exec.  */

#include <config.h>

#include "runner/standby.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "charge/status.h"
#include "container/remove.h"
#include "core/file.h"
#include "core/path.h"
#include "process/signals.h"
#include "process/system-call.h"
#include "process/tree.h"
#include "runner/accept.h"
#include "runner/settle.h"

#define PLACES 48
#define VARIABLES 4

/* All of it is on the stack, in the frame that stays.  */
typedef struct watch
{
  pid_t runner;
  int program; /* this program, open */
  int alive;
  char *argv[8];
  char *environ[VARIABLES + 1];
  uint64_t signals; /* as the kernel wants them: bit N - 1 is signal N */
  int count;
  struct
  {
    uintptr_t start, size;
  } places[PLACES];
} watch;

/* Wait for signals, TIMEOUT NULL: for ever.  Return when time is up.  Nothing but system
   calls: see PLACES.  */
static __attribute__ ((noinline, aligned (AZML__CODE_SIZE))) void
wait_for_runner (const watch *w, uintptr_t page, const struct timespec *timeout)
{
  int status = 0;
  uintptr_t end = azml__unused_stack ((uintptr_t)__builtin_frame_address (0), page);
  if (w->count)
    system_call (SYS_madvise, end - AZML__STACK_BELOW, AZML__STACK_BELOW,
                 MADV_DONTNEED, 0, 0);
  for (int i = 0; i < w->count; i++)
    system_call (SYS_madvise, w->places[i].start, w->places[i].size, MADV_DONTNEED,
                 0, 0);
  for (;;)
    {
      long number = system_call (SYS_rt_sigtimedwait, (uintptr_t)&w->signals, 0,
                                 (uintptr_t)timeout, sizeof w->signals, 0);
      if (number == -EAGAIN)
        return;
      if (number == SIGCHLD
          && system_call (SYS_wait4, (uintptr_t)w->runner, (uintptr_t)&status,
                          WNOHANG, 0, 0)
                 == w->runner)
        break;
      if (number > 0 && number != SIGCHLD)
        system_call (SYS_kill, (uintptr_t)w->runner, (uintptr_t)number, 0, 0, 0);
    }
  if (WIFEXITED (status))
    system_call (SYS_exit_group, (uintptr_t)WEXITSTATUS (status), 0, 0, 0, 0);
  system_call (SYS_fcntl, (uintptr_t)w->alive, F_SETFD, 0, 0, 0);
  system_call (SYS_execveat, (uintptr_t)w->program, (uintptr_t) "",
               (uintptr_t)w->argv, (uintptr_t)w->environ, AT_EMPTY_PATH);
  system_call (SYS_exit_group, 125, 0, 0, 0, 0);
  __builtin_unreachable ();
}

/* Note all private memory but the stack and what the kernel put there.  */
static void
find_places (watch *w)
{
  AZML_AUTO_BUFFER text = AZML__BUFFER_INIT;
#ifdef __SANITIZE_ADDRESS__
  return; /* a sanitizer's memory is not to be touched */
#endif
  if (azml__file_read (AT_FDCWD, "/proc/self/maps", 1 << 20, &text, NULL) < 0)
    return;
  for (char *line = text.data, *next; line && *line && w->count < PLACES;
       line = next)
    {
      unsigned long long from, to;
      char mode[8], name[8] = "";
      char *end = strchr (line, '\n');
      next = end ? end + 1 : line + strlen (line);
      if (end)
        *end = '\0';
      if (sscanf (line, "%llx-%llx %7s %*x %*s %*u %7s", &from, &to, mode, name) < 3
          || mode[3] != 'p' || strncmp (name, "[stack", 6) == 0
          || strncmp (name, "[v", 2) == 0)
        continue;
      w->places[w->count].start = (uintptr_t)from;
      w->places[w->count++].size = (uintptr_t)(to - from);
    }
}

/* What take-over needs to find and run nvidia-smi.  */
static const char *const kept[VARIABLES] = { "PATH", "LD_LIBRARY_PATH",
                                             "AZML_NVIDIA_SMI",
                                             "AZML_NVIDIA_SMI_TIMEOUT" };

/* How many bytes the variables take that are kept.  */
static size_t
size_of_variables (void)
{
  size_t size = 1;
  for (int i = 0; i < VARIABLES; i++)
    {
      const char *value = getenv (kept[i]);
      size += value ? strlen (kept[i]) + strlen (value) + 2 : 0;
    }
  return size;
}

/* Write them to TEXT, which has so much room.  */
static void
keep_variables (watch *w, char *text)
{
  int n = 0;
  for (int i = 0; i < VARIABLES; i++)
    {
      const char *value = getenv (kept[i]);
      if (!value)
        continue;
      w->environ[n++] = text;
      text += sprintf (text, "%s=%s", kept[i], value) + 1;
    }
}

_Noreturn void
azml__stand_by (const azml__charge *charge)
{
  static const int passed[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP,
                                AZML__SIGNAL_LOOK };
  struct timespec soon = { 0, AZML__MOMENT_MS * 1000000L };
  uintptr_t page = (uintptr_t)sysconf (_SC_PAGESIZE);
  watch w = { .runner = charge->runner, .alive = charge->alive };
  size_t room = strlen (charge->root) + strlen (charge->path) + 100;
  char *text = alloca (room), *p = text;
  keep_variables (&w, alloca (size_of_variables ()));
  w.program = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  AZML_AUTO_FREE char *runs = azml__path_folder (charge->path);
  snprintf (text, room, "azml-runner%ctake-over%c--root=%s%c--runs=%s%c%s%c%d", 0,
            0, charge->root, 0, runs ? runs : "", 0, charge->id, 0, w.alive);
  for (int i = 0; i < 6; i++, p += strlen (p) + 1)
    w.argv[i] = p;
  for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
    w.signals |= (uint64_t)1 << (passed[i] - 1);
  wait_for_runner (&w, page, &soon);
  if (charge->sync == AZML__SYNC_TOGETHER)
    azml__accept_sync (charge->folder, NULL);
  find_places (&w);
  azml__keep_alone ((uintptr_t)wait_for_runner, page);
  wait_for_runner (&w, page, NULL);
  __builtin_unreachable ();
}

int
azml__take_over (const azml__layout *layout, const char *id, int alive)
{
  azml__charge charge = AZML__CHARGE_INIT;
  azml__reaped reaped = { 0 };
  int left = 0;
  if (fcntl (alive, F_SETFD, FD_CLOEXEC) < 0)
    return 125;
  if (azml__charge_open (&charge, layout, id, NULL) < 0)
    {
      /* Its folder was removed: there is nowhere to write that it is over.  */
      azml__signals_install (NULL);
      azml__tree_kill (&reaped, &left);
      return 125;
    }
  charge.alive = alive;
  azml__signals_install (NULL);
  azml__container_remove (charge.folder);
  int killed = azml__tree_kill (&reaped, &left);
  azml__container_remove_late (&charge);
  if (killed)
    azml__charge_event (&charge, json_pack ("{s:s,s:s,s:i}", "event", "killed",
                                            "signal", "KILL", "processes", killed));
  azml__settle_write (&charge, "runner killed", "the runner was killed");
  AZML_AUTO (json_t) status = azml__status_read (charge.folder, id);
  int code = azml__status_exit_code (status);
  azml__charge_done (&charge);
  return code;
}
