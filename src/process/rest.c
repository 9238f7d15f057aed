/* rest.c: waiting with next to no memory.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The kernel maps 16 pages around each page of code that is touched, so a static
   program that once ran through all of itself weighs most of a megabyte.  MADV_DONTNEED
   on a mapping that nobody wrote to only forgets the page table entries.  The last
   system calls are made without the C library: its code would be mapped again.  */

#include <config.h>

#include "process/rest.h"

#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "process/system-call.h"

#define PLACES (6 + CONSTANT_PAGES)
#define CONSTANT_PAGES 16
#define PAGE_IS_OF_FILE ((uint64_t)1 << 61) /* in /proc/PID/pagemap */

typedef struct place
{
  uintptr_t start;
  uintptr_t size;
} place;

/* Add those pages from START to END that were made read-only after the start and that
   nobody had written to.  */
static int
add_constants (place places[], int count, uintptr_t start, uintptr_t end,
               uintptr_t page)
{
  uint64_t flags[CONSTANT_PAGES];
  start &= ~(page - 1);
  size_t n = (end - start) / page;
  if (n > CONSTANT_PAGES)
    n = CONSTANT_PAGES;
  AZML_AUTO_CLOSE int fd = open ("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (fd < 0
      || pread (fd, flags, n * sizeof *flags, (off_t)(start / page * sizeof *flags))
             != (ssize_t)(n * sizeof *flags))
    return count;
  for (size_t i = 0; i < n; i++)
    if (flags[i] & PAGE_IS_OF_FILE)
      places[count++] = (place){ start + i * page, page };
  return count;
}

/* What of the program is mapped and was never written to.  */
static int
find_places (place places[PLACES], uintptr_t page)
{
  const ElfW (Phdr) *headers = (const ElfW (Phdr) *)getauxval (AT_PHDR);
  size_t n = headers ? getauxval (AT_PHNUM) : 0;
  uintptr_t base = 0;
  int count = 0;
  for (size_t i = 0; i < n; i++)
    if (headers[i].p_type == PT_PHDR)
      base = (uintptr_t)headers - headers[i].p_vaddr;
  for (size_t i = 0; i < n && count < PLACES - CONSTANT_PAGES; i++)
    {
      uintptr_t start = base + headers[i].p_vaddr;
      uintptr_t end = start + headers[i].p_memsz;
      if (headers[i].p_type == PT_GNU_RELRO)
        count = add_constants (places, count, start, end, page);
      else if (headers[i].p_type == PT_LOAD && !(headers[i].p_flags & PF_W))
        {
          start &= ~(page - 1);
          places[count++] =
              (place){ start, ((end + page - 1) & ~(page - 1)) - start };
        }
    }
  return count;
}

/* Nothing but system calls from here on.  The function fits into a page, see
   azml__keep_alone.  */
static __attribute__ ((noinline, aligned (AZML__CODE_SIZE))) void
forget_and_wait (const place *places, int count, uintptr_t page, uintptr_t below,
                 const struct timespec *timeout)
{
  struct timespec left = { 0, 0 };
  uint64_t mask = 0;
  uintptr_t end = azml__unused_stack ((uintptr_t)__builtin_frame_address (0), page);
  if (timeout)
    left = *timeout;
  system_call (SYS_madvise, end - below, below, MADV_DONTNEED, 0, 0);
  for (int i = 0; i < count; i++)
    system_call (SYS_madvise, places[i].start, places[i].size, MADV_DONTNEED, 0, 0);
  system_call (SYS_ppoll, 0, 0, timeout ? (uintptr_t)&left : 0, (uintptr_t)&mask,
               sizeof mask);
}

void
azml__rest (const struct timespec *timeout)
{
  static int alone;
  place places[PLACES];
#ifdef __SANITIZE_ADDRESS__
  const uintptr_t below = 0; /* its notes on the stack would be lost */
#else
  const uintptr_t below = AZML__STACK_BELOW;
#endif
  uintptr_t page = (uintptr_t)sysconf (_SC_PAGESIZE);
  if (!alone)
    azml__keep_alone ((uintptr_t)forget_and_wait, page);
  alone = 1;
  malloc_trim (0);
  int count = find_places (places, page);
  forget_and_wait (places, count, page, below, timeout);
}
