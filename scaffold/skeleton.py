"""A service's own source from an organisation's cookiecutter template, with the answers of its App, beside the bundle.

Each file is seeded: written where there is none, and the team's own from then on.

May import: contained, third_party, bundle.file, answers.secrets, system, finding, errors, value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from scaffold.answers.secrets import is_issued
from scaffold.blueprint_folder import digest
from scaffold.bundle.file import SKELETON, File, is_safe
from scaffold.contained.folder import read_folder
from scaffold.contained.limits import Request
from scaffold.contained.process import Contained, ContainedError
from scaffold.errors import BlueprintError, FindingsError, Place, Problem, QuestionError, SourceError, printable
from scaffold.finding import Finding
from scaffold.plan import app_folder
from scaffold.system.select import app_view
from scaffold.third_party import Pin
from scaffold.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scaffold.answers.schema import App
    from scaffold.third_party import Fetched

FOLDER = "source/"
"""Where an App's source lies in its folder."""


class Rendered(Value, frozen=True):
    """What a skeleton makes for some Apps, what it left out since it is no text, and what the skeleton was."""

    files: tuple[File, ...]
    left: tuple[str, ...]
    pin: Pin


class _Made(msgspec.Struct):
    files: dict[str, str]
    left: list[str]


def settings(words: Sequence[str], apps: Sequence[App]) -> dict[str, dict[str, str]]:
    """Return the given variables of each App, by its key, of `[NAMESPACE/NAME:]KEY=VALUE`.

    Raises:
        QuestionError: no such word, or no such App.
    """
    made: dict[str, dict[str, str]] = {app.key: {} for app in apps}
    for word in words:
        path, sign, value = word.partition("=")
        whose, colon, name = path.rpartition(":")
        if not sign or not name:
            raise QuestionError(f"--skeleton-set {printable(word)}: no value\n    write [NAMESPACE/NAME:]KEY=VALUE")
        if colon and whose not in made:
            raise QuestionError(f"--skeleton-set {printable(word)}: no App {printable(whose)}: {', '.join(made)}")
        if is_issued(value):
            raise QuestionError(f"--skeleton-set {printable(name)}: the value of a secret\n    no file may hold one")
        for key in [whose] if colon else made:
            made[key][name] = value
    return made


def skeleton(
    fetched: Fetched, apps: Sequence[App], given: Mapping[str, Mapping[str, str]], apart: Contained | None = None
) -> Rendered:
    """Render a template once for each App.

    Args:
        fetched: the template's source, which is not trusted.
        apps: the Apps, whose answers it reads as `cookiecutter.app`, and where a variable has the name of one.
        given: the values of its variables, by the App's key.
        apart: the process in which it is rendered.

    Raises:
        BlueprintError: it cannot be read or rendered, or a path of it leaves its folder.
        FindingsError: a file holds the value of a secret.
    """
    parts, problems = read_folder(fetched.folder)
    if problems:
        raise BlueprintError(problems)
    process, files, left = apart or Contained(), list[File](), list[str]()
    for app in apps:
        view = app_view(app)
        scope = msgspec.json.encode({"app": view, "given": given[app.key]})
        try:
            answer = process.ask(Request("skeleton", "", scope=msgspec.Raw(scope), parts=parts))
            made = msgspec.json.decode(answer, type=_Made)
        except (ContainedError, msgspec.ValidationError) as error:
            raise SourceError(f"{fetched.source}: for {app.key}: {error}") from error
        files += _files(fetched, app, made)
        left += [f"{app_folder(app.key)}{FOLDER}{printable(path)}" for path in made.left]
    pin = Pin(fetched.source, fetched.commit, digest(parts), SKELETON)
    return Rendered(tuple(sorted(files)), tuple(left), pin)


def _files(fetched: Fetched, app: App, made: _Made) -> list[File]:
    files: dict[str, File] = {}
    for path, text in made.files.items():
        whole = f"{app_folder(app.key)}{FOLDER}{path}"
        file = File(whole, text, SKELETON, app.key, "seeded", "source")
        if not is_safe(whole) or files.setdefault(whole.casefold(), file) is not file:
            why = f"{path!a} is not a path inside the output, or there twice"
            raise BlueprintError([Problem(Place(str(fetched.folder), 0, 0), why, "letters, digits, `.`, `_` and `-`")])
    if found := [file.path for file in files.values() if is_issued(file.text)]:
        raise FindingsError(tuple(_secret(path) for path in found))
    return list(files.values())


def _secret(path: str) -> Finding:
    return Finding("error", "secrets/value-in-bundle", path, "a key or a token: it would be committed")
