#!/usr/bin/env python3
# cuda.py: a program that computes on a GPU, by nothing but the driver's own library.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""cuda.py SECONDS [N]: multiply matrices of N x N (4096) for SECONDS; say what came out.

Three of them take 12 N^2 bytes.  Prints the pid, the bytes and the products done.
"""

import ctypes
import os
import sys
import time

PTX = b"""
.version 6.0
.target sm_50
.address_size 64
.visible .entry product(.param .u64 pa, .param .u64 pb, .param .u64 pc, .param .u32 pn)
{
  .reg .pred p;
  .reg .f32 s, x, y;
  .reg .u32 i, n, row, col, t, u;
  .reg .u64 a, b, c, o, q;
  ld.param.u64 a, [pa];
  ld.param.u64 b, [pb];
  ld.param.u64 c, [pc];
  ld.param.u32 n, [pn];
  mov.u32 t, %ctaid.y;
  mov.u32 u, %ntid.y;
  mov.u32 i, %tid.y;
  mad.lo.u32 row, t, u, i;
  mov.u32 t, %ctaid.x;
  mov.u32 u, %ntid.x;
  mov.u32 i, %tid.x;
  mad.lo.u32 col, t, u, i;
  mov.f32 s, 0f00000000;
  mov.u32 i, 0;
LOOP:
  mad.lo.u32 t, row, n, i;
  mul.wide.u32 o, t, 4;
  add.u64 q, a, o;
  ld.global.f32 x, [q];
  mad.lo.u32 t, i, n, col;
  mul.wide.u32 o, t, 4;
  add.u64 q, b, o;
  ld.global.f32 y, [q];
  fma.rn.f32 s, x, y, s;
  add.u32 i, i, 1;
  setp.lt.u32 p, i, n;
  @p bra LOOP;
  mad.lo.u32 t, row, n, col;
  mul.wide.u32 o, t, 4;
  add.u64 q, c, o;
  st.global.f32 [q], s;
  ret;
}
\0"""


def main():
    seconds = float(sys.argv[1])
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 4096
    cuda = ctypes.CDLL("libcuda.so.1")

    def call(name, *arguments):
        result = getattr(cuda, name)(*arguments)
        if result:
            sys.exit("%s: CUDA error %d" % (name, result))

    call("cuInit", 0)
    device, context = ctypes.c_int(), ctypes.c_void_p()
    call("cuDeviceGet", ctypes.byref(device), 0)
    call("cuCtxCreate_v2", ctypes.byref(context), 0, device)
    module, product = ctypes.c_void_p(), ctypes.c_void_p()
    call("cuModuleLoadData", ctypes.byref(module), PTX)
    call("cuModuleGetFunction", ctypes.byref(product), module, b"product")
    places = [ctypes.c_uint64() for _ in range(3)]
    for place in places:
        call("cuMemAlloc_v2", ctypes.byref(place), ctypes.c_size_t(4 * n * n))
        call("cuMemsetD32_v2", place, 0x3f800000, ctypes.c_size_t(n * n))  # 1.0
    size = ctypes.c_uint32(n)
    arguments = (ctypes.c_void_p * 4)(*[ctypes.addressof(x) for x in places + [size]])
    print("pid %d, %d bytes" % (os.getpid(), 12 * n * n), flush=True)
    end, done = time.time() + seconds, 0
    while time.time() < end:
        call("cuLaunchKernel", product, n // 16, n // 16, 1, 16, 16, 1, 0, None,
             arguments, None)
        call("cuCtxSynchronize")
        done += 1
    one = ctypes.c_float()
    call("cuMemcpyDtoH_v2", ctypes.byref(one), places[2], ctypes.c_size_t(4))
    print("%d products, %s" % (done, "right" if one.value == n else "wrong"), flush=True)


main()
