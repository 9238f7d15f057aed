# src/environment: what a run needs installed.
libazml_base_la_SOURCES += src/environment/environment.h
