# src/digest: SHA-256.
libazml_base_la_SOURCES += \
  src/digest/hasher.c src/digest/hasher.h \
  src/digest/sha256.c src/digest/sha256.h
