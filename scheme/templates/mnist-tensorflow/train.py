"""Recognise the handwritten digits of MNIST by a small convolutional network."""

import argparse

import azml
import numpy as np
import tensorflow as tf

import mnist

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--lr", type=float, default=0.001, help="learning rate")
parser.add_argument("--epochs", type=int, default=3, help="passes over the data")
parser.add_argument("--batch", type=int, default=128, help="pictures in a step")
parser.add_argument("--limit", type=int, help="use this many pictures at most")
args = parser.parse_args()

print("device:", tf.config.list_physical_devices("GPU") or "CPU")


def arrays(data, part):
    pictures = np.frombuffer(data[part + "_images"], dtype=np.uint8)
    labels = np.frombuffer(data[part + "_labels"], dtype=np.uint8)
    pictures = pictures.reshape(-1, 28, 28, 1)[: args.limit].astype("float32") / 255
    return pictures, labels[: args.limit]


class Log(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        azml.log({"loss": logs["loss"], "accuracy": logs["val_accuracy"]}, step=epoch + 1)


data = mnist.load()
tf.keras.utils.set_random_seed(0)
layers = tf.keras.layers
model = tf.keras.Sequential([
    tf.keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10),
])
model.compile(
    optimizer=tf.keras.optimizers.Adam(args.lr),
    loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(
    *arrays(data, "train"), validation_data=arrays(data, "test"),
    epochs=args.epochs, batch_size=args.batch, verbose=2, callbacks=[Log()],
)
model.save("outputs/model.keras")
