/* file.h: the files of Workbench and of its successors, as JSON.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CONFIG_FILE_H
#define AZML_CONFIG_FILE_H

#include "config/reader.h"

/* Read DOCUMENT as a KIND: "compute", "runconfig", "conda", "spark", "base", "project",
   "link", "v1" (a runconfig of SDK v1), "job" (a command job of CLI v2); NULL: what its
   name and its keys say.  Store a new object in *RET:

     {"file", "kind", "ok": BOOLEAN, "values": {...}, "places": {"KEY": [LINE, COLUMN]},
      "problems": [...]}

   VALUES has the file's own keys, with the product's defaults for those that are not
   there.  OK: no problem is an error.  What is wrong in the file is no failure.  */
int azml__file_kind_read (azml__document *document, const char *kind, json_t **ret,
                          azml_error **err);

/* The same for the text or the file NAME.  */
int azml__config_read (const char *name, const char *kind, json_t **ret,
                       azml_error **err);

/* One for each kind: the keys, and what is done after they were read.  */
extern const azml__key azml__compute_keys[], azml__runconfig_keys[],
    azml__conda_keys[], azml__spark_keys[], azml__base_keys[], azml__project_keys[],
    azml__link_keys[], azml__v1_keys[], azml__job_keys[];

void azml__compute_finish (azml__reader *reader);
void azml__runconfig_finish (azml__reader *reader);
void azml__conda_finish (azml__reader *reader);
void azml__spark_finish (azml__reader *reader);
void azml__project_finish (azml__reader *reader);
void azml__v1_finish (azml__reader *reader);
void azml__job_finish (azml__reader *reader);

#endif
