# src/channel: local channel, ways to machines, session.
libazml_core_la_SOURCES += \
  src/channel/channel.c src/channel/channel.h \
  src/channel/connection.c src/channel/connection.h src/channel/connection-run.c \
  src/channel/connection-private.h \
  src/channel/kit.c src/channel/kit.h src/channel/kit-answer.c src/channel/kit-line.c \
  src/channel/local.c \
  src/channel/placement.c src/channel/placement.h \
  src/channel/ssh-command.c src/channel/ssh-command.h \
  src/channel/ssh-command-channel.c \
  src/channel/ssh-complaint.c src/channel/ssh-complaint.h \
  src/channel/ssh-line.c src/channel/ssh-line.h \
  src/channel/session.c src/channel/session.h src/channel/session-private.h \
  src/channel/session-input.c \
  src/channel/session-put.c \
  src/channel/session-sink.c
