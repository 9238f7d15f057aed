# src/lease: who has which GPU of this machine, among all its users.

# All of azml-runner but main, so that the tests link it.
noinst_LTLIBRARIES += libazml-runner.la
libazml_runner_la_LIBADD = libazml-base.la
libazml_runner_la_SOURCES = \
  src/lease/claim.c src/lease/claim.h \
  src/lease/gpus.c src/lease/gpus.h \
  src/lease/lease.c src/lease/lease.h \
  src/lease/name.c src/lease/name.h \
  src/lease/note.c src/lease/note.h \
  src/lease/queue.c src/lease/queue.h src/lease/queue-private.h \
  src/lease/queue-list.c \
  src/lease/report.c src/lease/report.h \
  src/lease/table.c src/lease/table.h
