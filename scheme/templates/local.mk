# scheme/templates: what `project create' copies.
azmltemplateblankdir = $(azmltemplatedir)/blank
dist_azmltemplateblank_DATA = \
  scheme/templates/blank/Makefile \
  scheme/templates/blank/recipe.scm \
  scheme/templates/blank/train.py
azmltemplateblankconfigdir = $(azmltemplatedir)/blank/aml_config
dist_azmltemplateblankconfig_DATA = \
  scheme/templates/blank/aml_config/conda_dependencies.yml
azmltemplatecommondir = $(azmltemplatedir)/common
dist_azmltemplatecommon_DATA = \
  scheme/templates/common/gitignore
azmltemplatecommonconfigdir = $(azmltemplatedir)/common/aml_config
dist_azmltemplatecommonconfig_DATA = \
  scheme/templates/common/aml_config/docker.compute \
  scheme/templates/common/aml_config/docker.runconfig \
  scheme/templates/common/aml_config/local.compute \
  scheme/templates/common/aml_config/local.runconfig
azmltemplatedigitssklearndir = $(azmltemplatedir)/digits-sklearn
dist_azmltemplatedigitssklearn_DATA = \
  scheme/templates/digits-sklearn/Makefile \
  scheme/templates/digits-sklearn/recipe.scm \
  scheme/templates/digits-sklearn/train.py
azmltemplatedigitssklearnconfigdir = $(azmltemplatedir)/digits-sklearn/aml_config
dist_azmltemplatedigitssklearnconfig_DATA = \
  scheme/templates/digits-sklearn/aml_config/conda_dependencies.yml
azmltemplatemnistdir = $(azmltemplatedir)/mnist
dist_azmltemplatemnist_DATA = \
  scheme/templates/mnist/mnist.py
azmltemplatemnistpytorchdir = $(azmltemplatedir)/mnist-pytorch
dist_azmltemplatemnistpytorch_DATA = \
  scheme/templates/mnist-pytorch/Makefile \
  scheme/templates/mnist-pytorch/recipe.scm \
  scheme/templates/mnist-pytorch/train.py
azmltemplatemnistpytorchconfigdir = $(azmltemplatedir)/mnist-pytorch/aml_config
dist_azmltemplatemnistpytorchconfig_DATA = \
  scheme/templates/mnist-pytorch/aml_config/conda_dependencies.yml \
  scheme/templates/mnist-pytorch/aml_config/gpu.compute \
  scheme/templates/mnist-pytorch/aml_config/gpu.runconfig
azmltemplatemnisttensorflowdir = $(azmltemplatedir)/mnist-tensorflow
dist_azmltemplatemnisttensorflow_DATA = \
  scheme/templates/mnist-tensorflow/Makefile \
  scheme/templates/mnist-tensorflow/recipe.scm \
  scheme/templates/mnist-tensorflow/train.py
azmltemplatemnisttensorflowconfigdir = $(azmltemplatedir)/mnist-tensorflow/aml_config
dist_azmltemplatemnisttensorflowconfig_DATA = \
  scheme/templates/mnist-tensorflow/aml_config/conda_dependencies.yml \
  scheme/templates/mnist-tensorflow/aml_config/conda_dependencies_gpu.yml \
  scheme/templates/mnist-tensorflow/aml_config/gpu.compute \
  scheme/templates/mnist-tensorflow/aml_config/gpu.runconfig
