/* report.h: what is said about leases.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_LEASE_REPORT_H
#define AZML_LEASE_REPORT_H

#include "lease/queue.h"

/* Which GPU entry I of LIST is: {"uuid", "index", "gpu", "model"} (new).  */
json_t *azml__lease_describe_gpu (const azml__gpu_list *list, size_t i);

/* Who holds GPU I of the list of QUEUE, or what it is a part of, or a part of it, as the
   last try saw it; borrowed until the next.  NULL: nobody, or it cannot be told.  */
const azml__lease_name *
azml__lease_holder (const azml__lease_queue *queue, size_t i);

/* Why the last try made the run wait (new): {"ahead", "gpus": [...]}, see
   doc/run-directory.md, events.  */
json_t *azml__lease_report (const azml__lease_queue *queue);

/* All leases and all that waits (new): {"leases": [...], "waiting": [...]}, see
   doc/protocol.md, operation gpus.  */
json_t *azml__lease_table_to_json (const azml__lease_table *table);

#endif
