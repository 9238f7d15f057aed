/* system-call.h: system calls without the C library.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For code that waits after it gave back all other memory, see rest.c and src/runner/standby.c.  */

#ifndef AZML_PROCESS_SYSTEM_CALL_H
#define AZML_PROCESS_SYSTEM_CALL_H

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A function that waits is aligned to this and not larger, so that it fits into a page.  */
#define AZML__CODE_SIZE 1024
/* What such a function has below its frame address, and more.  */
#define AZML__FRAME_SIZE 1024
/* How much of the stack is looked at.  */
#define AZML__STACK_BELOW ((uintptr_t)256 << 10)

static inline __attribute__ ((always_inline)) long
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
static inline __attribute__ ((always_inline)) uintptr_t
azml__unused_stack (uintptr_t frame, uintptr_t page)
{
  return (frame - AZML__FRAME_SIZE) & ~(page - 1);
}

/* The kernel maps around what is touched only within one mapping: another flag on the
   page of CODE makes it a mapping of its own.  */
static inline void
azml__keep_alone (uintptr_t code, uintptr_t page)
{
  madvise ((void *)(code & ~(page - 1)), page, MADV_DONTDUMP);
}

#endif
