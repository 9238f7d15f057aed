# src/process: processes, what is below them, and the signals that they live by.
libazml_runner_la_SOURCES += \
  src/process/close.c src/process/close.h \
  src/process/command.c src/process/command.h \
  src/process/holder.c src/process/holder.h \
  src/process/memory.c src/process/memory.h \
  src/process/rest.c src/process/rest.h \
  src/process/signals.c src/process/signals.h \
  src/process/start.c src/process/start.h \
  src/process/system-call.h \
  src/process/tree.c src/process/tree.h \
  src/process/usage.c src/process/usage.h \
  src/process/words.c src/process/words.h
