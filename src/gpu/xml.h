/* xml.h: a reader for the XML that nvidia-smi prints.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Elements, attributes that are passed over but for `id`, text, the five entities and
   numbers; no name spaces, no CDATA, no entities of one's own.  Whatever else stands
   there is an error, so that what nvidia-smi prints before or instead of XML is not
   taken for it.  */

#ifndef AZML_GPU_XML_H
#define AZML_GPU_XML_H

#include <stddef.h>

#include "core/error.h"

typedef struct azml__xml_reader
{
  /* An element NAME begins; ID is its attribute `id`, or NULL.  */
  void (*begin) (const char *name, const char *id, void *data);
  /* It ends; TEXT is what stood in it directly, trimmed.  */
  void (*end) (const char *name, const char *text, void *data);
  void *data;
} azml__xml_reader;

#define AZML__XML_NAME 64  /* longest name + 1 */
#define AZML__XML_DEPTH 32 /* deepest nesting */

/* Read N bytes of TEXT.  AZML_E_FORMAT, AZML_E_NO_MEMORY.  */
int azml__xml_read (const char *text, size_t n, const azml__xml_reader *reader,
                    azml_error **err);

#endif
