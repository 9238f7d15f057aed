# src/snapshot: a source tree, stored by content, and made real again.
libazml_base_la_SOURCES += \
  src/snapshot/cache.c src/snapshot/cache.h \
  src/snapshot/clone.c src/snapshot/clone.h \
  src/snapshot/content.c src/snapshot/content.h \
  src/snapshot/copy.c src/snapshot/copy.h \
  src/snapshot/file-key.c src/snapshot/file-key.h \
  src/snapshot/glob.c src/snapshot/glob.h \
  src/snapshot/ignore-above.c src/snapshot/ignore-above.h \
  src/snapshot/ignore.c src/snapshot/ignore.h \
  src/snapshot/listed.c \
  src/snapshot/maker.c src/snapshot/maker.h \
  src/snapshot/manifest.c src/snapshot/manifest.h \
  src/snapshot/materialise.c \
  src/snapshot/mend.c src/snapshot/mend.h \
  src/snapshot/object-add.c \
  src/snapshot/object-part.c src/snapshot/object-part.h \
  src/snapshot/object-writer.c \
  src/snapshot/objects.c src/snapshot/objects.h \
  src/snapshot/objects-all.c \
  src/snapshot/pack.c src/snapshot/pack.h \
  src/snapshot/pack-table.c src/snapshot/pack-table.h \
  src/snapshot/pack-tidy.c \
  src/snapshot/pack-writer.c \
  src/snapshot/packs.c src/snapshot/packs.h \
  src/snapshot/place.c src/snapshot/place.h \
  src/snapshot/revise.c src/snapshot/revise.h \
  src/snapshot/shelves.c src/snapshot/shelves.h \
  src/snapshot/snapshot.h \
  src/snapshot/take.c \
  src/snapshot/tracked.c src/snapshot/tracked.h \
  src/snapshot/verify.c \
  src/snapshot/walk.c src/snapshot/walk.h \
  src/snapshot/walk-source.c
