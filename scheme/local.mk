# scheme: the Guile modules.

azml_modules = \
  scheme/azml/commands.scm \
  scheme/azml/core.scm \
  scheme/azml/delivery.scm \
  scheme/azml/errand.scm \
  scheme/azml/flags.scm \
  scheme/azml/make.scm \
  scheme/azml/environment.scm \
  scheme/azml/errors.scm \
  scheme/azml/evaluate.scm \
  scheme/azml/file.scm \
  scheme/azml/expansion.scm \
  scheme/azml/experiment.scm \
  scheme/azml/gpu.scm \
  scheme/azml/gpu-need.scm \
  scheme/azml/gpu-table.scm \
  scheme/azml/handling.scm \
  scheme/azml/help.scm \
  scheme/azml/image.scm \
  scheme/azml/input.scm \
  scheme/azml/main.scm \
  scheme/azml/mistyped.scm \
  scheme/azml/parameters.scm \
  scheme/azml/paths.scm \
  scheme/azml/place.scm \
  scheme/azml/plugin.scm \
  scheme/azml/recipe.scm \
  scheme/azml/records.scm \
  scheme/azml/secret.scm \
  scheme/azml/suggest.scm \
  scheme/azml/target.scm \
  scheme/azml/trace.scm \
  scheme/azml/types.scm

# What commands and the REPL are made of.
azml_modules += \
  scheme/azml/chart.scm \
  scheme/azml/collect.scm \
  scheme/azml/connect.scm \
  scheme/azml/console.scm \
  scheme/azml/destination.scm \
  scheme/azml/doctor.scm \
  scheme/azml/follow.scm \
  scheme/azml/requirements.scm \
  scheme/azml/results.scm \
  scheme/azml/foreground.scm \
  scheme/azml/git.scm \
  scheme/azml/gpus.scm \
  scheme/azml/history.scm \
  scheme/azml/jobserver.scm \
  scheme/azml/json.scm \
  scheme/azml/launch.scm \
  scheme/azml/lease.scm \
  scheme/azml/link.scm \
  scheme/azml/logfile.scm \
  scheme/azml/mend.scm \
  scheme/azml/mirror.scm \
  scheme/azml/received.scm \
  scheme/azml/outputs.scm \
  scheme/azml/options.scm \
  scheme/azml/places.scm \
  scheme/azml/plan.scm \
  scheme/azml/program.scm \
  scheme/azml/progress.scm \
  scheme/azml/report.scm \
  scheme/azml/run.scm \
  scheme/azml/select.scm \
  scheme/azml/session.scm \
  scheme/azml/size.scm \
  scheme/azml/sparkline.scm \
  scheme/azml/stray.scm \
  scheme/azml/structure.scm \
  scheme/azml/submission.scm \
  scheme/azml/summary.scm \
  scheme/azml/svg.scm \
  scheme/azml/sync.scm \
  scheme/azml/table.scm \
  scheme/azml/targets.scm \
  scheme/azml/text.scm \
  scheme/azml/together.scm \
  scheme/azml/transfer.scm \
  scheme/azml/view.scm \
  scheme/azml/watch.scm \
  scheme/azml/withdraw.scm

azml_script_modules = \
  scheme/azml/scripts/asset.scm \
  scheme/azml/scripts/attach.scm \
  scheme/azml/scripts/completion.scm \
  scheme/azml/scripts/computetarget.scm \
  scheme/azml/scripts/doctor.scm \
  scheme/azml/scripts/env.scm \
  scheme/azml/scripts/experiment.scm \
  scheme/azml/scripts/gpu.scm \
  scheme/azml/scripts/history.scm \
  scheme/azml/scripts/import.scm \
  scheme/azml/scripts/logs.scm \
  scheme/azml/scripts/project.scm \
  scheme/azml/scripts/repl.scm \
  scheme/azml/scripts/run.scm \
  scheme/azml/scripts/runconfiguration.scm \
  scheme/azml/scripts/stop.scm

azml_history_modules = \
  scheme/azml/history/artifact.scm \
  scheme/azml/history/checkout.scm \
  scheme/azml/history/compare.scm \
  scheme/azml/history/fetch.scm \
  scheme/azml/history/last.scm \
  scheme/azml/history/outputs.scm \
  scheme/azml/history/refresh.scm \
  scheme/azml/history/export.scm \
  scheme/azml/history/plot.scm \
  scheme/azml/history/remove.scm \
  scheme/azml/history/source.scm

azml_env_modules = \
  scheme/azml/env/build.scm \
  scheme/azml/env/gc.scm \
  scheme/azml/env/image.scm

azml_workbench_modules = \
  scheme/azml/workbench/assign.scm \
  scheme/azml/workbench/diagnostics.scm \
  scheme/azml/workbench/file.scm \
  scheme/azml/workbench/filter.scm \
  scheme/azml/workbench/forms.scm \
  scheme/azml/workbench/gone.scm \
  scheme/azml/workbench/lint.scm \
  scheme/azml/workbench/packages.scm \
  scheme/azml/workbench/recipe.scm \
  scheme/azml/workbench/format.scm \
  scheme/azml/workbench/query.scm \
  scheme/azml/workbench/record.scm \
  scheme/azml/workbench/retired.scm \
  scheme/azml/workbench/restore.scm \
  scheme/azml/workbench/select.scm \
  scheme/azml/workbench/spark.scm \
  scheme/azml/workbench/stored.scm \
  scheme/azml/workbench/submit.scm \
  scheme/azml/workbench/successor.scm \
  scheme/azml/workbench/template.scm

azml_computetarget_modules = \
  scheme/azml/computetarget/attach.scm \
  scheme/azml/computetarget/fields.scm \
  scheme/azml/computetarget/rows.scm \
  scheme/azml/computetarget/files.scm \
  scheme/azml/computetarget/key.scm

azml_doctor_modules = \
  scheme/azml/doctor/finding.scm \
  scheme/azml/doctor/show.scm \
  scheme/azml/doctor/here.scm \
  scheme/azml/doctor/packages.scm \
  scheme/azml/doctor/target.scm \
  scheme/azml/doctor/workbench.scm

# All of them; where they lie below scheme/ is where they are installed.
azml_all_modules = scheme/azml.scm $(azml_modules) $(azml_script_modules) \
  $(azml_history_modules) $(azml_env_modules) $(azml_workbench_modules) \
  $(azml_computetarget_modules) $(azml_doctor_modules)
azml_script_objects = $(azml_script_modules:.scm=.go)
azml_objects = $(azml_all_modules:.scm=.go)
EXTRA_DIST += $(azml_all_modules)
noinst_DATA = $(azml_objects)
CLEANFILES += $(azml_objects)

# What defines macros comes before what uses them: an object has the macro's expansion.
azml_macro_objects = scheme/azml/records.go
scheme/azml/records.go: scheme/azml/types.go scheme/azml/place.go
scheme/azml/types.go: scheme/azml/secret.go
scheme/azml/environment.go scheme/azml/experiment.go scheme/azml/gpu.go \
  scheme/azml/plugin.go scheme/azml/target.go: $(azml_macro_objects)
scheme/azml/experiment.go: scheme/azml/gpu.go scheme/azml/target.go
scheme/azml/target.go: scheme/azml/plugin.go

# What uses the records' own macros comes after them: all but what these are made of.
azml_record_objects = scheme/azml/environment.go scheme/azml/experiment.go \
  scheme/azml/gpu.go scheme/azml/plugin.go scheme/azml/target.go
azml_base_objects = $(azml_record_objects) $(azml_macro_objects) \
  scheme/azml/core.go scheme/azml/errors.go scheme/azml/evaluate.go \
  scheme/azml/expansion.go scheme/azml/input.go scheme/azml/mistyped.go scheme/azml/parameters.go \
  scheme/azml/paths.go scheme/azml/place.go scheme/azml/secret.go \
  scheme/azml/suggest.go scheme/azml/trace.go scheme/azml/types.go
$(filter-out $(azml_base_objects),$(azml_objects)): $(azml_record_objects)
scheme/azml/run.go scheme/azml/select.go scheme/azml/stray.go: scheme/azml/experiment.go

scheme/azml/follow.go scheme/azml/foreground.go scheme/azml/launch.go \
  scheme/azml/options.go scheme/azml/plan.go scheme/azml/progress.go \
  scheme/azml/run.go scheme/azml/select.go scheme/azml/session.go \
  scheme/azml/stray.go scheme/azml/submission.go scheme/azml/watch.go \
  $(azml_script_objects): scheme/azml/structure.go

# Accessors of records of SRFI-9 are expanded where they are used, too.
scheme/azml/doctor/here.go scheme/azml/doctor/packages.go scheme/azml/doctor/target.go \
  scheme/azml/doctor.go \
  scheme/azml/scripts/doctor.go: scheme/azml/doctor/finding.go

azml_guile_warnings = -Wunbound-variable -Wmacro-use-before-definition \
  -Wuse-before-definition -Warity-mismatch -Wformat -Wduplicate-case-datum \
  -Wbad-case-datum -Wshadowed-toplevel

AM_V_GUILEC = $(AM_V_GUILEC_@AM_V@)
AM_V_GUILEC_ = $(AM_V_GUILEC_@AM_DEFAULT_V@)
AM_V_GUILEC_0 = @echo "  GUILEC  " $@;

SUFFIXES = .scm .go
# guild prints warnings and succeeds; with --enable-werror they fail here.
.scm.go:
	$(AM_V_GUILEC)$(MKDIR_P) $(@D) && unset GUILE_LOAD_COMPILED_PATH && \
	GUILE_AUTO_COMPILE=0 AZML_NO_EXTENSION=1 XDG_CACHE_HOME=$(abs_top_builddir)/cache.tmp \
	$(GUILD) compile --target=$(host) $(azml_guile_warnings) \
	  -L $(abs_top_builddir)/scheme -L $(abs_top_srcdir)/scheme -o $@.tmp $< \
	  >$@.log 2>&1; status=$$?; \
	sed '/^wrote /d' $@.log >&2; \
	if test $$status != 0 || { test "$(AZML_WERROR)" = yes && grep -q warning: $@.log; }; \
	then rm -f $@.tmp $@.log; exit 1; fi; \
	rm -f $@.log; mv $@.tmp $@
