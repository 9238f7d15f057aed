"""Recognise the handwritten digits of MNIST by a small convolutional network."""

import argparse

import azml
import torch
from torch import nn

import mnist

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--lr", type=float, default=0.001, help="learning rate")
parser.add_argument("--epochs", type=int, default=3, help="passes over the data")
parser.add_argument("--batch", type=int, default=128, help="pictures in a step")
parser.add_argument("--limit", type=int, help="use this many pictures at most")
args = parser.parse_args()

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print("device:", torch.cuda.get_device_name() if device.type == "cuda" else "CPU")


def tensors(data, part):
    pictures = torch.frombuffer(bytearray(data[part + "_images"]), dtype=torch.uint8)
    labels = torch.frombuffer(bytearray(data[part + "_labels"]), dtype=torch.uint8)
    pictures = pictures.reshape(-1, 1, 28, 28)[: args.limit].float() / 255
    return pictures.to(device), labels[: args.limit].long().to(device)


data = mnist.load()
x_train, y_train = tensors(data, "train")
x_test, y_test = tensors(data, "test")

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(64 * 25, 128), nn.ReLU(), nn.Linear(128, 10),
).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
measure = nn.CrossEntropyLoss()

for epoch in range(1, args.epochs + 1):
    model.train()
    total = 0.0
    for part in torch.randperm(len(x_train)).split(args.batch):
        part = part.to(device)
        optimizer.zero_grad()
        loss = measure(model(x_train[part]), y_train[part])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(part)
    model.eval()
    with torch.no_grad():
        right = sum(
            (model(x).argmax(1) == y).sum().item()
            for x, y in zip(x_test.split(1000), y_test.split(1000))
        )
    azml.log({"loss": total / len(x_train), "accuracy": right / len(x_test)}, step=epoch)
    print("epoch %d  loss %.4f  accuracy %.4f" % (epoch, total / len(x_train), right / len(x_test)))

torch.save(model.state_dict(), "outputs/model.pt")
