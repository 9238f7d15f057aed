/* ssh-word.h: words and patterns of ~/.ssh/config.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef AZML_CHANNEL_SSH_WORD_H
#define AZML_CHANNEL_SSH_WORD_H

/* 1 if one of the patterns in LIST, separated by a character of SEPARATORS, is TEXT's,
   and none of the negated ones (!pattern).  */
int azml__ssh_pattern (const char *list, const char *separators, const char *text);

/* The same of the name of a host, which has no upper and lower case but in a Host line;
   commas separate.  */
int azml__ssh_host_pattern (const char *list, const char *text);

/* Cut the next word off *LINE, with its quotes removed; NULL when there is none, or a
   comment.  */
char *azml__ssh_next_word (char **line);

/* 1 if the words of a Host line, which is cut, are about HOST.  */
int azml__ssh_host_line (char *patterns, const char *host);

/* Cut TEXT, [user@]host or ssh://[user@]host[:port], into what it is made of; NULL is what
   it does not say.  */
void azml__ssh_destination (char *text, char **user, char **host, char **port);

/* 1 if the text can be a name or address, a user or the number of a port; what a shell would
   act upon, or ssh take for an option, cannot.  A file of the user may say so; who names a
   machine may be somebody else.  */
int azml__ssh_is_host (const char *host);
int azml__ssh_is_user (const char *user);
int azml__ssh_is_port (const char *port);

#endif
