# src/store: the index (SQLite).
libazml_core_la_SOURCES += src/store/store.h
