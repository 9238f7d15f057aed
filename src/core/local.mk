# src/core: error, cleanup, strings, files, spawn, cancel token, frames, JSON.
libazml_base_la_SOURCES += \
  src/core/base64.c src/core/base64.h \
  src/core/buffer.c src/core/buffer.h \
  src/core/cancel.c src/core/cancel.h \
  src/core/cleanup.h \
  src/core/clock.c src/core/clock.h \
  src/core/code.c src/core/code.h \
  src/core/error.c src/core/error.h \
  src/core/file.c src/core/file.h \
  src/core/foreign.c src/core/foreign.h \
  src/core/frame.c src/core/frame.h \
  src/core/git.c src/core/git.h \
  src/core/jobserver.c src/core/jobserver.h \
  src/core/json-text.c src/core/json.c src/core/json.h \
  src/core/nearest.c src/core/nearest.h \
  src/core/path.c src/core/path.h \
  src/core/printable.c src/core/printable.h \
  src/core/random.c src/core/random.h \
  src/core/secret.c src/core/secret.h \
  src/core/spawn.c src/core/spawn.h \
  src/core/terminal.c src/core/terminal.h
azmlinclude_HEADERS += \
  src/include/azml/azml.h src/include/azml/cancel.h src/include/azml/error.h \
  src/include/azml/macros.h
