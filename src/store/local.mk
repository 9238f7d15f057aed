# src/store: the index (SQLite).
libazml_core_la_SOURCES += \
  src/store/adopt.c \
  src/store/compare.c src/store/compare.h \
  src/store/expect.c \
  src/store/field.c src/store/field.h \
  src/store/history.c \
  src/store/internal.h \
  src/store/literal.c src/store/literal.h \
  src/store/load.c src/store/load.h \
  src/store/network.c src/store/network.h \
  src/store/open.c \
  src/store/put.c \
  src/store/query.c \
  src/store/reindex.c \
  src/store/rows.c \
  src/store/schema.c \
  src/store/search.c \
  src/store/sqlite.c \
  src/store/store.h \
  src/store/token.c src/store/token.h \
  src/store/unlogged.c \
  src/store/where.c src/store/where.h
azmlinclude_HEADERS += src/include/azml/history.h
