# src/run: run directory, states, metrics, project.
libazml_base_la_SOURCES += \
  src/run/find.c \
  src/run/layout.c src/run/layout.h \
  src/run/metrics.c src/run/metrics.h \
  src/run/mirror.c src/run/mirror.h \
  src/run/point.c src/run/point.h \
  src/run/project.c src/run/project.h \
  src/run/receive.c src/run/receive.h \
  src/run/replay.c src/run/replay.h \
  src/run/run.c \
  src/run/snapshot.c \
  src/run/state.c \
  src/run/summary.c \
  src/run/text.c src/run/text.h
# What needs a session is the client's.
libazml_core_la_SOURCES += src/run/ahead.c src/run/ahead.h
azmlinclude_HEADERS += src/include/azml/project.h src/include/azml/run.h \
  src/include/azml/snapshot.h
