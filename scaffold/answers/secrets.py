"""Secrets are declared by reference; a value that stands in an answer is refused, and never repeated.

May import: schema, secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scaffold.answers.schema import App
    from scaffold.answers.secret import Secret
    from scaffold.answers.walker import Path

    Complaint = tuple[Path, str, str]

# Names of variables that hold a credential themselves, not where to find one (`…_FILE`, `…_PATH`) or how long it lives.
_TELLING = re.compile(
    r"(?:^|_)(?:PASS|PWD|SECRET|SECRET_VALUE|TOKEN|APIKEY|(?:API|ACCESS|SECRET|PRIVATE|SIGNING|ENCRYPTION)_?KEY|KEY_BASE"
    r"|CREDENTIALS?)$|(?:PASSWORD|PASSWD|PASSPHRASE)$|CLI_?AUTH$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What issuers begin their tokens with, so that scanners find them, and a key block; and how it goes on.
_ISSUED = {
    r"(?<=-----BEGIN )[A-Z ]*PRIVATE KEY": ("BEGIN ",),
    r"[A-Z0-9]{16}\b": ("AKIA", "ASIA"),
    r"[A-Za-z0-9]{36}": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    r"[A-Za-z0-9_]{22,}": ("github_pat_",),
    r"[A-Za-z0-9_-]{20}": ("glpat-", "hvs.", "hvb.", "hvr."),
    r"[A-Za-z0-9-]{10,}": ("xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"),
    r"[A-Za-z0-9]{16,}": ("rk_live_", "sk_live_"),
    r"[A-Za-z0-9_-]{35}": ("AIza",),
    r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.": ("eyJ",),
}
_BEGINNINGS = tuple(word for words in _ISSUED.values() for word in words)
_FORMS = "|".join(rf"\b(?:{'|'.join(map(re.escape, words))}){rest}" for rest, words in _ISSUED.items())
_ISSUED_ANYWHERE = re.compile(_FORMS)
# These, a URL with a password, and what stands behind a word that tells it.
_VALUES = re.compile(
    rf"{_FORMS}"
    r"|\b[a-z][a-z0-9+.-]{0,20}://[^/\s:@]{0,80}:[^/\s@]{1,200}@"
    r"|(?i:(?<![A-Za-z0-9_-])(?:[A-Za-z0-9]{1,30}[_-]){0,4}"
    r"(?:password|passwd|passphrase|secret|pass|access_?key|api_?key|auth_?token|client_?secret))"
    r"[\"']?[ \t]{0,8}[=:][ \t]{0,8}[\"']?(?![0-9.]+\b|true\b|false\b)[^\s\"'$</{%#][^\s\"']{3,200}"
)
_REMEDY = "keep it in a store and declare it under spec.secrets: {store, key, property, env or file}"


def check(app: App) -> Iterator[Complaint]:
    """Yield what is wrong with an App's secrets, and what looks like the value of one."""
    for name, secret in app.spec.secrets.items():
        given = [key for key in secret.ONE_OF if getattr(secret, key) is not None]
        if len(given) != 1:
            why = f"{' and '.join(given) or 'neither file nor env'} given"
            yield ("spec", "secrets", name), why, "give exactly one of file, singleFile (a path), env (a variable)"
        if secret.join:
            yield from _joined(secret, ("spec", "secrets", name))
    yield from _variables(app)
    variables: list[tuple[Path, dict[str, str]]] = [(("spec", "config", "env"), app.spec.config.env)]
    variables += [(("spec", "sidecars", name, "env"), one.env) for name, one in app.spec.sidecars.items()]
    for path, env in variables:
        for name, value in env.items():
            if looks_secret(name, value):
                yield (*path, name), "looks like the value of a secret", _REMEDY
    for path, text in _texts(app):
        if _VALUES.search(text):
            yield path, "holds what looks like the value of a secret", _REMEDY


def is_issued(text: str) -> bool:
    """Tell whether a text of any length holds a private key, or a token in its issuer's own form."""
    # Words are found many times as fast as a pattern that may begin anywhere; nearly no file has one.
    return any(word in text for word in _BEGINNINGS) and _ISSUED_ANYWHERE.search(text) is not None


def looks_secret(name: str, value: str) -> bool:
    """Tell whether a variable's value is refused as a secret's: by what it looks like, or by what the name tells."""
    return bool(_VALUES.search(value) or (_TELLING.search(_CAMEL.sub("_", name)) and _is_credential(name, value)))


def _joined(secret: Secret, at: Path) -> Iterator[Complaint]:
    """Yield what is wrong with the parts that a secret is put together from."""
    for index, part in enumerate(secret.join):
        given = [key for key in part.ONE_OF if getattr(part, key) is not None]
        if len(given) != 1:
            why = f"{' and '.join(given) or 'neither text nor property nor key'} given"
            yield (*at, "join", index), why, "give exactly one of text, property, key"
        if part.text is not None and part.spelled is not None:
            yield (*at, "join", index, "spelled"), "a text stands as it is", "remove it"
    if secret.property is not None:
        yield (*at, "property"), "what is put together names properties in its parts", "remove it"
    if not any(part.property or part.key == secret.key for part in secret.join):
        yield (*at, "join"), f"no part reads what lies under {secret.key}", "a part with a property, or with this key"
    # What is read stands as a slash, which no password in a text is found around.
    if _VALUES.search("".join("/" if part.text is None else part.text for part in secret.join)):
        yield (*at, "join"), "holds what looks like the value of a secret", "keep it in the store, as a property"


def _texts(app: App) -> Iterator[tuple[Path, str]]:
    """Yield what a process reads, or is told on its command line, which everybody on its node can see."""
    for key, files in (("files", app.spec.config.files), ("singleFiles", app.spec.config.singleFiles)):
        yield from ((("spec", "config", key, path), text) for path, text in files.items())
    told: dict[Path, list[str]] = {("spec",): app.spec.args}
    for key, containers in (("init", app.spec.init), ("sidecars", app.spec.sidecars)):
        told |= {("spec", key, name): one.args for name, one in containers.items()}
    for path, words in told.items():
        yield from (((*path, "args", at), word.lstrip("-")) for at, word in enumerate(words))


_HARMLESS = re.compile(r"|[0-9.]+|true|false|yes|no|/[\w./-]+", re.IGNORECASE)


def _is_credential(name: str, value: str) -> bool:
    """Tell whether the value of a telling variable may be one: no number, no switch, no path, nothing public."""
    return _HARMLESS.fullmatch(value) is None and not name.upper().startswith("PUBLIC_")


def _variables(app: App) -> Iterator[Complaint]:
    taken = {name: f"spec.config.env.{name}" for name in app.spec.config.env}
    for name, secret in app.spec.secrets.items():
        if secret.env is None:
            continue
        twin = taken.setdefault(secret.env, f"spec.secrets.{name}")
        if twin != f"spec.secrets.{name}":
            yield ("spec", "secrets", name, "env"), f"{secret.env} is already {twin}", "rename one of them"
