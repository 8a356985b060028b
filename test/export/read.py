"""Reads one export in every format, as a user of Python would, and checks that all say the same.

    python3 test/export/read.py FOLDER

FOLDER holds a.csv, a.json, a.safetensors, a.svg and a.png of one view. Needs numpy and safetensors.
"""

import csv
import json
import struct
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
from safetensors import safe_open

folder = Path(sys.argv[1])

with safe_open(folder / "a.safetensors", "numpy") as file:
    metadata = file.metadata()
    attention = file.get_tensor("attention")
    ids = file.get_tensor("input_ids")
    spans = file.get_tensor("spans")
n = len(ids)
assert attention.shape == (n, n) and attention.dtype == np.float32
assert np.abs(attention.sum(axis=1) - 1).max() < 1e-4, "rows sum to 1, unless the maximum of heads was exported"

document = json.loads((folder / "a.json").read_text("utf-8"))
assert np.array_equal(np.array(document["cells"], np.float32), attention)
assert [token["id"] for token in document["tokens"]] == ids.tolist()
assert [[token["start"], token["end"]] for token in document["tokens"]] == spans.tolist()
assert document["model"]["name"] == metadata["model"] and document["heads"] == json.loads(metadata["selection"])

with open(folder / "a.csv", newline="", encoding="utf-8") as file:
    head, *rows = csv.reader(file)
assert head == ["query", "token", *map(str, range(n))]
assert [json.loads(row[1]) for row in rows] == [token["text"] for token in document["tokens"]]
assert np.array_equal(np.array([row[2:] for row in rows], np.float64).astype(np.float32), attention)

root = xml.parse(folder / "a.svg").getroot()
names = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
assert names == {"svg", "title", "rect", "path", "text"}, names

png = (folder / "a.png").read_bytes()
assert png[:8] == b"\x89PNG\r\n\x1a\n"
width, height = struct.unpack(">II", png[16:24])
assert (width, height) == (2 * int(root.get("width")), 2 * int(root.get("height")))

print(f"{n} tokens of {metadata['model']}, the same in CSV, JSON and safetensors; SVG {len(list(root.iter()))} elements; PNG {width} x {height}")
