"""Builds the cleaned corpus, train.jsonl and validation.jsonl, and its manifest."""

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from .clean import SeenLines, clean_text, is_test_path, is_unwanted_path, is_wanted_prose
from .fetch import PACKAGES, Package, listed_packages
from .sources import DOCUMENTATION, LANGUAGES, package_files

MANIFEST = PACKAGES.parent / "manifest.json"
PROSE = PACKAGES.parent / "prose.json"
MAX_PACKAGE_BYTES = 1_600_000
MAX_TEST_SHARE = 1 / 3


@dataclass(frozen=True)
class Document:
    text: str
    domain: str
    source: str
    path: str


def by_hash(document: Document) -> bytes:
    """An order that is fixed but has nothing to do with names."""
    return hashlib.sha256(f"{document.source}/{document.path}".encode()).digest()


def package_documents(package: Package, raw: Path) -> list[Document]:
    """At most MAX_PACKAGE_BYTES of one package; documentation only from validation packages, as training has prose."""
    language, suffixes = LANGUAGES[package.registry]
    source = f"{package.registry}:{package.name}"
    sources: list[Document] = []
    tests: list[Document] = []
    for path, content in package_files(package, raw):
        domain = language if path.endswith(suffixes) else "docs" if path.endswith(DOCUMENTATION) else None
        if domain is None or (domain == "docs" and package.split == "train") or is_unwanted_path(path):
            continue
        text = clean_text(content)
        if text is not None:
            (tests if is_test_path(path) else sources).append(Document(text, domain, source, path))
    kept = up_to(MAX_PACKAGE_BYTES, sorted(sources, key=by_hash))
    room = sum(len(d.text) for d in kept) * MAX_TEST_SHARE / (1 - MAX_TEST_SHARE)
    return kept + up_to(int(room), sorted(tests, key=by_hash))


def up_to(limit: int, documents: Iterable[Document]) -> list[Document]:
    kept: list[Document] = []
    for document in documents:
        limit -= len(document.text)
        if limit < 0:
            break
        kept.append(document)
    return kept


def prose_documents(file: Path) -> Iterator[Document]:
    """What prose.py wrote; nothing where it has not been run."""
    if file.exists():
        with file.open() as lines:
            documents = (Document(**json.loads(line)) for line in lines)
            yield from (document for document in documents if is_wanted_prose(document.text))


def write_split(documents: Iterable[Document], seen: SeenLines, file: Path) -> None:
    """Writes the documents that are new."""
    with file.open("w") as out:
        for document in documents:
            if seen.add_if_new(document.text):
                out.write(json.dumps(asdict(document)) + "\n")


def split_documents(split: str, packages: list[Package], work: Path) -> Iterator[Document]:
    for package in packages:
        if package.split == split:
            yield from package_documents(package, work / "raw")
    yield from prose_documents(work / "prose" / f"{split}.jsonl")


def origins() -> dict[str, dict[str, str]]:
    """Version or commit, and licence, of every source by its name in the documents."""
    packages = {f"{p.registry}:{p.name}": {"version": p.version, "licence": p.licence} for p in listed_packages()}
    prose = json.loads(PROSE.read_text())
    return packages | {p["repository"]: {"commit": p["commit"], "licence": p["licence"]} for p in prose}


def manifest_of(file: Path) -> dict[str, object]:
    """What a split holds of each source: bytes by domain, and the hash of its texts in their order."""
    sizes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    hashes: dict[str, hashlib._Hash] = defaultdict(hashlib.sha256)
    total: dict[str, int] = defaultdict(int)
    with file.open() as lines:
        for line in lines:
            document = Document(**json.loads(line))
            text = document.text.encode()
            sizes[document.source][document.domain] += len(text)
            total[document.domain] += len(text)
            hashes[document.source].update(text)
    known = origins()
    return {
        "bytes": total,
        "sources": {
            source: {**known[source], "bytes": sizes[source], "sha256": hashes[source].hexdigest()} for source in sizes
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    out = arguments.work / "corpus"
    out.mkdir(parents=True, exist_ok=True)
    seen = SeenLines()
    manifest = {}
    # Validation first: what training shares with it is then dropped from training.
    for split in ("validation", "train"):
        file = out / f"{split}.jsonl"
        write_split(split_documents(split, listed_packages(), arguments.work), seen, file)
        manifest[split] = manifest_of(file)
        print(split, dict(manifest[split]["bytes"]))
    MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
