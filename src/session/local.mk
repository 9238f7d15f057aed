# src/session: the client's end of the protocol.
libazml_core_la_SOURCES += \
  src/session/ahead.c src/session/ahead.h \
  src/session/clock.c \
  src/session/end.c \
  src/session/input.c \
  src/session/private.h \
  src/session/put.c \
  src/session/session.c src/session/session.h \
  src/session/sink.c
