# plugins: the built-in target types, compiled beside the modules' objects.

azmlpluginobjectdir = $(pkglibdir)/plugins
dist_azmlplugin_DATA = plugins/local.scm plugins/remote.scm plugins/docker.scm \
  plugins/cluster.scm
nodist_azmlpluginobject_DATA = $(dist_azmlplugin_DATA:.scm=.go)
CLEANFILES += $(nodist_azmlpluginobject_DATA)

azml_install_plugin_objects = install-nodist_azmlpluginobjectDATA
$(azml_install_plugin_objects): install-dist_azmlpluginDATA

# They use the records' macros.
$(nodist_azmlpluginobject_DATA): $(azml_objects)
