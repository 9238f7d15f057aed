#!/bin/sh
# test-remote-digits.sh: the main job on another machine: the example of doc/examples
# as another user behind a real SSH server, its client killed, its model fetched by others.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

. "$AZML_SRCDIR/tests/cli/tap.sh"
. "$AZML_SRCDIR/tests/cli/azml.sh"
. "$AZML_SRCDIR/tests/integration/remote.sh"

# How this machine reaches a package index is what the other user needs to know, too.
set -- 'MaxSessions 1'
settings=$(env | grep -E '^(PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|CERT|DEFAULT_TIMEOUT)|SSL_CERT_FILE|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)=' \
  | tr '\n' ' ')
[ -z "$settings" ] || set -- "$@" "SetEnv $settings"
ok 'a machine where nothing of ours is' remote_start gpu1 "$@"
is "$(find "$(sshd_home other)" -mindepth 1 -not -path '*/.ssh*')" '' 'really nothing'

cp -r "$AZML_SRCDIR/doc/examples/digits" digits
chmod -R u+w digits
cd digits || exit 99

# The client is killed as soon as the machine has the run.
: >none
azml-guile run -c gpu1 recipe.scm epochs=5 >first.out 2>first.err &
client=$!
run=$(remote_new none)
wait_until 60 test -d "$(remote_there "$run")"
ok 'the machine has the run' test -d "$(remote_there "$run")"
kill -9 $client
wait $client 2>/dev/null

# A second client follows what the first one began.
capture azml-guile attach last
is "$status" 0 'a second client sees it end well'
is "$(grep -c '^epoch' "$out_file")" 5 'with all of its log'
remote_over "$run" "$out_file" 'the main job'
is "$(stat -c %U "$(remote_there "$run")/outputs/model.joblib")" \
  "$(stat -c %U "$(sshd_home other)")" 'the work was done by the other user'
environment=$(echo "$remote_root"/env/*/complete)
ok 'in an environment that was built over there' \
  grep -qi '^scikit-learn==' "$(remote_there "$run")/environment.lock" "$environment"
is "$(cat .azml/runs/*/metrics.jsonl | grep -c accuracy)" 5 'the metrics are here'
for file in model.joblib confusion.png; do
  ok "so is outputs/$file" \
    cmp ".azml/runs/$run/outputs/$file" "$(remote_there "$run")/outputs/$file"
done

# The model is one.
cat >use.py <<'SCRIPT'
import sys
import joblib
from sklearn.datasets import load_digits
data = load_digits()
print(joblib.load(sys.argv[1]).score(data.data / 16.0, data.target) > 0.8)
SCRIPT
capture "$(dirname "$environment")/bin/python" use.py ".azml/runs/$run/outputs/model.joblib"
is "$(out)" True 'and the model knows digits'

# The next run finds everything there.
before=$(find "$remote_root/env" -name complete -exec stat -c %i {} +)
capture azml-guile run -c gpu1 recipe.scm epochs=1
is "$status" 0 'a second run'
is "$(find "$remote_root/env" -name complete -exec stat -c %i {} +)" "$before" \
  'uses the environment again'

# A fresh clone of the project.
mkdir -p "$scratch/clone/.azml"
cp recipe.scm train.py picture.py "$scratch/clone"
cp .azml/project "$scratch/clone/.azml"
first=$PWD/.azml/runs/$run
cd "$scratch/clone" || exit 99
remote_attach gpu1 gpu1
capture azml-guile history fetch gpu1
is "$status" 0 'a fresh clone asks the machine'
is "$(remote_runs | wc -l | tr -d ' ')" 2 'and has both runs'
capture azml-guile history outputs --fetch "$run"
is "$status" 0 'fetches the outputs of one'
ok 'the same model' cmp "$first/outputs/model.joblib" ".azml/runs/$run/outputs/model.joblib"
capture azml-guile attach "$run"
is "$status" 0 'and its log'
ok 'as it was' cmp "$first/log" ".azml/runs/$run/log"

done_testing
