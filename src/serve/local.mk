# src/serve: azml-runner's face: the protocol, and the verbs of its command line.
libazml_runner_la_SOURCES += \
  src/serve/ahead.c \
  src/serve/children.c \
  src/serve/environment.c \
  src/serve/fetch.c \
  src/serve/follow.c \
  src/serve/garbage.c src/serve/garbage.h \
  src/serve/gc.c \
  src/serve/hello.c \
  src/serve/input.c \
  src/serve/lease.c \
  src/serve/list.c \
  src/serve/log.c \
  src/serve/objects.c \
  src/serve/output.c \
  src/serve/place.c \
  src/serve/private.h \
  src/serve/run.c \
  src/serve/runners.c src/serve/runners.h \
  src/serve/serve.c src/serve/serve.h \
  src/serve/start.c \
  src/serve/settle.c \
  src/serve/sync.c \
  src/serve/task.c \
  src/serve/verb.c src/serve/verb.h

pkglibexec_PROGRAMS = azml-runner
azml_runner_SOURCES = src/serve/main.c
azml_runner_LDADD = libazml-runner.la
azml_runner_LDFLAGS = $(AM_LDFLAGS)
if STATIC_RUNNER
azml_runner_LDFLAGS += -all-static
endif
