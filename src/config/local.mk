# src/config: YAML documents edited in place, and the files of Workbench (libyaml).
libazml_core_la_SOURCES += \
  src/config/compose.c src/config/compose.h \
  src/config/compute.c \
  src/config/dependencies.c \
  src/config/document.c src/config/document.h \
  src/config/edit.c src/config/edit-text.c src/config/edit.h \
  src/config/encoding.c src/config/encoding.h \
  src/config/explain.c src/config/explain.h \
  src/config/file.c src/config/file.h \
  src/config/problem.c src/config/problem.h \
  src/config/reader.c src/config/reader.h \
  src/config/remove.c \
  src/config/runconfig.c \
  src/config/scalar.c src/config/scalar.h \
  src/config/successor.c \
  src/config/value.c src/config/value.h
