# src/runner: azml-runner.

# All of the runner but main, so that the tests link it.
noinst_LTLIBRARIES += libazml-runner.la
libazml_runner_la_SOURCES = \
  src/runner/accept.c \
  src/runner/charge.c src/runner/charge.h \
  src/runner/close.c src/runner/close.h \
  src/runner/command.c src/runner/command.h \
  src/runner/compose.c \
  src/runner/container.c src/runner/container.h \
  src/runner/container-words.c \
  src/runner/disk.c src/runner/disk.h \
  src/runner/engine.c src/runner/engine.h \
  src/runner/fault.c src/runner/fault.h \
  src/runner/gpus.c src/runner/gpus.h \
  src/runner/image.c src/runner/image.h \
  src/runner/image-build.c \
  src/runner/image-context.c \
  src/runner/image-script.c \
  src/runner/inner.c src/runner/inner.h \
  src/runner/job.c src/runner/job.h \
  src/runner/keeper.c src/runner/keeper.h \
  src/runner/lease.c src/runner/lease.h \
  src/runner/lease-claim.c src/runner/lease-claim.h \
  src/runner/lease-name.c src/runner/lease-name.h \
  src/runner/lease-queue.c src/runner/lease-queue.h \
  src/runner/lease-report.c src/runner/lease-report.h \
  src/runner/lease-run.c \
  src/runner/lease-table.c src/runner/lease-table.h \
  src/runner/lease-words.c src/runner/lease-words.h \
  src/runner/leftover.c \
  src/runner/list.c \
  src/runner/logout.c src/runner/logout.h \
  src/runner/log.c \
  src/runner/memory.c src/runner/memory.h \
  src/runner/place.c \
  src/runner/pattern.c src/runner/pattern.h \
  src/runner/prepare.c \
  src/runner/reads.c src/runner/reads.h \
  src/runner/rest.c src/runner/rest.h \
  src/runner/runner.c src/runner/runner.h \
  src/runner/sampler.c src/runner/sampler.h src/runner/sampler-private.h \
  src/runner/sampler-end.c \
  src/runner/settle.c src/runner/settle.h \
  src/runner/signals.c src/runner/signals.h \
  src/runner/standby.c src/runner/standby.h \
  src/runner/system-call.h \
  src/runner/status.c src/runner/status.h \
  src/runner/stop.c src/runner/stop.h \
  src/runner/tree.c src/runner/tree.h \
  src/runner/usage.c src/runner/usage.h \
  src/runner/verb.h \
  src/runner/watch.c \
  src/runner/words.c
# The protocol.
libazml_runner_la_SOURCES += \
  src/runner/gc.c \
  src/runner/serve.c src/runner/serve.h src/runner/serve-private.h \
  src/runner/serve-children.c \
  src/runner/serve-environment.c \
  src/runner/serve-fetch.c \
  src/runner/serve-follow.c \
  src/runner/serve-gc.c \
  src/runner/serve-hello.c \
  src/runner/serve-input.c \
  src/runner/serve-lease.c \
  src/runner/serve-objects.c \
  src/runner/serve-output.c \
  src/runner/serve-run.c \
  src/runner/serve-start.c \
  src/runner/serve-task.c
libazml_runner_la_LIBADD = libazml-base.la

pkglibexec_PROGRAMS = azml-runner
azml_runner_SOURCES = src/runner/main.c
azml_runner_LDADD = libazml-runner.la
azml_runner_LDFLAGS = $(AM_LDFLAGS)
if STATIC_RUNNER
azml_runner_LDFLAGS += -all-static
endif
