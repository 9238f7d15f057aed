# src/channel: local channel and session.
libazml_core_la_SOURCES += src/channel/channel.h src/channel/session.h
