# src/gpu: the GPUs of a machine, and what a run asks of them.
libazml_base_la_SOURCES += \
  src/gpu/capability.c src/gpu/capability.h \
  src/gpu/course.c src/gpu/course.h \
  src/gpu/framework.c src/gpu/framework.h \
  src/gpu/gpu.c src/gpu/gpu.h \
  src/gpu/inventory.c \
  src/gpu/lost.c src/gpu/lost.h \
  src/gpu/match.c \
  src/gpu/parse.c \
  src/gpu/proof.c \
  src/gpu/request.c src/gpu/request.h \
  src/gpu/sample.c src/gpu/sample.h \
  src/gpu/sample-file.c \
  src/gpu/smi.c src/gpu/smi.h \
  src/gpu/value.c src/gpu/value.h \
  src/gpu/xml.c src/gpu/xml.h
