# src/run: run directory, states, metrics, project.
libazml_base_la_SOURCES += \
  src/run/layout.h src/run/metrics.h src/run/project.h
