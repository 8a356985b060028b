"""The files inside fetched packages, read from their archives without unpacking them to disk."""

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .fetch import Package, module_archive, npm_archive

LANGUAGES = {
    "npm": ("typescript", (".ts", ".tsx", ".mts", ".js", ".mjs", ".jsx")),
    "pypi": ("python", (".py",)),
    "go": ("go", (".go",)),
    "crates": ("rust", (".rs",)),
    "maven": ("java", (".java",)),
    "debian": ("c", (".c", ".h")),
}
DOCUMENTATION = (".md", ".rst")

NamedBytes = Iterator[tuple[str, bytes]]


def package_files(package: Package, raw: Path) -> NamedBytes:
    """(path inside the package, content) of every file, in the order of the archive."""
    folder = raw / package.registry
    match package.registry:
        case "npm":
            yield from tar_files(folder / npm_archive(package))
        case "pypi":
            yield from pypi_files(package, folder)
        case "go":
            yield from zip_files(module_archive(package, folder))
        case "crates":
            yield from folder_files(folder / "vendor" / f"{package.name}-{package.version}")
        case "maven":
            group, artifact = package.name.split(":")
            base = folder / group.replace(".", "/") / artifact / package.version
            yield from zip_files(base / f"{artifact}-{package.version}-sources.jar")
        case "debian":
            for archive in sorted(folder.glob(f"{package.name}_*.orig.tar.*")):
                if archive.suffix != ".asc":
                    yield from tar_files(archive)


def pypi_files(package: Package, folder: Path) -> NamedBytes:
    name = package.name.lower().replace("-", "_")
    for archive in sorted(folder.iterdir()):
        stem = archive.name.lower().replace("-", "_")
        if stem.startswith(f"{name}_{package.version.lower()}"):
            yield from zip_files(archive) if archive.suffix == ".whl" else tar_files(archive)


def tar_files(archive: Path) -> NamedBytes:
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name.partition("/")[2], content.read()


def zip_files(archive: Path) -> NamedBytes:
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as bundle:
        for name in bundle.namelist():
            if not name.endswith("/"):
                yield name, bundle.read(name)


def folder_files(folder: Path) -> NamedBytes:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()
