"""Builds the cleaned corpus, train.jsonl and validation.jsonl, and its manifest."""

import argparse
import hashlib
import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from .clean import SeenLines, clean_text, is_test_path, is_unwanted_path, is_wanted_prose
from .fetch import PACKAGES, Package, listed_packages
from .sources import DOCUMENTATION, LANGUAGES, package_files

MANIFEST = PACKAGES.parent / "manifest.json"
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
    """Lines of a (zstd-compressed) JSONL file with text, domain, repo and path."""
    data = subprocess.run(["zstd", "-dcf", str(file)], check=True, capture_output=True).stdout
    for line in data.decode().split("\n"):
        if line:
            entry = json.loads(line)
            if is_wanted_prose(entry["text"]):
                yield Document(entry["text"], entry["domain"], entry["repo"], entry["path"])


def write_split(documents: Iterable[Document], seen: SeenLines, file: Path) -> dict[str, dict[str, int]]:
    """Writes what is new and returns bytes by source and domain."""
    sizes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    with file.open("w") as out:
        for document in documents:
            if seen.add_if_new(document.text):
                out.write(json.dumps(asdict(document)) + "\n")
                sizes[document.source][document.domain] += len(document.text.encode())
    return sizes


def split_documents(split: str, packages: list[Package], work: Path, prose: Path | None) -> Iterator[Document]:
    for package in packages:
        if package.split == split:
            yield from package_documents(package, work / "raw")
    if prose is not None:
        yield from prose_documents(prose / f"prose-{split}.jsonl.zst")


def file_hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--prose", type=Path, help="folder with prose-{train,validation}.jsonl.zst, prose-sources.json")
    arguments = parser.parse_args()
    out = arguments.work / "corpus"
    out.mkdir(parents=True, exist_ok=True)
    packages = listed_packages()
    known = {f"{p.registry}:{p.name}": {"version": p.version, "licence": p.licence} for p in packages}
    if arguments.prose:
        for name, entry in json.loads((arguments.prose / "prose-sources.json").read_text())["sources"].items():
            known[name] = {"commit": entry["commit"], "licence": entry["licence"]}
    seen = SeenLines()
    manifest = []
    # Validation first: what training shares with it is then dropped from training.
    for split in ("validation", "train"):
        file = out / f"{split}.jsonl"
        sizes = write_split(split_documents(split, packages, arguments.work, arguments.prose), seen, file)
        manifest.append(
            {
                "split": split,
                "sha256": file_hash(file),
                "sources": {name: {**known[name], "bytes": dict(domains)} for name, domains in sizes.items()},
            }
        )
    MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n")
    for split in manifest:
        totals: dict[str, int] = defaultdict(int)
        for entry in split["sources"].values():
            for domain, size in entry["bytes"].items():
                totals[domain] += size
        print(split["split"], dict(totals), sum(totals.values()))


if __name__ == "__main__":
    main()
