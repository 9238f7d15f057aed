"""The MNIST pictures: fetched once, into the folder that the runs of this project share."""

import gzip
import hashlib
import http.client
import os
import sys
import urllib.request
import zlib

# Each has the four files; MNIST_URL names another place.
PLACES = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
]
# The file, its MD5 digest, and the bytes before the data.
FILES = {
    "train_images": ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 16),
    "train_labels": ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 8),
    "test_images": ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 16),
    "test_labels": ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 8),
}


def folder():
    """Return the folder of the data, which is kept between runs."""
    share = os.environ.get("AZUREML_NATIVE_SHARE_DIRECTORY")
    return os.path.join(share or "data", "mnist")


def fault(path, head):
    """Return what is wrong with the file PATH, of HEAD bytes before its data, or None."""
    try:
        with gzip.open(path) as file:
            data = file.read()
    except (OSError, EOFError, zlib.error) as trouble:
        return str(trouble)
    shape, item = (b"\0\0\x08\x03", 28 * 28) if head == 16 else (b"\0\0\x08\x01", 1)
    if data[:4] != shape or len(data) != head + item * int.from_bytes(data[4:8], "big"):
        return "it has not the form of this data set"
    return None


def fetch(name, digest, head):
    """Return the path of the file NAME, which is fetched if it is not there."""
    path = os.path.join(folder(), name)
    troubles = []
    if os.path.exists(path):
        with open(path, "rb") as file:
            if hashlib.md5(file.read()).hexdigest() == digest:
                return path
        trouble = fault(path, head)
        if not trouble:
            print("using", path, "as it is, which is not that of MNIST", flush=True)
            return path
        troubles.append("%s: %s" % (path, trouble))
    os.makedirs(folder(), exist_ok=True)
    places = [os.environ["MNIST_URL"]] if "MNIST_URL" in os.environ else PLACES
    for place in places:
        url = place.rstrip("/") + "/" + name
        print("fetching", url, flush=True)
        try:
            with urllib.request.urlopen(url, timeout=60) as source:
                data = source.read()
        except (OSError, ValueError, http.client.HTTPException) as trouble:
            troubles.append("%s: %s" % (url, trouble))
            continue
        if hashlib.md5(data).hexdigest() != digest:
            troubles.append("%s: this is another file than it was" % url)
            continue
        part = "%s.%d" % (path, os.getpid())
        with open(part, "wb") as file:
            file.write(data)
        os.replace(part, path)
        return path
    sys.exit(
        "The data set MNIST is not here, and could not be fetched:\n  %s\n"
        "Put the files %s\ninto the folder %s, or name a place that has them by MNIST_URL."
        % ("\n  ".join(troubles), ", ".join(file[0] for file in FILES.values()), folder())
    )


def load():
    """Return a dictionary of bytes: pictures of 28 x 28 bytes, and their digits."""
    data = {}
    for key, (name, digest, head) in FILES.items():
        with gzip.open(fetch(name, digest, head)) as file:
            data[key] = file.read()[head:]
    return data
