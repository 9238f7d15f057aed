# src/channel: local channel and session.
libazml_core_la_SOURCES += \
  src/channel/channel.c src/channel/channel.h \
  src/channel/local.c \
  src/channel/session.c src/channel/session.h src/channel/session-private.h \
  src/channel/session-input.c \
  src/channel/session-sink.c \
  src/channel/session-snapshot.c
