# picture.py: draw a confusion matrix as a PNG picture; needs nothing but Python.
# Copyright (C) 2026 The azml-guile developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""A confusion matrix as a picture: rows are the true classes, columns the predicted."""

import struct
import zlib

CELL, GAP, MARGIN, TOP = 46, 2, 56, 64
PAPER, INK, FAINT, EMPTY = (255, 255, 255), (38, 50, 72), (128, 138, 154), (240, 243, 247)
RIGHT, WRONG = (21, 84, 148), (214, 69, 38)

# Five columns by seven rows, a row in hexadecimal, highest bit left.
FONT = {
    "0": "0E11131519110E", "1": "040C040404040E", "2": "0E11010204081F",
    "3": "1F02040201110E", "4": "02060A121F0202", "5": "1F101E0101110E",
    "6": "0608101E11110E", "7": "1F010204080808", "8": "0E11110E11110E",
    "9": "0E11110F01020C", ".": "00000000000C0C", " ": "00000000000000",
    "a": "00000E010F110F", "c": "00000E1010110E", "d": "01010D1311110F",
    "e": "00000E111F100E", "f": "0609081C080808", "g": "000F11110F010E",
    "h": "10101619111111", "i": "04000C0404040E", "l": "0C04040404040E",
    "m": "00001A15151111", "n": "00001619111111", "o": "00000E1111110E",
    "p": "00001E111E1010", "r": "00001619101010", "s": "00000E100E011E",
    "t": "08081C08080906", "u": "0000111111130D",
    "v": "00001111110A04", "w": "0000111115150A", "x": "0000110A040A11",
    "y": "000011110F010E", "b": "1010161911111E",
    "j": "0200060202120C", "k": "10101214181412",
    "q": "00000D130F0101", "z": "00001F0204081F", "-": "0000001F000000",
}


class Canvas:
    """A picture of WIDTH by HEIGHT pixels, eight bits for each colour."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.rows = [bytearray(bytes(PAPER) * width) for _ in range(height)]

    def box(self, x, y, width, height, colour):
        left, right = max(0, x), min(self.width, x + width)
        for row in self.rows[max(0, y) : max(0, y + height)]:
            row[3 * left : 3 * right] = bytes(colour) * max(0, right - left)

    def text(self, x, y, text, colour, scale=2):
        for letter in text.lower():
            shape = bytes.fromhex(FONT.get(letter, FONT[" "]))
            for j, bits in enumerate(shape):
                for i in range(5):
                    if bits >> (4 - i) & 1:
                        self.box(x + i * scale, y + j * scale, scale, scale, colour)
            x += 6 * scale

    def centred(self, x, y, text, colour, scale=2):
        self.text(x - (6 * len(text) - 1) * scale // 2, y - 7 * scale // 2, text, colour, scale)

    def save(self, path):
        def chunk(kind, data):
            body = kind + data
            return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        pixels = b"".join(b"\0" + bytes(row) for row in self.rows)
        with open(path, "wb") as file:
            file.write(
                b"\x89PNG\r\n\x1a\n"
                + chunk(b"IHDR", header)
                + chunk(b"IDAT", zlib.compress(pixels, 9))
                + chunk(b"IEND", b"")
            )


def shade(colour, part):
    """COLOUR mixed with the colour of an empty cell: PART 0 is empty, 1 is COLOUR."""
    return tuple(round(e + (c - e) * part) for c, e in zip(colour, EMPTY))


def draw_confusion(path, matrix, names, title):
    """Draw MATRIX (a list of rows of counts) over the class NAMES as the PNG file PATH."""
    size = len(names) * CELL
    canvas = Canvas(MARGIN + max(size, 18 * len(title)) + 20, TOP + size + 56)
    canvas.text(MARGIN, 18, title, INK, 3)
    for i, row in enumerate(matrix):
        middle = TOP + i * CELL + CELL // 2
        canvas.centred(MARGIN - 20, middle, names[i], INK)
        canvas.centred(MARGIN + i * CELL + CELL // 2, TOP + size + 14, names[i], INK)
        for j, count in enumerate(row):
            part = count / max(1, sum(row))
            # The root keeps a single mistake visible.
            colour = shade(RIGHT, part) if i == j else shade(WRONG, part ** 0.5)
            x = MARGIN + j * CELL
            canvas.box(x, TOP + i * CELL, CELL - GAP, CELL - GAP, colour)
            if count:
                dark = i == j and part > 0.4
                canvas.centred(x + CELL // 2 - 1, middle - 1, str(count), PAPER if dark else INK)
    canvas.centred(MARGIN + size // 2, TOP + size + 38, "predicted digit", FAINT)
    for k, letter in enumerate("true"):  # down the left edge
        canvas.text(8, TOP + size // 2 + (k - 2) * 18, letter, FAINT)
    canvas.save(path)
