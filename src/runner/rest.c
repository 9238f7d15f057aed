/* rest.c: waiting with next to no memory.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The kernel maps 16 pages around each page of code that is touched, so a static
   program that once ran through all of itself weighs most of a megabyte.  MADV_DONTNEED
   on a mapping that nobody wrote to only forgets the page table entries.  The last
   system calls are made without the C library: its code would be mapped again.  */

#include <config.h>

#include "runner/rest.h"

#include <link.h>
#include <signal.h>
#include <malloc.h>
#include <poll.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PLACES 6
#define CODE_SIZE 1024 /* at least that of forget_and_wait; a page is a multiple */
#define FRAME_SIZE                                                                 \
  1024 /* what forget_and_wait has below its frame address, and more */
#define STACK_BELOW ((uintptr_t)256 << 10)

typedef struct place
{
  uintptr_t start;
  uintptr_t size;
} place;

/* What of the program is mapped and never written to.  */
static int
find_places (place places[PLACES])
{
  const ElfW (Phdr) *headers = (const ElfW (Phdr) *)getauxval (AT_PHDR);
  size_t n = getauxval (AT_PHNUM);
  uintptr_t page = (uintptr_t)sysconf (_SC_PAGESIZE), base = 0;
  int count = 0;
  for (size_t i = 0; headers && i < n; i++)
    if (headers[i].p_type == PT_PHDR)
      base = (uintptr_t)headers - headers[i].p_vaddr;
  for (size_t i = 0; headers && i < n && count < PLACES; i++)
    if (headers[i].p_type == PT_LOAD && !(headers[i].p_flags & PF_W))
      {
        uintptr_t start = (base + headers[i].p_vaddr) & ~(page - 1);
        uintptr_t end = base + headers[i].p_vaddr + headers[i].p_memsz;
        places[count++] =
            (place){ start, ((end + page - 1) & ~(page - 1)) - start };
      }
  return count;
}

static inline long
system_call (long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d,
             uintptr_t e)
{
#if defined __x86_64__
  long result;
  register uintptr_t r10 __asm__("r10") = d;
  register uintptr_t r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
#elif defined __aarch64__
  register uintptr_t x0 __asm__("x0") = a;
  register uintptr_t x1 __asm__("x1") = b;
  register uintptr_t x2 __asm__("x2") = c;
  register uintptr_t x3 __asm__("x3") = d;
  register uintptr_t x4 __asm__("x4") = e;
  register long x8 __asm__("x8") = number;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x8)
                   : "memory");
  return (long)x0;
#else
  return syscall (number, a, b, c, d, e);
#endif
}

/* The part of the stack below FRAME, but for what this frame itself may need.  */
static inline uintptr_t
unused_stack (uintptr_t frame, uintptr_t page)
{
  return (frame - FRAME_SIZE) & ~(page - 1);
}

/* Nothing but system calls from here on.  The function fits into a page, see
   keep_alone.  */
static __attribute__ ((noinline, aligned (CODE_SIZE))) void
forget_and_wait (const place *places, int count, uintptr_t page, uintptr_t below,
                 const struct timespec *timeout)
{
  struct timespec left = { 0, 0 };
  uint64_t mask = 0;
  uintptr_t end = unused_stack ((uintptr_t)__builtin_frame_address (0), page);
  if (timeout)
    left = *timeout;
  system_call (SYS_madvise, end - below, below, MADV_DONTNEED, 0, 0);
  for (int i = 0; i < count; i++)
    system_call (SYS_madvise, places[i].start, places[i].size, MADV_DONTNEED, 0, 0);
  system_call (SYS_ppoll, 0, 0, timeout ? (uintptr_t)&left : 0, (uintptr_t)&mask,
               sizeof mask);
}

/* The kernel maps around what is touched only within one mapping: another flag on the
   page of that function makes it a mapping of its own.  */
static void
keep_alone (uintptr_t page)
{
  uintptr_t code = (uintptr_t)forget_and_wait & ~(page - 1);
  madvise ((void *)code, page, MADV_DONTDUMP);
}

void
azml__rest (const struct timespec *timeout)
{
  static place places[PLACES];
  static int count = -1;
#ifdef __SANITIZE_ADDRESS__
  const uintptr_t below = 0; /* its notes on the stack would be lost */
#else
  const uintptr_t below = STACK_BELOW;
#endif
  uintptr_t page = (uintptr_t)sysconf (_SC_PAGESIZE);
  if (count < 0)
    {
      count = find_places (places);
      keep_alone (page);
    }
  malloc_trim (0);
  forget_and_wait (places, count, page, below, timeout);
}
