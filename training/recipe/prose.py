"""Fetches the pinned repositories of corpus/prose.json with git and writes their documentation and books as documents.

Documentation stays as it is; books lose the words of the publisher and their line breaks, and are cut into pieces.
"""

import argparse
import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path

from .clean import is_unwanted_path
from .corpus import PROSE, Document

PIECE_CHARACTERS = 8_000
MAX_DOCUMENT = 400_000
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
BOOK = re.compile(r"\*\*\* ?START OF[^\n]*\n(.*?)\*\*\* ?END OF", re.DOTALL)
PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
UNWANTED_PARAGRAPH = re.compile(r"\[Illustration|Project Gutenberg|Transcriber|Produced by", re.IGNORECASE)


@dataclass(frozen=True)
class ProseSource:
    repository: str
    commit: str
    licence: str
    domain: str
    split: str
    files: list[str]
    """Patterns of the files that are taken."""
    only: str | None = None
    """A file must say this in its text, where a repository mixes licences."""


def listed_prose() -> list[ProseSource]:
    return [ProseSource(**entry) for entry in json.loads(PROSE.read_text())]


def fetched(source: ProseSource, raw: Path) -> Path:
    """A bare repository that holds the one commit."""
    folder = raw / source.repository.replace("/", "+")
    if not (folder / "FETCH_HEAD").exists():
        subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
        address = f"https://github.com/{source.repository}.git"
        subprocess.run(["git", "fetch", "-q", "--depth", "1", address, source.commit], cwd=folder, check=True)
    return folder


def files_of(source: ProseSource, repository: Path) -> Iterator[tuple[str, str]]:
    archive = subprocess.run(
        ["git", "archive", "--format=tar", source.commit], cwd=repository, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            wanted = any(fnmatch(member.name, pattern) for pattern in source.files)
            if member.isfile() and wanted and not is_unwanted_path(member.name):
                yield member.name, decoded(tar.extractfile(member).read())


def decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # older books
    return text.replace("\r\n", "\n")


def documents_of(source: ProseSource, repository: Path) -> Iterator[Document]:
    for path, text in files_of(source, repository):
        if source.only is None or re.search(source.only, text, re.IGNORECASE):
            pieces = book_pieces(text) if source.domain == "narrative" else [FRONT_MATTER.sub("", text)]
            for number, piece in enumerate(pieces):
                if len(piece) <= MAX_DOCUMENT:
                    name = f"{path}#{number}" if source.domain == "narrative" else path
                    yield Document(piece, source.domain, source.repository, name)


def book_pieces(text: str) -> Iterator[str]:
    """The paragraphs of a book, each on one line, some PIECE_CHARACTERS together."""
    match = BOOK.search(text)
    paragraphs = [" ".join(p.split()).replace("_", "") for p in PARAGRAPH_BREAK.split(match[1] if match else text)]
    piece: list[str] = []
    for paragraph in paragraphs:
        if paragraph and not UNWANTED_PARAGRAPH.search(paragraph):
            piece.append(paragraph)
        if sum(map(len, piece)) >= PIECE_CHARACTERS:
            yield "\n\n".join(piece) + "\n"
            piece = []
    if piece:
        yield "\n\n".join(piece) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--repository", action="append", help="only these (default: all)")
    arguments = parser.parse_args()
    out = arguments.work / "prose"
    out.mkdir(parents=True, exist_ok=True)
    raw = arguments.work / "raw" / "prose"
    sources = [s for s in listed_prose() if not arguments.repository or s.repository in arguments.repository]
    for split in ("validation", "train"):
        with (out / f"{split}.jsonl").open("w") as lines:
            for source in sources:
                if source.split == split:
                    documents = list(documents_of(source, fetched(source, raw)))
                    lines.writelines(json.dumps(asdict(document)) + "\n" for document in documents)
                    print(source.repository, sum(len(d.text) for d in documents), "characters", flush=True)


if __name__ == "__main__":
    main()
