/* close.h: descriptors that a keeper must not keep.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_PROCESS_CLOSE_H
#define AZML_PROCESS_CLOSE_H

/* Close all descriptors but KEPT and ALSO, each -1 for none; 0, 1 and 2 become
   /dev/null; leave the working folder.  */
void azml__close_all_but (int kept, int also);

/* Close all but 0, 1, 2, KEPT and ALSO.  */
void azml__close_others (int kept, int also);

/* Let no descriptor but 0, 1 and 2 survive an exec, however it came to us.  */
void azml__close_on_exec (void);

#endif
