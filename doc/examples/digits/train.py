#!/usr/bin/env python3
# train.py: train a small neural network on the UCI handwritten digits.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a classifier of handwritten digits; log loss and accuracy per epoch.

The data are the 1797 pictures of 8x8 pixels that scikit-learn ships.
"""

import argparse

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import azml
from picture import draw_confusion


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lr", type=float, default=0.005, help="learning rate")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the data")
    parser.add_argument("--hidden", type=int, default=48, help="hidden units")
    parser.add_argument("--batch", type=int, default=32, help="pictures per update")
    parser.add_argument("--seed", type=int, default=0, help="of everything random")
    return parser.parse_args()


def main():
    args = arguments()
    random = np.random.default_rng(args.seed)

    digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        digits.data / 16.0,
        digits.target,
        test_size=0.25,
        stratify=digits.target,
        random_state=args.seed,
    )
    print("%d pictures to learn from, %d to test on" % (len(x_train), len(x_test)))

    model = MLPClassifier(
        hidden_layer_sizes=(args.hidden,),
        learning_rate_init=args.lr,
        batch_size=args.batch,
        random_state=args.seed,
    )
    for epoch in range(1, args.epochs + 1):
        order = random.permutation(len(x_train))
        model.partial_fit(x_train[order], y_train[order], classes=digits.target_names)
        accuracy = accuracy_score(y_test, model.predict(x_test))
        azml.log({"loss": model.loss_, "accuracy": accuracy}, step=epoch)
        print("epoch %2d  loss %.4f  accuracy %.4f" % (epoch, model.loss_, accuracy))

    joblib.dump(model, azml.output_path("model.joblib"))
    draw_confusion(
        azml.output_path("confusion.png"),
        confusion_matrix(y_test, model.predict(x_test)).tolist(),
        [str(name) for name in digits.target_names],
        "accuracy %.3f" % accuracy,
    )


if __name__ == "__main__":
    main()
