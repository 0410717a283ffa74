"""The value of a secret is nowhere in what is gathered, wherever it stood, nor in what is written of it."""

import pytest
from evidence.gather import folder
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.answers.secrets import is_issued, looks_secret
from scaffold.evidence.compose import services
from scaffold.evidence.credentials import is_secret
from scaffold.evidence.folder import look
from scaffold.evidence.written import app_yaml

_MARK = "hunter2"
_NAMES = (
    "DB_PASSWORD", "dbPassword", "POSTGRES_PASS", "MYSQL_PWD", "API_TOKEN", "apiKey", "AWS_SECRET_ACCESS_KEY", "SECRET_KEY_BASE", "STRIPE_KEY",
    "JWT", "SENTRY_DSN", "SESSION_COOKIE", "HASH_SALT", "SLACK_WEBHOOK_URL", "GITHUB_PAT", "PRIVATE_KEY", "MY-CREDENTIALS", "spring.datasource.password",
    "ConnectionStrings__Default_ConnectionString", "SMTP_AUTH", "PASSWORD_FILE",
)  # fmt: skip
# Names that tell nothing, with values that do.
_TELLING_VALUES = (
    "postgres://u:{}@db/x", "redis://:{}@cache:6379", "https://{}@sentry.io/1", "Server=db;User=sa;Password={};", "x?access_token={}",
    "postgres://{}:12/34@db/x", "postgres://u:12/{}@db/x", "https://u:{}/x@h", "u:{}@tcp(db:3306)/x?password={}", "-----BEGIN RSA PRIVATE KEY-----{}", "AKIA0123456789ABCDEF{}",
)  # fmt: skip

# Where variables may stand: a file, what stands before them, one of them, and what stands behind.
_WHERE = {
    "a mapping": ("compose.yaml", "services:\n  s:\n    build: .\n    environment:\n", '      "{name}": "{value}"\n', ""),
    "a list": ("compose.yaml", "services:\n  s:\n    build: .\n    environment:\n", '      - "{name}={value}"\n', ""),
    "a default": ("compose.yaml", "services:\n  s:\n    build: .\n    environment:\n", '      "{name}": "${{X:-{value}}}"\n', ""),
    "an anchor": ("compose.yaml", "x-a: &a\n", '  "{name}": "{value}"\n', "services: {s: {build: ., environment: {<<: *a}}}\n"),
    "a base": ("compose.yaml", "services:\n  s: {build: ., extends: b}\n  b:\n    environment:\n", '      "{name}": "{value}"\n', ""),
    "a file": ("a.env", "", "{name}='{value}'\n", ""),
    "an example": (".env.example", "", "{name}={value}\n", ""),
    "an image": ("Dockerfile", "FROM a\n", 'ARG {name}="{value}"\nENV {name}="{value}"\nUSER ${name}\nEXPOSE ${name}\n', ""),
    "an old ENV": ("Dockerfile", "FROM a\n", "ENV {name} {value}\nHEALTHCHECK CMD curl http://localhost:80/${name}\n", ""),
}  # fmt: skip
# An image has its own variables: they are no configuration of the App.
_IN_AN_IMAGE = ("an image", "an old ENV")


def _all_of(at):
    gathered = [look(at), *services(at / "compose.yaml")]
    return repr(gathered) + "".join(app_yaml(one.document) for one in gathered)


def _gathered(at, where, variables):
    file, before, one, behind = _WHERE[where]
    text = before + "".join(one.format(name=name, value=value) for name, value in variables) + behind
    others = {"compose.yaml": "services: {s: {build: ., env_file: a.env}}\n", "Dockerfile": "FROM a\n", "a.env": ""}
    return _all_of(folder(at, {**others, file: text}))


@pytest.mark.parametrize("where", _WHERE)
def test_a_telling_name_keeps_its_value_out(tmp_path, where):
    assert _MARK not in _gathered(tmp_path, where, [(name, _MARK) for name in _NAMES])
    assert _MARK not in _gathered(tmp_path, where, [(name, f"{_MARK}.example.com:8080") for name in _NAMES])


@pytest.mark.parametrize("where", _WHERE)
def test_a_telling_value_is_kept_out_whatever_its_name_is(tmp_path, where):
    values = [(f"THING{number}", form.replace("{}", _MARK)) for number, form in enumerate(_TELLING_VALUES)]
    assert _MARK not in _gathered(tmp_path, where, values)


@pytest.mark.parametrize("where", [where for where in _WHERE if where not in _IN_AN_IMAGE])
def test_what_is_plain_is_kept(tmp_path, where):
    """Else nothing above would say anything."""
    assert _MARK in _gathered(tmp_path, where, [("LEVEL", _MARK)])


@settings(max_examples=8)
@given(
    name=st.sampled_from(_NAMES),
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r'"), max_size=20).map(
        lambda text: f"{_MARK}{text}"
    ),
)
def test_no_value_escapes_by_its_characters(tmp_path_factory, name, value):
    assert _MARK not in _gathered(tmp_path_factory.mktemp("s"), "a file", [(name, value)])


_COMMANDS = (
    "--password {}",
    "--password={}",
    "-e API_KEY={}",
    "redis-server --requirepass {}",
    "--dsn postgres://u:{}@h/x",
    "TOKEN={} run",
)


@pytest.mark.parametrize("form", _COMMANDS)
@pytest.mark.parametrize("key", ["command: {}", "entrypoint: {}", "healthcheck: {{test: '{}'}}"])
def test_a_secret_in_a_command_is_kept_out(tmp_path, form, key):
    text = f"services:\n  s:\n    build: .\n    {key.format(form.format(_MARK))}\n"
    assert _MARK not in _all_of(folder(tmp_path, {"compose.yaml": text}))


def test_a_link_to_a_private_file_is_not_read(tmp_path):
    folder(tmp_path, {"compose.yaml": "services: {s: {build: ., env_file: plain.env}}\n", ".env": f"LEVEL={_MARK}\n"})
    for name in ("plain.env", ".env.example"):
        (tmp_path / name).symlink_to(".env")
    assert _MARK not in _all_of(tmp_path)
    assert "LEVEL" not in _all_of(tmp_path)


def test_labels_and_origins_are_kept_out(tmp_path):
    files = {
        "compose.yaml": f"services: {{s: {{build: {{context: ., args: {{TOKEN: {_MARK}}}}}, labels: {{a: {_MARK}}}}}}}\n",
        ".git/config": f'[remote "origin"]\nurl = https://{_MARK}:{_MARK}@github.com/a/b.git\n',
        ".env": f"A={_MARK}\n",
    }
    assert _MARK not in _all_of(folder(tmp_path, files))


PLAIN = {
    "LOG_LEVEL": "info", "PORT": "8080", "API_URL": "http://api:8080/v1", "DATABASE_HOST": "db", "POSTGRES_PASSWORD_FILE": "/run/secrets/db", "TOKEN_TTL": "5m",
    "PUBLIC_KEY": "abc", "KEYCLOAK_URL": "http://k:8080", "IMAGE": "registry.example.com/shop/orders:1.4.2", "TOPIC": "orders-events-v1-production", "MONKEY": "x", "PROFILE": "https://a.example.com:8080/@me", "BROKERS": "tcp://a:1,tcp://b:2", "ALLOW_EMPTY_PASSWORD": "yes", "CLIENT_ID": "0b5a5b3e-6b0c-4f1e-9d0a-111122223333", "RUBY_SHA256": "f76d63efe9499dedd8526b74365c0c811af00dc9feb0bed7f5356488476e28f4",
}  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_plain_configuration_stays_what_it_is(name):
    assert not is_secret(name, PLAIN[name])


@settings(max_examples=50)
@given(name=st.text("APITOKENSRUL_", min_size=1, max_size=12), value=st.text(max_size=30))
def test_what_answers_refuse_is_a_secret(name, value):
    """What is gathered as plain configuration is never refused as the value of a secret."""
    assert is_secret(name, value) or not looks_secret(name, value)


# The shortest of each form in which issuers give them out.
ISSUED = (
    "-----BEGIN EC PRIVATE KEY", "-----BEGIN PRIVATE KEY", *(f"{one}{16 * 'A'}" for one in ("AKIA", "ASIA")), *(f"gh{one}_{36 * 'a'}" for one in "pousr"),
    f"github_pat_{22 * 'a'}", f"glpat-{20 * 'a'}", *(f"xox{one}-{10 * '1'}" for one in "abprs"), *(f"{one}k_live_{16 * 'a'}" for one in "rs"),
    *(f"hv{one}.{20 * 'a'}" for one in "sbr"), f"AIza{35 * 'a'}", f"eyJ{10 * 'a'}.eyJ{10 * 'b'}.",
)  # fmt: skip


@pytest.mark.parametrize("token", ISSUED)
def test_what_an_issuer_gave_out_is_found_in_any_text(token):
    assert is_issued(f"first\nkey: {token} and more\n")
    assert looks_secret("", token)
    assert not is_issued(f"first\nkey: {token[:-1]} and more\n")
