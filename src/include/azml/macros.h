/* azml/macros.h: what every public header needs.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_MACROS_H
#define AZML_MACROS_H

#ifdef __cplusplus
#define AZML_BEGIN_DECLS                                                           \
  extern "C"                                                                       \
  {
#define AZML_END_DECLS }
#else
#define AZML_BEGIN_DECLS
#define AZML_END_DECLS
#endif

#if defined(__GNUC__) || defined(__clang__)
#define AZML_API __attribute__ ((visibility ("default")))
#define AZML_MUST_CHECK __attribute__ ((warn_unused_result))
#else
#define AZML_API
#define AZML_MUST_CHECK
#endif

#endif
