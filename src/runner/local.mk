# src/runner: the life of a run, from its acceptance to its end.
libazml_runner_la_SOURCES += \
  src/runner/accept.c src/runner/accept.h \
  src/runner/compose.c src/runner/compose.h \
  src/runner/disk.c src/runner/disk.h \
  src/runner/fault.c src/runner/fault.h \
  src/runner/gpus-left.c src/runner/gpus-left.h \
  src/runner/inside.c src/runner/inside.h \
  src/runner/keeper.c src/runner/keeper.h \
  src/runner/launch.c src/runner/launch.h \
  src/runner/lease-run.c src/runner/lease-run.h \
  src/runner/lease-words.c src/runner/lease-words.h \
  src/runner/leftover.c src/runner/leftover.h \
  src/runner/logout.c src/runner/logout.h \
  src/runner/pattern.c src/runner/pattern.h \
  src/runner/prepare.c src/runner/prepare.h \
  src/runner/reads.c src/runner/reads.h \
  src/runner/record.c src/runner/record.h \
  src/runner/runner.c src/runner/runner.h \
  src/runner/sampler.c src/runner/sampler.h src/runner/sampler-private.h \
  src/runner/sampler-end.c src/runner/sampler-own.c src/runner/sampler-stream.c \
  src/runner/settle.c src/runner/settle.h \
  src/runner/spare.c src/runner/spare.h src/runner/spare-name.h \
  src/runner/spare-make.c \
  src/runner/standby.c src/runner/standby.h \
  src/runner/stop.c src/runner/stop.h \
  src/runner/watch.c src/runner/watch.h
