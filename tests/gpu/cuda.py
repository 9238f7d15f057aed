#!/usr/bin/env python3
# cuda.py: a program that computes on a GPU, by nothing but the driver's own library.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""cuda.py SECONDS [N]: multiply matrices of N x N (4096) for SECONDS; say what came out.
cuda.py --list: print the UUIDs of the GPUs that a process sees, a line each.

Three matrices take 12 N^2 bytes.  Prints the pid, the bytes and the products done.
"""

import ctypes
import os
import sys
import time

NO_DEVICE = 100

# Where the library is when the loader does not know it: containers, WSL, NixOS.
FOLDERS = ("/usr/local/nvidia/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib64",
           "/usr/lib/wsl/lib", "/run/opengl-driver/lib",
           "/usr/local/cuda/compat")

# The oldest that speaks of the chip is taken: a driver may forget old ones one day.
HEADS = ((b"6.0", b"sm_50"), (b"6.3", b"sm_75"), (b"7.8", b"sm_90"))

PTX = b"""
.version %s
.target %s
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
  mov.u32 t, %%ctaid.y;
  mov.u32 u, %%ntid.y;
  mov.u32 i, %%tid.y;
  mad.lo.u32 row, t, u, i;
  mov.u32 t, %%ctaid.x;
  mov.u32 u, %%ntid.x;
  mov.u32 i, %%tid.x;
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


def library():
    tried = []
    for folder in ("",) + FOLDERS:
        try:
            return ctypes.CDLL(os.path.join(folder, "libcuda.so.1"))
        except OSError as why:
            tried.append(str(why))
    sys.exit("libcuda.so.1 cannot be loaded: %s" % "; ".join(tried))


cuda = library()


def call(name, *arguments, may_fail=False):
    result = getattr(cuda, name)(*arguments)
    if result and not may_fail:
        sys.exit("%s: CUDA error %d" % (name, result))
    return result


def start():
    """How many GPUs there are to be seen."""
    count = ctypes.c_int()
    if call("cuInit", 0, may_fail=True) == NO_DEVICE:
        return 0
    call("cuInit", 0)
    call("cuDeviceGetCount", ctypes.byref(count))
    return count.value


def uuid_of(index):
    device, raw = ctypes.c_int(), (ctypes.c_ubyte * 16)()
    call("cuDeviceGet", ctypes.byref(device), index)
    call("cuDeviceGetUuid", raw, device)
    text = bytes(raw).hex()
    return "GPU-" + "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def load():
    """The kernel (its module must live as long)."""
    module, product = ctypes.c_void_p(), ctypes.c_void_p()
    for head in HEADS:
        result = call("cuModuleLoadData", ctypes.byref(module), PTX % head,
                      may_fail=head != HEADS[-1])
        if not result:
            break
    call("cuModuleGetFunction", ctypes.byref(product), module, b"product")
    return product


def compute(seconds, n):
    device, context = ctypes.c_int(), ctypes.c_void_p()
    call("cuDeviceGet", ctypes.byref(device), 0)
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    call("cuCtxSetCurrent", context)
    product = load()
    places = [ctypes.c_uint64() for _ in range(3)]
    for place in places:
        call("cuMemAlloc_v2", ctypes.byref(place), ctypes.c_size_t(4 * n * n))
        call("cuMemsetD32_v2", place, 0x3f800000, ctypes.c_size_t(n * n))  # 1.0
    size = ctypes.c_uint32(n)
    arguments = (ctypes.c_void_p * 4)(*[ctypes.addressof(x) for x in places + [size]])
    print("pid %d, %d bytes on %s" % (os.getpid(), 12 * n * n, uuid_of(0)), flush=True)
    end, done = time.time() + seconds, 0
    while time.time() < end:
        call("cuLaunchKernel", product, n // 16, n // 16, 1, 16, 16, 1, 0, None,
             arguments, None)
        call("cuCtxSynchronize")
        done += 1
    one = ctypes.c_float()
    call("cuMemcpyDtoH_v2", ctypes.byref(one), places[2], ctypes.c_size_t(4))
    print("%d products, %s" % (done, "right" if one.value == n else "wrong"), flush=True)


def main():
    count = start()
    if sys.argv[1] == "--list":
        for index in range(count):
            print(uuid_of(index))
    elif not count:
        sys.exit("no GPU can be seen: CUDA_VISIBLE_DEVICES=%r"
                 % os.environ.get("CUDA_VISIBLE_DEVICES"))
    else:
        compute(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4096)


main()
