# workbench.py: what a Workbench project costs, against the same said by a recipe.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later

import os
import shutil

from measure import at_most, run

TARGETS = 1000


def fresh(context, name):
    """A new folder with an aml_config."""
    folder = context.path(name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "aml_config"))
    return folder


def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as out:
        out.write(text)


def inside(folder, command):
    return ["sh", "-c", 'cd "$1" && exec ' + command + " >/dev/null", "sh", folder]


def submit(context):
    # One folder for both: the same files, the same runs that there are already.
    folder = fresh(context, "submit")
    write(folder, "train.py", "print(1)\n")
    write(folder, "aml_config/local.compute", 'type: "local"\npythonLocation: "python"\n')
    write(folder, "aml_config/local.runconfig",
          'ArgumentVector: ["$file"]\nTarget: "local"\nFramework: "Python"\n'
          'EnvironmentVariables:\n  "EXAMPLE_ENV_VAR": "Example Value"\n'
          'CondaDependenciesFile: "aml_config/conda_dependencies.yml"\n')
    write(folder, "aml_config/conda_dependencies.yml",
          "name: project_environment\ndependencies:\n  - python=3.11\n")
    write(folder, "recipe.scm",
          "(use-modules (azml))\n"
          '(experiment (name "train") (script "train.py")\n'
          "  (variables '((\"EXAMPLE_ENV_VAR\" . \"Example Value\"))))\n")
    yield at_most("experiment submit -c local / run recipe.scm, a trivial script",
                  inside(folder, "azml-guile experiment submit -c local train.py"),
                  inside(folder, "azml-guile run recipe.scm"), 1.2)


def listing(context):
    files = fresh(context, "files")
    recipe = fresh(context, "recipe")
    forms = []
    for i in range(TARGETS):
        write(files, "aml_config/t%04d.compute" % i,
              "address: h%d.example.org\nbaseDockerImage: python:3.11-slim\n"
              "nativeSharedDirectory: ~/.azureml/share/\n"
              "password: AzureMlSecret=t%d#u#0123456789abcdef0123456789abcdef\n"
              "sharedVolumes: true\ntype: remotedocker\nusername: u\n" % (i, i))
        forms.append('(define t%d (compute-target (name "t%04d") (type \'remotedocker)'
                     ' (address "h%d.example.org") (username "u")'
                     ' (base-docker-image "python:3.11-slim")))\n' % (i, i, i))
    write(recipe, "recipe.scm", "(use-modules (azml))\n" + "".join(forms)
          + "(experiment (name \"x\") (command '(\"true\")))\n")
    run(inside(recipe, "azml-guile run -n recipe.scm"))
    yield at_most("computetarget list, %d files / a recipe that declares them" % TARGETS,
                  inside(files, "azml-guile computetarget list"),
                  inside(recipe, "azml-guile run -n recipe.scm"), 1.2)


FIGURES = (submit, listing)
