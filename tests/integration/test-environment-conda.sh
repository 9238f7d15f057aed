#!/bin/sh
# test-environment-conda.sh: environments built by a stand-in for micromamba.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/integration/environment.sh"

mkdir -p mamba channel tree/bin tree/share empty
cp "$fixtures/micromamba" mamba/micromamba
chmod +x mamba/micromamba
printf '#!/bin/sh\necho tool of %s\n' '$0' >tree/bin/azml-tool
chmod +x tree/bin/azml-tool
mkdir -p tree/etc/conda/activate.d
printf 'echo noise\nexport AZML_TOOL_HOME="$CONDA_PREFIX/share"\n' \
  >tree/etc/conda/activate.d/tool.sh
tar -cf channel/azml-tool-2.1-h1_0.tar -C tree .
tar -cf "channel/python-$version-h0_0.tar" -C empty .
tar -cf channel/pip-23.0-h0_0.tar -C empty .
TOOL_SEARCH=$scratch/mamba:$plain

conda=$(printf '{"conda":["azml-tool=2"],"channels":["file://%s/channel"],"python":"%s"}' \
  "$scratch" "${version%.*}")
capture "$tool" ensure "$root" "$conda" first
is "$status $(event builder built)" '0 micromamba' 'conda packages come by micromamba'
env=$(path_of "$conda")
is "$("$env/bin/azml-tool")" "tool of $env/bin/azml-tool" 'a program of a package runs'
is "$("$env/bin/python" -c 'import sys; print(sys.prefix)')" "$env" 'so does its python'
like "$(cat "$env/complete")" '"azml-tool=2.1=h1_0"' 'exact versions are recorded'
like "$(cat "$env/complete")" "\"python\":\"$version\"" 'and the python it got'
like "$("$tool" activate "$root" "$conda")" "\"CONDA_PREFIX\":\"$env\"" 'it is activated'
like "$("$tool" activate "$root" "$conda")" "\"AZML_TOOL_HOME\":\"$env/share\"" \
  'with what the scripts of its packages set'
capture "$tool" ensure "$root" "$conda" second
is "$status $(event hash found)" "0 ${env##*/}" 'it is found again'

both=$(printf '{"conda":["azml-tool"],"channels":["file://%s/channel"],%s}' "$scratch" \
  "\"pip\":[\"azml-demo\"],\"pip_options\":[\"--index-url\",\"$address\"]")
capture "$tool" ensure "$root" "$both" first
is "$status" 0 'pip packages are put on top of conda packages'
env=$(path_of "$both")
like "$("$env/bin/azml-demo")" "demo of $env" 'and work'
like "$(cat "$env/complete")" '"azml-tool=2.1=h1_0".*"azml-demo==1.0"' 'both are recorded'

capture "$tool" ensure "$root" "$(echo "$conda" | sed 's/azml-tool/nosuch/')" first
like "$(out)" "'micromamba create' ended with exit code 1; its last lines:.*nosuch=2 does not exist" \
  "the error ends with micromamba's own last lines"
not_ok 'and nothing is left' \
  test -e "$(path_of "$(echo "$conda" | sed 's/azml-tool/nosuch/')")"

done_testing
