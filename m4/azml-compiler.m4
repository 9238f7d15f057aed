dnl m4/azml-compiler.m4: warnings, sanitizers, the static runner.
dnl Copyright (C) 2026 The azml-guile developers
dnl SPDX-License-Identifier: GPL-3.0-or-later

dnl AZML_COMPILER_WARNINGS: put the project's warnings into AZML_CFLAGS;
dnl --enable-werror makes them errors (continuous integration does).
AC_DEFUN([AZML_COMPILER_WARNINGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
    [], [enable_werror=no])
  AZML_CFLAGS="-std=gnu11 -fvisibility=hidden -Wall -Wextra -Wformat=2 dnl
-Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wshadow -Wpointer-arith dnl
-Werror=implicit-function-declaration"
  AS_IF([test "x$enable_werror" = xyes], [AZML_CFLAGS="$AZML_CFLAGS -Werror"])
  AC_SUBST([AZML_CFLAGS])
  AC_SUBST([AZML_WERROR], [$enable_werror])
])

dnl AZML_SANITIZERS: --enable-sanitizers=address,undefined.
AC_DEFUN([AZML_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers=LIST],
       [build with sanitizers, e.g. address,undefined])],
    [], [enable_sanitizers=no])
  AZML_SANITIZE=
  AS_IF([test "x$enable_sanitizers" = xyes], [enable_sanitizers=address,undefined])
  AS_IF([test "x$enable_sanitizers" != xno],
    [AZML_SANITIZE="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer dnl
-fno-sanitize-recover=undefined"])
  AC_SUBST([AZML_SANITIZE])
  dnl A plain guile loads the extension: the sanitizer's library must come first.
  AZML_PRELOAD=
  AS_CASE([$enable_sanitizers],
    [*address*], [AZML_PRELOAD="env LD_PRELOAD=`$CC -print-file-name=libasan.so`"])
  AC_SUBST([AZML_PRELOAD])
  AM_CONDITIONAL([SANITIZE], [test "x$enable_sanitizers" != xno])
])

dnl AZML_STATIC_RUNNER: the runner is static, so that it starts on a machine
dnl where nothing of ours is installed.  A sanitizer needs a dynamic one.
AC_DEFUN([AZML_STATIC_RUNNER], [
  AC_ARG_ENABLE([static-runner],
    [AS_HELP_STRING([--disable-static-runner],
       [link azml-runner dynamically; it then runs only on machines like this one])],
    [], [enable_static_runner=yes])
  AS_IF([test "x$enable_sanitizers" != xno], [enable_static_runner=no])
  AS_IF([test "x$enable_static_runner" = xyes], [
    AC_MSG_CHECKING([whether a static program with jansson and nettle links])
    azml_save_LIBS=$LIBS
    azml_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS $JANSSON_CFLAGS $NETTLE_CFLAGS -static"
    LIBS="$JANSSON_LIBS $NETTLE_LIBS $LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <jansson.h>
#include <nettle/sha2.h>]],
        [[struct sha256_ctx c; sha256_init (&c); return json_object () == 0;]])],
      [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_WARN([azml-runner will be dynamic, for this machine and its like only])
       enable_static_runner=no])
    LIBS=$azml_save_LIBS
    CFLAGS=$azml_save_CFLAGS
  ])
  AM_CONDITIONAL([STATIC_RUNNER], [test "x$enable_static_runner" = xyes])
])
