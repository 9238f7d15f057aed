/* ssh-auth.c: prove who we are: by key, answers to questions, or a password.
   Copyright (C) 2026 The azml-guile developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A server may want several of these, one after the other.  Secrets are read here,
   given to libssh, and overwritten.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "channel/ssh-auth.h"
#include "channel/ssh-keys.h"
#include "channel/ssh-word.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/path.h"
#include "core/spawn.h"

#define QUESTIONS 3
#define SECRET_SIZE 4096
#define LOOK_MS 100 /* how often to look whether a command has ended */
#define FACTORS 4   /* that a server may want */

/* The password that is not asked for: used once.  */
struct secret
{
  char *text;
  int used;
};

/* 1 if the child PID has ended; 0 for none.  It stays to be waited for.  */
static int
has_ended (pid_t pid)
{
  siginfo_t info = { 0 };
  return pid && waitid (P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
         && info.si_pid == pid;
}

/* Read the first line of FD.  It ends where WRITER, a process or 0, does: what that leaves
   behind may hold the other end open.  */
static int
read_secret (int fd, pid_t writer, azml_cancel *cancel, char **ret,
             azml_error **err)
{
  char text[SECRET_SIZE];
  size_t n = 0;
  int rc = 0;
  while (rc == 0 && n < sizeof text - 1)
    {
      int ready;
      int ended = has_ended (writer); /* nothing comes after that */
      struct pollfd wait = { .fd = fd, .events = POLLIN };
      int patience = ended ? 0 : writer ? LOOK_MS : -1;
      rc = azml__cancel_poll (cancel, &wait, 1, patience, &ready, err);
      if (rc == 0 && !ready && ended)
        break;
      if (rc == 0 && !ready)
        continue;
      ssize_t got = rc < 0 ? 0 : read (fd, text + n, sizeof text - 1 - n);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        break;
      n += (size_t)got;
    }
  text[n] = 0;
  text[strcspn (text, "\r\n")] = 0;
  char *copy = rc == 0 ? strdup (text) : NULL;
  explicit_bzero (text, sizeof text);
  if (rc == 0 && !copy)
    return azml__error_no_memory (err);
  *ret = copy;
  return rc;
}

static int
from_file (const char *name, const azml__ssh_how *how, char **ret, azml_error **err)
{
  struct stat st;
  AZML_AUTO_CLOSE int fd = open (name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat (fd, &st) < 0)
    return azml__error_os (err, errno, "open '%s'", name);
  if (!S_ISREG (st.st_mode) || st.st_uid != getuid () || (st.st_mode & 077))
    {
      int rc = azml__error (err, AZML_E_DENIED,
                            "'%s' holds a password, and others can read it", name);
      azml__error_hint (err, "chmod 600 '%s', and let it be yours", name);
      return rc;
    }
  return read_secret (fd, 0, how->cancel, ret, err);
}

static int
from_command (const char *command, const azml__ssh_how *how, char **ret,
              azml_error **err)
{
  int out[2], status = 0;
  pid_t pid;
  char *argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
  if (pipe2 (out, O_CLOEXEC) < 0)
    return azml__error_os (err, errno, "make a pipe");
  azml__spawn spawn = { .program = "/bin/sh",
                        .argv = argv,
                        .fds = { -1, out[1], -1 } };
  int rc = azml__spawn_start (&spawn, &pid, err);
  close (out[1]);
  if (rc == 0)
    rc = read_secret (out[0], pid, how->cancel, ret, err);
  else
    pid = 0;
  close (out[0]);
  if (pid && rc < 0)
    (void)kill (pid, SIGTERM);
  if (pid && azml__spawn_wait (pid, &status, rc < 0 ? NULL : err) < 0)
    return AZML_E_OS;
  if (rc < 0)
    return rc;
  if (status == 0)
    return 0;
  azml__secret_free (azml_steal (ret));
  rc = azml__error (err, AZML_E_AUTH, "the command for the password failed with %d",
                    azml__spawn_exit_code (status));
  azml__error_hint (err, "execute it by hand to see why");
  return rc;
}

/* The password from a file or a command, if one is named.  That there is none is better
   said than that the server refuses it.  */
static int
find_secret (const azml__ssh_how *how, struct secret *secret, azml_error **err)
{
  int rc = 0;
  if (secret->text || secret->used)
    return 0;
  if (how->password_file)
    rc = from_file (how->password_file, how, &secret->text, err);
  else if (how->password_command)
    rc = from_command (how->password_command, how, &secret->text, err);
  if (rc < 0 || !secret->text || *secret->text)
    return rc;
  azml__secret_free (azml_steal (&secret->text));
  if (how->password_file)
    rc = azml__error (err, AZML_E_AUTH, "there is no password in '%s'",
                      how->password_file);
  else
    rc =
        azml__error (err, AZML_E_AUTH, "the command for the password printed none");
  azml__error_hint (err, "the first line is the password");
  return rc;
}

/* The answer to PROMPT (new): the secret, once and unseen, or the user's.  *RET stays
   NULL if there is nobody to ask.  */
static int
answer (azml__ssh *ssh, const azml__ssh_how *how, struct secret *secret,
        const char *prompt, int echo, char **ret, azml_error **err)
{
  int rc = echo ? 0 : find_secret (how, secret, err);
  if (rc < 0)
    return rc;
  if (secret->text && !secret->used && !echo)
    {
      secret->used = 1;
      *ret = strdup (secret->text);
      return *ret ? 0 : azml__error_no_memory (err);
    }
  if (!azml__terminal_present ())
    return 0;
  AZML_AUTO_FREE char *whole = azml__path_format (
      "(%s@%s) %s", ssh->config->values[AZML__SSH_USER], ssh->config->name, prompt);
  return whole ? azml__terminal_ask (whole, echo, how->cancel, ret, err)
               : azml__error_no_memory (err);
}

/* Answer one round of questions.  *RET_MUTE: nobody can; *RET_ASKED: there was one.  */
static int
answer_all (azml__ssh *ssh, const azml__ssh_how *how, struct secret *secret,
            int *ret_mute, int *ret_asked, azml_error **err)
{
  int n = ssh_userauth_kbdint_getnprompts (ssh->session);
  *ret_asked |= n > 0;
  for (int i = 0; i < n; i++)
    {
      char echo = 0;
      AZML_AUTO_SECRET text = NULL;
      const char *prompt =
          ssh_userauth_kbdint_getprompt (ssh->session, (unsigned)i, &echo);
      int rc = answer (ssh, how, secret, prompt ? prompt : "", echo, &text, err);
      if (rc < 0)
        return rc;
      if (!text)
        *ret_mute = 1;
      if (ssh_userauth_kbdint_setanswer (ssh->session, (unsigned)i,
                                         text ? text : "")
          < 0)
        return azml__error_no_memory (err);
    }
  return 0;
}

static int
try_questions (azml__ssh *ssh, const azml__ssh_how *how, struct secret *secret,
               int *ret_auth, azml_error **err)
{
  int mute = 0, asked = 1, rc = 0;
  /* a server that has no question does not have one the next time: each attempt counts */
  for (int i = 0; i < QUESTIONS && asked && !mute && rc == 0; i++)
    {
      asked = 0;
      do
        {
          rc =
              AZML__SSH_AUTH_TURNS (ssh, how, ret_auth, err,
                                    ssh_userauth_kbdint (ssh->session, NULL, NULL));
          if (rc == 0 && *ret_auth == SSH_AUTH_INFO)
            rc = answer_all (ssh, how, secret, &mute, &asked, err);
        }
      while (rc == 0 && *ret_auth == SSH_AUTH_INFO);
      if (*ret_auth != SSH_AUTH_DENIED)
        break;
    }
  return rc;
}

static int
try_password (azml__ssh *ssh, const azml__ssh_how *how, struct secret *secret,
              int *ret_auth, azml_error **err)
{
  for (int i = 0; i < QUESTIONS; i++)
    {
      AZML_AUTO_SECRET text = NULL;
      int rc = answer (ssh, how, secret, "Password: ", 0, &text, err);
      if (rc < 0 || !text)
        return rc;
      rc = AZML__SSH_AUTH_TURNS (ssh, how, ret_auth, err,
                                 ssh_userauth_password (ssh->session, NULL, text));
      if (rc < 0 || *ret_auth != SSH_AUTH_DENIED)
        return rc;
    }
  return 0;
}

/* 1 if METHOD is among those that the user prefers, if any are named.  */
static int
preferred (const azml__ssh *ssh, const char *method)
{
  const char *list = ssh->config->values[AZML__SSH_PREFERRED_AUTH];
  return !list || azml__ssh_pattern (list, ",", method);
}

/* How a signature is bound (unbound, host-bound) is no matter to us.  */
static int
with_keys (const azml__ssh *ssh)
{
  const char *text = ssh->config->values[AZML__SSH_PUBKEY_AUTH];
  return !text || (strcasecmp (text, "no") != 0 && strcasecmp (text, "false") != 0);
}

/* Try what the server takes and we have, the least trouble first.  */
static int
try_methods (azml__ssh *ssh, const azml__ssh_how *how, struct secret *secret,
             azml__buffer *notes, int *ret_auth, azml_error **err)
{
  const azml__ssh_config *config = ssh->config;
  int methods = ssh_userauth_list (ssh->session, NULL), rc = 0;
  if ((methods & SSH_AUTH_METHOD_PUBLICKEY) && preferred (ssh, "publickey")
      && with_keys (ssh))
    rc = azml__ssh_try_keys (ssh, how, notes, ret_auth, err);
  if (rc == 0 && *ret_auth == SSH_AUTH_DENIED
      && (methods & SSH_AUTH_METHOD_INTERACTIVE)
      && preferred (ssh, "keyboard-interactive")
      && azml__ssh_config_yes (config, AZML__SSH_KBDINT_AUTH, 1)
      && (how->password_file || how->password_command || azml__terminal_present ()))
    rc = try_questions (ssh, how, secret, ret_auth, err);
  if (rc == 0 && *ret_auth == SSH_AUTH_DENIED
      && (methods & SSH_AUTH_METHOD_PASSWORD) && preferred (ssh, "password")
      && azml__ssh_config_yes (config, AZML__SSH_PASSWORD_AUTH, 1))
    {
      /* a wrong one is not asked for in two ways */
      secret->used = 0;
      rc = try_password (ssh, how, secret, ret_auth, err);
    }
  return rc;
}

static int
refused (azml__ssh *ssh, azml__buffer *notes, azml_error **err)
{
  int methods = ssh_userauth_list (ssh->session, NULL);
  const char *said = ssh_get_error (ssh->session);
  if (strstr (said, "Too many authentication failures"))
    return azml__ssh_fail (err, AZML__SSH_AUTH_TOO_MANY, ssh->config->name, NULL);
  if (!ssh_is_connected (ssh->session))
    {
      int closed = azml__ssh_fail (err, AZML__SSH_CLOSED, ssh->config->name, said);
      azml__error_hint (err, "its sshd waits only so long for a login "
                             "(LoginGraceTime), or is broken: look into its log");
      return closed;
    }
  azml__buffer_add_format (notes, "%sthe server takes%s%s%s",
                           notes->length ? "; " : "",
                           methods & SSH_AUTH_METHOD_PUBLICKEY ? " keys" : "",
                           methods & SSH_AUTH_METHOD_INTERACTIVE ? " answers" : "",
                           methods & SSH_AUTH_METHOD_PASSWORD ? " passwords" : "");
  AZML_AUTO_FREE char *name = azml__path_format (
      "%s@%s", ssh->config->values[AZML__SSH_USER], ssh->config->name);
  int rc = azml__ssh_fail (err, AZML__SSH_AUTH, name ? name : ssh->config->name,
                           azml__buffer_ok (notes) ? notes->data : NULL);
  if (ssh->beyond)
    azml__error_hint (err, AZML__SSH_BEYOND_HINT);
  return rc;
}

/* A server that asks nothing (none), or for more than the key, proves nothing of it.  */
static int
by_key_alone (azml__ssh *ssh, const azml__ssh_how *how, azml__buffer *notes,
              azml_error **err)
{
  int auth = SSH_AUTH_DENIED, rc = 0;
  if (with_keys (ssh))
    rc = azml__ssh_try_keys (ssh, how, notes, &auth, err);
  if (rc < 0)
    return azml__error_prefix (err, rc, "'%s'", ssh->config->name);
  return auth == SSH_AUTH_SUCCESS ? 0 : refused (ssh, notes, err);
}

int
azml__ssh_authenticate (azml__ssh *ssh, const azml__ssh_how *how, azml_error **err)
{
  struct secret secret = { 0 };
  AZML_AUTO_BUFFER notes = AZML__BUFFER_INIT;
  int auth = SSH_AUTH_DENIED, rc = 0;
  if (how->only_key)
    return by_key_alone (ssh, how, &notes, err);
  rc = AZML__SSH_AUTH_TURNS (ssh, how, &auth, err,
                             ssh_userauth_none (ssh->session, NULL));
  for (int i = 0; i < FACTORS && rc == 0; i++)
    {
      if (auth != SSH_AUTH_DENIED && auth != SSH_AUTH_PARTIAL)
        break;
      int before = auth;
      auth = SSH_AUTH_DENIED;
      rc = try_methods (ssh, how, &secret, &notes, &auth, err);
      if (auth != SSH_AUTH_PARTIAL
          || (before == SSH_AUTH_PARTIAL && i + 1 == FACTORS))
        break;
    }
  azml__secret_free (secret.text);
  if (rc < 0)
    return azml__error_prefix (err, rc, "'%s'", ssh->config->name);
  return auth == SSH_AUTH_SUCCESS ? 0 : refused (ssh, &notes, err);
}
