# scheme/templates: what `project create' copies.
azml_templates = \
  scheme/templates/blank/Makefile \
  scheme/templates/blank/aml_config/conda_dependencies.yml \
  scheme/templates/blank/recipe.scm \
  scheme/templates/blank/train.py \
  scheme/templates/common/aml_config/docker.compute \
  scheme/templates/common/aml_config/docker.runconfig \
  scheme/templates/common/aml_config/local.compute \
  scheme/templates/common/aml_config/local.runconfig \
  scheme/templates/common/gitignore \
  scheme/templates/digits-sklearn/Makefile \
  scheme/templates/digits-sklearn/aml_config/conda_dependencies.yml \
  scheme/templates/digits-sklearn/recipe.scm \
  scheme/templates/digits-sklearn/train.py \
  scheme/templates/mnist-pytorch/Makefile \
  scheme/templates/mnist-pytorch/aml_config/conda_dependencies.yml \
  scheme/templates/mnist-pytorch/aml_config/gpu.compute \
  scheme/templates/mnist-pytorch/aml_config/gpu.runconfig \
  scheme/templates/mnist-pytorch/recipe.scm \
  scheme/templates/mnist-pytorch/train.py \
  scheme/templates/mnist-tensorflow/Makefile \
  scheme/templates/mnist-tensorflow/aml_config/conda_dependencies.yml \
  scheme/templates/mnist-tensorflow/aml_config/conda_dependencies_gpu.yml \
  scheme/templates/mnist-tensorflow/aml_config/gpu.compute \
  scheme/templates/mnist-tensorflow/aml_config/gpu.runconfig \
  scheme/templates/mnist-tensorflow/recipe.scm \
  scheme/templates/mnist-tensorflow/train.py \
  scheme/templates/mnist/mnist.py
EXTRA_DIST += $(azml_templates)
