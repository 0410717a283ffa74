"""Tell secrets by their names and by what they look like, before anything is kept of them.

Wider than the rule on answers: whoever declares as a secret what was none loses nothing.

May import: answers.secrets.
"""

from __future__ import annotations

import re

from scaffold.answers.secrets import looks_secret

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[^A-Za-z0-9]+")
# Parts of names that hold a credential: whole ones, and what begins or ends like one.
_WHOLE = frozenset(
    ("auth", "cookie", "creds", "key", "keys", "jwt", "license", "otp", "pat", "pepper", "pin", "salt", "seed")
)
_INSIDE = re.compile("pass|pwd|secret|token|credential|private|apikey|signature|connectionstring|connstr")
_ALWAYS = frozenset(("dsn", "webhook", "webhooks"))
# A last part that says where a credential is, or what is like it: plain, as long as the value is no credential.
_ABOUT = re.compile(
    "file|path|dir|names?|ttl|length|type|enabled|disabled|expiry|expires|expiration|lifetime|age|algorithm|alg|issuer"
    "|audience|timeout|host|port|url|uri|endpoint|region|size|rounds|method|mode|domain|exp|max|min|count|limit|bits"
)
_SWITCH = re.compile("true|false|yes|no|on|off", re.IGNORECASE)
# What looks like chance, and everybody may know.
_PUBLIC = re.compile("sha[0-9]*|sha256sum|md5|checksum|digest|version|commit|revision|fingerprint|id")
_USER_INFO = re.compile(r"//[^/?#\s]*@")
# The same with a slash in the password, which is no URL any more, and written all the same; the web has `:PORT/@path`.
_UNQUOTED = re.compile(
    r"(?<![a-z0-9+.-])(?!(?:https?|wss?)://[^\s:/@]{1,200}:[0-9]{1,5}/)[a-z][a-z0-9+.-]{0,20}://[^\s@:/]{0,200}:[^\s@]{1,400}@",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(?:^|[?&;,\s])[\w-]{0,40}(?:pass|pwd|secret|token|key|sig|auth)[\w-]{0,40}=", re.IGNORECASE)
# What nobody would call a word: long, of letters and several digits, in no path.
_RANDOM = re.compile(r"(?=(?:[^0-9]*[0-9]){4})(?=.*[A-Za-z])[A-Za-z0-9+/=_-]{20,}")
_PATH = re.compile(r"/[\w./-]*")
# Programs' own short options; a variable behind one is none.
_MYSQL, _APART = re.compile(r"-p[^$\s]"), re.compile(r"-[ap] [^$\s-]")
_PROGRAMS = {
    **dict.fromkeys(("mysql", "mysqladmin", "mysqldump", "mariadb", "mariadb-admin", "mariadb-dump"), _MYSQL),
    **dict.fromkeys(("redis-cli", "valkey-cli", "sshpass", "mongosh", "mongo"), _APART),
    "curl": re.compile(r"(?:-u|--user) ?[^$\s:]*:[^$\s]"),
}


def is_secret(name: str, value: str = "") -> bool:
    """Tell whether a variable, by its name or its value, holds a secret; where it is not certain, it does."""
    if _telling(name, value) or looks_secret(name, value):
        return True
    parts = _parts(name)
    public = bool(parts) and _PUBLIC.fullmatch(parts[-1]) is not None
    return is_secret_value(value) and not (public and _RANDOM.fullmatch(value.strip()))


def _parts(name: str) -> list[str]:
    return [part.lower() for part in _BETWEEN.split(_CAMEL.sub("_", name)) if part]


def _telling(name: str, value: str) -> bool:
    parts = _parts(name)
    if not parts or parts[0] == "public" or _SWITCH.fullmatch(value):
        return False
    if _ALWAYS.intersection(parts):
        return True
    if not _WHOLE.intersection(parts) and not _INSIDE.search("".join(parts)):
        return False
    if parts[-1] in {"file", "path"}:
        return bool(value) and not _PATH.fullmatch(value)
    return _ABOUT.fullmatch(parts[-1]) is None


def is_secret_value(value: str) -> bool:
    """Tell whether a text, whatever it is called, looks like a credential or has one in it."""
    return bool(
        _USER_INFO.search(value)
        or _UNQUOTED.search(value)
        or _QUERY.search(value)
        or _RANDOM.fullmatch(value.strip())
        or looks_secret("", value)
    )


def are_secret_words(words: list[str]) -> bool:
    """Tell whether a command line has a credential in it: as a word, behind `--password`, or as `--token=…`."""
    programs = {word.rpartition("/")[2] for word in words}
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        if any(_PROGRAMS[one].match(f"{word} {following}") for one in programs & _PROGRAMS.keys()):
            return True
        name, sign, value = word.lstrip("-").partition("=")
        if is_secret_value(word) or (sign and is_secret(name, value)):
            return True
        if word.startswith("-") and not sign and following and _telling(name, following):
            return True
    return False
