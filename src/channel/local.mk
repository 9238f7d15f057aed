# src/channel: local channel, ways to machines.
libazml_core_la_SOURCES += \
  src/channel/channel.c src/channel/channel.h src/channel/channel-run.c \
  src/channel/connection.c src/channel/connection.h \
  src/channel/connection-private.h \
  src/channel/kit.c src/channel/kit.h src/channel/kit-answer.c src/channel/kit-line.c \
  src/channel/local.c \
  src/channel/placement.c src/channel/placement.h \
  src/channel/ssh-changed.c src/channel/ssh-changed.h \
  src/channel/ssh-command.c \
  src/channel/ssh-command-channel.c src/channel/ssh-command-channel.h \
  src/channel/ssh-command-config.c src/channel/ssh-command-config.h \
  src/channel/ssh-load.c src/channel/ssh-module.h
libazml_core_la_LIBADD += libazml-way.la $(DL_LIBS)

# What both doors to SSH need.
noinst_LTLIBRARIES += libazml-way.la
libazml_way_la_SOURCES = \
  src/channel/connection-base.c \
  src/channel/ssh-complaint.c src/channel/ssh-complaint.h \
  src/channel/ssh-config.c src/channel/ssh-config.h \
  src/channel/ssh-config-read.c src/channel/ssh-config-read.h \
  src/channel/ssh-keyword.c src/channel/ssh-keyword.h \
  src/channel/ssh-line.c src/channel/ssh-line.h \
  src/channel/ssh-match.c src/channel/ssh-match.h \
  src/channel/ssh-network.c src/channel/ssh-network.h \
  src/channel/ssh-word.c src/channel/ssh-word.h

# The libssh door is a module, with its own copy of what it uses.
azml_ssh_sources = \
  src/channel/ssh-agent.c src/channel/ssh-agent.h \
  src/channel/ssh-agent-filter.c src/channel/ssh-agent-filter.h \
  src/channel/ssh-algorithms.c src/channel/ssh-algorithms.h \
  src/channel/ssh-auth.c src/channel/ssh-auth.h \
  src/channel/ssh-channel.c src/channel/ssh-channel.h \
  src/channel/ssh-connection.c \
  src/channel/ssh-dial.c src/channel/ssh-dial.h \
  src/channel/ssh-host-key.c src/channel/ssh-host-key.h \
  src/channel/ssh-jump.c src/channel/ssh-jump.h \
  src/channel/ssh-key-file.c src/channel/ssh-key-file.h \
  src/channel/ssh-keys.c src/channel/ssh-keys.h \
  src/channel/ssh-login.c src/channel/ssh-login.h \
  src/channel/ssh-session.c src/channel/ssh-session.h \
  src/channel/ssh-stream.c src/channel/ssh-stream.h
EXTRA_DIST += $(azml_ssh_sources)
if LIBSSH
pkglib_LTLIBRARIES += azml-ssh.la
azml_ssh_la_SOURCES = $(azml_ssh_sources)
azml_ssh_la_CPPFLAGS = $(AM_CPPFLAGS) $(LIBSSH_CFLAGS)
EXTRA_azml_ssh_la_DEPENDENCIES = folders.stamp
azml_ssh_la_LIBADD = libazml-way.la libazml-base.la $(LIBSSH_LIBS) -lpthread
azml_ssh_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
  -export-symbols-regex '^azml_ssh_module$$'
endif
