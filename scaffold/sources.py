"""Where third parties' files come from: a folder, a zip, or a repository of git, which cookiecutter fetches.

Nothing of what is fetched is run: no hook, no prompt, no submodule. A folder is taken as it is, without any network.

May import: third_party (types), errors; cookiecutter where something has to be fetched.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from zipfile import BadZipFile, ZipFile

from scaffold.errors import SourceError, printable
from scaffold.third_party import Fetched

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ZIP = 64 << 20
"""Bytes of a zip, and of all that is in it."""
MAX_ENTRIES = 5000
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}\Z")
_SAFE = ("https", "ssh", "file")
_FORMS = "a folder, a .zip, https://….git, git@HOST:PATH.git, or gh:OWNER/REPOSITORY, each repository with @REF"


class _Named(NamedTuple):
    """A source as it was named, its address, and the branch, tag or commit that is asked for."""

    words: str
    address: str
    ref: str


def fetch(words: str, into: Path, commit: str = "") -> Fetched:
    """Return a source on this machine.

    Args:
        words: the source as it was named: SOURCE or SOURCE@REF.
        into: a folder of the user's, for what has to be fetched.
        commit: the one that is wanted of a repository, whatever its branch or tag says now.

    Raises:
        SourceError: it is not there, cannot be fetched, or cannot be trusted.
    """
    if words != printable(words) or not words:
        raise SourceError(f"--blueprints {printable(words)!a}: no source\n    {_FORMS}")
    if commit and not _COMMIT.match(commit):  # git would take it for an option
        raise SourceError(f"{words}: the lock names a commit that is none\n    restore it from version control")
    if os.path.isdir(words):  # noqa: PTH112  Path's own raises where a name is too long for one
        return Fetched(words, Path(words))
    address, ref = _split(words)
    if address.lower().endswith(".zip") and not ref:
        return Fetched(words, _unzipped(words, into))
    return _cloned(_Named(words, _expanded(address), ref), into, commit)


def _split(words: str) -> tuple[str, str]:
    """Return the address, and the ref behind its last `@`, which stands in the last part of its path."""
    address, at, ref = words.rpartition("@")
    return (address, ref) if at and _REF.match(ref) and ("/" in address or ":" in address) else (words, "")


def _expanded(address: str) -> str:
    """Return an address in full: `gh:`, and what the user's own configuration of cookiecutter abbreviates."""
    with _cookiecutter():
        from cookiecutter.config import get_user_config  # noqa: PLC0415  slow: half a second, and an extra
        from cookiecutter.exceptions import InvalidConfiguration  # noqa: PLC0415
        from cookiecutter.repository import expand_abbreviations, is_repo_url  # noqa: PLC0415
    try:
        whole = expand_abbreviations(address, get_user_config()["abbreviations"])
    except InvalidConfiguration as error:
        raise SourceError(f"{address}: cookiecutter's configuration: {printable(str(error))}") from error
    if not is_repo_url(whole):
        raise SourceError(f"{address}: no such folder, and no repository\n    {_FORMS}")
    return str(whole)


def _checked(words: str, address: str) -> str:
    """Return the address of a repository without its prefix; refuse a secret in it, and what anybody may change."""
    if address.startswith("hg+"):
        raise SourceError(f"{printable(words)}: Mercurial is not fetched\n    {_FORMS}")
    plain = address.removeprefix("git+")
    parts = urlsplit(plain)
    if "://" in plain and parts.scheme not in _SAFE:
        raise SourceError(f"{parts.scheme}://{parts.hostname}: can be changed on its way\n    use https or ssh")
    if parts.query or parts.fragment or parts.password or (parts.scheme == "https" and parts.username):
        # The words are not repeated: they hold what may be a secret.
        why = "an address with a token or a password in it, which would be written into the lock"
        raise SourceError(f"{parts.scheme}://{parts.hostname}: {why}\n    leave it to git's credential helper")
    return plain


def _cloned(named: _Named, into: Path, commit: str) -> Fetched:
    address = _checked(named.words, named.address)
    wanted = commit or named.ref
    key = hashlib.sha256(address.encode()).hexdigest()[:16]
    kept = into / f"{key}-{wanted}"
    if _COMMIT.match(wanted) and kept.is_dir():
        return Fetched(named.words, kept, wanted)
    made = Path(tempfile.mkdtemp(dir=into))
    try:
        repository = Path(_clone(named.words, f"git+{address}", wanted, made))
        head = _git(repository, "rev-parse", "HEAD")
        kept = into / f"{key}-{head}"
        if not kept.is_dir():
            repository.replace(kept)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Fetched(named.words, kept, head)


def _clone(words: str, address: str, ref: str, into: Path) -> str:
    with _cookiecutter():
        from cookiecutter.exceptions import CookiecutterException  # noqa: PLC0415  slow, and an extra
        from cookiecutter.vcs import clone  # noqa: PLC0415
    with _silent():
        try:
            return str(clone(address, ref or None, into, no_input=True))
        except CookiecutterException as error:
            raise SourceError(f"{words}: {printable(str(error))}") from error
        except subprocess.CalledProcessError as error:
            said = error.output.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise SourceError(f"{words}: git: {printable(said[0] if said else 'failed')}") from error


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  fixed words
        ["git", "-C", str(repository), *arguments],  # noqa: S607  the one that cloned it
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _unzipped(words: str, into: Path) -> Path:
    with _cookiecutter():
        from cookiecutter.exceptions import InvalidZipRepository  # noqa: PLC0415  slow, and an extra
        from cookiecutter.zipfile import unzip  # noqa: PLC0415
    made = Path(tempfile.mkdtemp(dir=into))
    path = _downloaded(words, made) if "://" in words else Path(words)
    try:
        kept = into / _digest(path)
        if kept.is_dir():
            return kept
        with ZipFile(path) as archive:
            entries = archive.infolist()
        names = [PurePosixPath(entry.filename) for entry in entries]
        # cookiecutter takes the first entry for the folder of all, wherever that leads.
        if any(name.is_absolute() or ".." in name.parts for name in names) or len(names[0].parts if names else ()) != 1:
            raise SourceError(f"{words}: a path that leaves it, or no folder first\n    zip one folder, as git does")
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_ZIP:
            raise SourceError(f"{words}: more than {MAX_ZIP} bytes, or {MAX_ENTRIES} files\n    make it smaller")
        unpacked = Path(unzip(str(path), is_url=False, clone_to_dir=made, no_input=True))
        shutil.move(unpacked, made / "unpacked")
        (made / "unpacked").replace(kept)
        shutil.rmtree(unpacked.parent, ignore_errors=True)
    except (OSError, BadZipFile, InvalidZipRepository, NotImplementedError) as error:
        raise SourceError(f"{words}: {printable(str(error))}\n    {_FORMS}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return kept


def _digest(path: Path) -> str:
    """Return a name for what is in a zip."""
    with path.open("rb") as file:
        data = file.read(MAX_ZIP + 1)
    if len(data) > MAX_ZIP:
        raise SourceError(f"{path}: more than {MAX_ZIP} bytes\n    make it smaller")
    return f"zip-{hashlib.sha256(data).hexdigest()[:32]}"


def _downloaded(words: str, into: Path) -> Path:
    """Fetch a zip: cookiecutter's own way would take an error's page for one, and any number of bytes."""
    import requests  # noqa: PLC0415  comes with cookiecutter

    path, taken = into / "source.zip", 0
    try:
        with requests.get(_checked(words, words), stream=True, timeout=100) as answer, path.open("wb") as file:
            answer.raise_for_status()
            _checked(words, answer.url)  # it may have been sent on
            for chunk in answer.iter_content(1 << 16):
                taken += file.write(chunk)
                if taken > MAX_ZIP:
                    raise SourceError(f"{words}: more than {MAX_ZIP} bytes\n    make it smaller")
    except requests.RequestException as error:
        raise SourceError(f"{words}: {printable(str(error))}") from error
    return path


@contextmanager
def _cookiecutter() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        why = "a zip or a repository is fetched by cookiecutter, which is not installed"
        raise SourceError(f"--blueprints: {why}\n    pip install 'kubescaffold[sources]', or name a folder") from error


@contextmanager
def _silent() -> Iterator[None]:
    """Let git ask nobody, and cookiecutter print no traceback of what is said anyway."""
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes", "GIT_LFS_SKIP_SMUDGE": "1"}
    added = {name: value for name, value in quiet.items() if name not in os.environ}
    log = logging.getLogger("cookiecutter.vcs")
    os.environ.update(added)
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False
        for name in added:
            del os.environ[name]
