"""`python -m local.package`: the Lambda archive and its template, by `chalice package`, the same bytes every time.

Every wheel is fetched here first, by hash and for Lambda's platform, and Chalice then finds nothing else: by itself it
fetches what does not fit Lambda a second time without a hash, and compiles what has no wheel against this machine. Its
cache is emptied, for it does not see that a file was renamed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_OUT = PROJECT / "build" / "package"
RESOURCES = ".chalice/resources.json"
STAGE = "prod"
"""Chalice names functions and tags by it; installations differ by the name of their CloudFormation stack."""

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The runtime is the Python that packages: Chalice cannot build for another."""

GLIBC = {"3.11": 26, "3.12": 34, "3.13": 34}
"""The minor version of Lambda's glibc 2 by runtime: Amazon Linux 2, then 2023 (chalice/deploy/packager.py)."""

ZIP_LIMIT_MB = 50
UNZIPPED_LIMIT_MB = 250
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_MB = 1_000_000
_MARK = "sources.sha256"
_SOURCES = ("app.py", "requirements.txt", ".chalice/config.json", RESOURCES)
_ROOMS = ("chalicelib", "connectors", "templates")


class PackagingFailed(Exception):
    """The archive could not be made."""


@dataclass(frozen=True, slots=True)
class Package:
    """A finished package: the archive, and the template whose functions run it."""

    archive: Path
    template: Path

    @property
    def zipped_mb(self) -> float:
        """Size of the archive in MB (10^6 bytes)."""
        return self.archive.stat().st_size / _MB

    @property
    def unzipped_mb(self) -> float:
        """Size of what Lambda unpacks, in MB."""
        with zipfile.ZipFile(self.archive) as archive:
            return sum(one.file_size for one in archive.infolist()) / _MB


def finished(out: Path) -> Package:
    """The package in a folder, whether or not it is there."""
    return Package(out / "deployment.zip", out / "sam.json")


def is_stale(out: Path = DEFAULT_OUT, project: Path = PROJECT) -> bool:
    """Whether anything that is packaged is not as it was when the package in `out` was made, or there is none."""
    package, mark = finished(out), out / _MARK
    if not (package.archive.exists() and package.template.exists() and mark.exists()):
        return True
    return mark.read_text(encoding="ascii") != _fingerprint(project)


def _fingerprint(project: Path) -> str:
    """SHA-256 over the names and bytes of everything that is packaged, and the Python that it is packaged for."""
    found = [project / one for one in _SOURCES]
    for room in _ROOMS:
        found += [one for one in (project / room).rglob("*") if one.is_file() and "__pycache__" not in one.parts]
    digest = hashlib.sha256(PYTHON.encode())
    for one in sorted(found):
        digest.update(f"\0{one.relative_to(project)}\0".encode())
        digest.update(one.read_bytes() if one.exists() else b"")
    return digest.hexdigest()


def package(out: Path = DEFAULT_OUT, project: Path = PROJECT) -> Package:
    """Make the package in `out`. Raises PackagingFailed."""
    if PYTHON not in GLIBC:
        known = ", ".join(GLIBC)
        raise PackagingFailed(f"Packaging runs on the Python that Lambda will run: one of {known}, not {PYTHON}.")
    if not (project / "app.py").exists():
        raise PackagingFailed(f"There is no app.py in {project}.")
    _clear(project)
    was = _fingerprint(project)
    wheels = fetch_wheels(project)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "package"
        _run(
            [
                str(Path(sys.executable).parent / "chalice"),
                "package",
                "--stage",
                STAGE,
                "--merge-template",
                RESOURCES,
                str(raw),
            ],
            project,
            {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_ONLY_BINARY": ":all:"},
            "chalice package",
        )
        out.mkdir(parents=True, exist_ok=True)
        made = finished(out)
        _in_order(raw / "deployment.zip", made.archive)
        shutil.copyfile(raw / "sam.json", made.template)
        (out / _MARK).write_text(was, encoding="ascii")
    if made.zipped_mb >= ZIP_LIMIT_MB or made.unzipped_mb >= UNZIPPED_LIMIT_MB:
        raise PackagingFailed(
            f"{made.zipped_mb:.1f} MB zipped, {made.unzipped_mb:.1f} MB unzipped: Lambda takes less than "
            f"{ZIP_LIMIT_MB} MB and {UNZIPPED_LIMIT_MB} MB."
        )
    return made


def fetch_wheels(project: Path = PROJECT) -> Path:
    """The folder of the wheels that requirements.txt names, fetched by hash for Lambda. Raises PackagingFailed."""
    asked = hashlib.sha256((project / "requirements.txt").read_bytes()).hexdigest()[:16]
    wheels = project / "build" / "wheels" / f"{PYTHON}-{asked}"
    if wheels.exists():
        return wheels  # Chalice's pip compares the hashes once more
    shutil.rmtree(wheels.parent, ignore_errors=True)
    fresh = wheels.with_name(f"{wheels.name}.new")
    fresh.mkdir(parents=True)
    tags = [f"manylinux_2_{minor}_x86_64" for minor in range(17, GLIBC[PYTHON] + 1)]
    platforms = [part for tag in (*tags, "manylinux2014_x86_64") for part in ("--platform", tag)]
    abis = [part for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none") for part in ("--abi", abi)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON]
    command += [*platforms, *abis, "--dest", str(fresh), "--requirement", "requirements.txt"]
    _run(command, project, {}, "pip download")
    fresh.rename(wheels)
    return wheels


def _clear(project: Path) -> None:
    """Chalice's cache, whose key is blind to names, and Python's, which would be shipped."""
    shutil.rmtree(project / ".chalice" / "deployments", ignore_errors=True)
    for room in _ROOMS:
        for cache in list((project / room).rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)


def _run(command: list[str], project: Path, more: dict[str, str], what: str) -> None:
    environment = {
        **os.environ,
        # Without a region Chalice stops; without the second, botocore looks for one at a metadata address and may hang.
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION") or "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    # Chalice tells of a dependency that it left out, and succeeds.
    if done.returncode or "Could not install dependencies" in done.stdout + done.stderr:
        lines = (done.stdout + done.stderr).strip().splitlines()
        told = "\n".join(lines[-1:] if any(one.startswith("Traceback") for one in lines) else lines[-12:])
        raise PackagingFailed(f"`{what}` failed (exit code {done.returncode}):\n{told}")


def _in_order(raw: Path, archive: Path) -> None:
    """The same entries, by name: Chalice writes them as the file system lists them. Their dates are 1980 already."""
    unfinished = archive.with_suffix(".new")
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in sorted(source.infolist(), key=lambda one: one.filename):
            if entry.is_dir() or "__pycache__" in Path(entry.filename).parts:
                continue
            entry.date_time = (1980, 1, 1, 0, 0, 0)
            target.writestr(entry, source.read(entry))
    unfinished.replace(archive)


def main(arguments: list[str] | None = None) -> int:
    """Make the package; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.package", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="folder for the archive and the template")
    chosen = parser.parse_args(arguments)
    try:
        made = package(chosen.out.resolve())
    except (PackagingFailed, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{made.archive}: {made.zipped_mb:.1f} MB, {made.unzipped_mb:.1f} MB unzipped, Python {PYTHON}")
    print(f"{made.template}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
