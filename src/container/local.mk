# src/container: a run whose command is in a container.
libazml_runner_la_SOURCES += \
  src/container/address.c src/container/address.h \
  src/container/archive.h \
  src/container/archive-read.c \
  src/container/archive-write.c \
  src/container/ask.c src/container/ask.h \
  src/container/container.c src/container/container.h \
  src/container/copy-in.c src/container/copy-in.h \
  src/container/copy-out.c src/container/copy-out.h \
  src/container/door.c src/container/door.h \
  src/container/end.c src/container/end.h \
  src/container/engine.c src/container/engine.h \
  src/container/engine-explain.c src/container/engine-explain.h \
  src/container/engine-restart.c src/container/engine-restart.h \
  src/container/engine-socket.c src/container/engine-socket.h \
  src/container/farewell.c src/container/farewell.h \
  src/container/gpus.c src/container/gpus.h \
  src/container/image.c src/container/image.h \
  src/container/image-build.c src/container/image-build.h \
  src/container/image-collect.c src/container/image-collect.h \
  src/container/image-context.c src/container/image-context.h \
  src/container/image-script.c src/container/image-script.h \
  src/container/inner.c src/container/inner.h \
  src/container/inner-gpus.c src/container/inner-gpus.h \
  src/container/inner-owner.c src/container/inner-owner.h \
  src/container/inner-watch.c src/container/inner-watch.h \
  src/container/mount.c src/container/mount.h \
  src/container/prepare.c src/container/prepare.h \
  src/container/ready.c src/container/ready.h \
  src/container/remove.c src/container/remove.h \
  src/container/words.c src/container/words.h
