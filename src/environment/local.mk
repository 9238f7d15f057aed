# src/environment: what a run needs installed.
libazml_base_la_SOURCES += \
  src/environment/activate.c \
  src/environment/build.c \
  src/environment/builder.c src/environment/builder.h \
  src/environment/collect.c \
  src/environment/conceal.c src/environment/conceal.h \
  src/environment/environment.h \
  src/environment/hash.c \
  src/environment/hooks.c src/environment/hooks.h \
  src/environment/interpreter.c src/environment/interpreter.h \
  src/environment/list.c \
  src/environment/lock.c src/environment/lock.h \
  src/environment/packages.c \
  src/environment/pip.c src/environment/pip.h \
  src/environment/places.c src/environment/places.h \
  src/environment/plan.c \
  src/environment/probe.c \
  src/environment/python.c src/environment/python.h \
  src/environment/show.c src/environment/show.h \
  src/environment/size.h \
  src/environment/spec.c src/environment/spec.h \
  src/environment/step.c src/environment/step.h \
  src/environment/tail.c src/environment/tail.h \
  src/environment/variables.c \
  src/environment/version.c src/environment/version.h
