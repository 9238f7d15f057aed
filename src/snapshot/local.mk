# src/snapshot: a source tree, stored by content, and made real again.
libazml_base_la_SOURCES += \
  src/snapshot/manifest.h src/snapshot/objects.h src/snapshot/snapshot.h
