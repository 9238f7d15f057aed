# src/charge: a run in somebody's charge: its lock, its job, its status.
libazml_runner_la_SOURCES += \
  src/charge/charge.c src/charge/charge.h \
  src/charge/job.c src/charge/job.h \
  src/charge/share.c src/charge/share.h \
  src/charge/status.c src/charge/status.h
