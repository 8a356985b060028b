"""Fetches the pinned packages of corpus/packages.json with each registry's own client.

What is already there is not fetched again. Nothing of a package is executed: the clients only download archives.
"""

import argparse
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).parent.parent / "corpus" / "packages.json"


@dataclass(frozen=True)
class Package:
    registry: str
    name: str
    version: str
    licence: str
    split: str


def listed_packages() -> list[Package]:
    return [Package(**entry) for entry in json.loads(PACKAGES.read_text())]


def run(command: list[str], folder: Path, **environment: str) -> None:
    subprocess.run(command, cwd=folder, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)


def fetch_npm(packages: list[Package], folder: Path) -> None:
    missing = [p for p in packages if not (folder / npm_archive(p)).exists()]
    if missing:
        run(["npm", "pack", "--silent", *(f"{p.name}@{p.version}" for p in missing)], folder)


def npm_archive(package: Package) -> str:
    return f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}.tgz"


def fetch_pypi(packages: list[Package], folder: Path) -> None:
    run(["pip", "download", "-q", "--no-deps", "-d", ".", *(f"{p.name}=={p.version}" for p in packages)], folder)


def fetch_go(packages: list[Package], folder: Path) -> None:
    """Go reports an error for a module that needs a newer Go, but has fetched its archive by then."""
    cache = {"GOMODCACHE": str(folder.resolve()), "GOFLAGS": "-modcacherw"}
    for package in packages:
        if not module_archive(package, folder).exists():
            try:
                run(["go", "mod", "download", f"{package.name}@{package.version}"], folder, **cache)
            except subprocess.CalledProcessError:
                if not module_archive(package, folder).exists():
                    raise


def module_archive(package: Package, folder: Path) -> Path:
    escaped = "".join(f"!{c.lower()}" if c.isupper() else c for c in package.name)
    return folder / "cache/download" / escaped / "@v" / f"{package.version}.zip"


def fetch_crates(packages: list[Package], folder: Path) -> None:
    """Vendors all crates at once: a manifest that depends on every one of them, never built."""
    dependencies = "".join(
        f'p{i} = {{ package = "{p.name}", version = "={p.version}" }}\n' for i, p in enumerate(packages)
    )
    package = '[package]\nname = "corpus"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n'
    (folder / "Cargo.toml").write_text(f"{package}[dependencies]\n{dependencies}")
    (folder / "lib.rs").touch()
    run(["cargo", "vendor", "--quiet", "--versioned-dirs", "vendor"], folder)


def fetch_maven(packages: list[Package], folder: Path) -> None:
    for package in packages:
        artifact = f"{package.name}:{package.version}:jar:sources"
        run(
            ["mvn", "-q", "-B", f"-Dmaven.repo.local={folder.resolve()}", "dependency:get", "-Dtransitive=false",
             f"-Dartifact={artifact}"],
            folder,
        )


def fetch_debian(packages: list[Package], folder: Path) -> None:
    """apt-get source with package lists of its own, so that the machine's configuration stays as it is."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "debian.sources").write_text(debian_sources())
    here = folder.resolve()
    options = [f"-oDir::Etc::SourceList={here}/debian.sources", "-oDir::Etc::SourceParts=-",
               f"-oDir::State::Lists={here}/lists", f"-oDir::Cache={here}/cache"]
    missing = [p.name for p in packages if not any(folder.glob(f"{p.name}_*.dsc"))]
    if missing:
        run(["apt-get", "-q", *options, "update"], folder)
        run(["apt-get", "-q", *options, "source", "--download-only", *missing], folder)


def debian_sources() -> str:
    """The machine's own Debian archive, asked for source packages."""
    configured = Path("/etc/apt/sources.list.d/debian.sources").read_text()
    return configured.replace("Types: deb\n", "Types: deb-src\n")


CLIENTS: dict[str, tuple[str, Callable[[list[Package], Path], None]]] = {
    "npm": ("npm", fetch_npm),
    "pypi": ("pip", fetch_pypi),
    "go": ("go", fetch_go),
    "crates": ("cargo", fetch_crates),
    "maven": ("mvn", fetch_maven),
    "debian": ("apt-get", fetch_debian),
}


def fetch_registry(registry: str, raw: Path) -> str:
    client, fetch = CLIENTS[registry]
    if shutil.which(client) is None:
        return f"{registry}: {client} is not installed; its packages are left out"
    folder = raw / registry
    folder.mkdir(parents=True, exist_ok=True)
    try:
        fetch([p for p in listed_packages() if p.registry == registry], folder)
    except subprocess.CalledProcessError as error:
        return f"{registry}: {client} ended with status {error.returncode}; run the command again to go on"
    return f"{registry}: fetched"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for everything that is not committed")
    parser.add_argument("--registry", choices=CLIENTS, action="append", help="only these (default: all)")
    arguments = parser.parse_args()
    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        for line in pool.map(lambda r: fetch_registry(r, arguments.work / "raw"), arguments.registry or CLIENTS):
            print(line, flush=True)


if __name__ == "__main__":
    main()
