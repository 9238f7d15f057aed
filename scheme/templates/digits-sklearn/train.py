"""Recognise handwritten digits: the 1797 pictures of 8x8 pixels that scikit-learn has."""

import argparse

import azml
import joblib
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--lr", type=float, default=0.005, help="learning rate")
parser.add_argument("--epochs", type=int, default=20, help="passes over the data")
parser.add_argument("--hidden", type=int, default=48, help="hidden units")
args = parser.parse_args()

digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(
    digits.data / 16.0, digits.target, test_size=0.25, stratify=digits.target, random_state=0
)
print("%d pictures to learn from, %d to test on" % (len(x_train), len(x_test)))

model = MLPClassifier((args.hidden,), learning_rate_init=args.lr, batch_size=32, random_state=0)
for epoch in range(1, args.epochs + 1):
    model.partial_fit(x_train, y_train, classes=digits.target_names)
    loss = log_loss(y_test, model.predict_proba(x_test), labels=digits.target_names)
    accuracy = accuracy_score(y_test, model.predict(x_test))
    azml.log({"loss": loss, "accuracy": accuracy}, step=epoch)
    print("epoch %2d  loss %.4f  accuracy %.4f" % (epoch, loss, accuracy))

joblib.dump(model, "outputs/model.joblib")
