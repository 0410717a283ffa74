"""An organisation's own template is rendered beside the bundle with the same answers, as stock cookiecutter would."""

import json

import pytest
from click import UsageError
from click.testing import CliRunner
from cookiecutter.main import cookiecutter
from harness import app, documents, dump

from scaffold.answers.load import from_documents
from scaffold.bundle.disk import pins
from scaffold.cli.main import cli
from scaffold.errors import BlueprintError, FindingsError, QuestionError, SourceError
from scaffold.skeleton import settings, skeleton
from scaffold.system.select import app_view
from scaffold.third_party import Fetched

ASKED = {
    "name": "service",
    "slug": "{{ cookiecutter.name | slugify }}-service",
    "language": ["python", "go"],
    "tested": True,
    "team": "nobody",
    "licences": {"code": {"name": "{{ cookiecutter.slug }}"}},
    "__module": "{{ cookiecutter.slug | replace('-', '_') }}",
    "_copy_without_render": ["*.tpl", "raw/*"],
    "_jinja2_env_vars": {"trim_blocks": True},
}
FILES = {
    "Dockerfile": "# {{ cookiecutter.app.namespace }}/{{ cookiecutter.name }} of {{ cookiecutter.team }}\n",
    "{{ cookiecutter.__module }}/__init__.py": "{{ cookiecutter.licences | jsonify }}\n{% if cookiecutter.tested %}\nx\n{% endif %}\n",
    "{% if cookiecutter.language == 'go' %}go.mod{% endif %}": "module {{ cookiecutter.slug }}\n",
    "chart.tpl": "{{ raw }}\n",
    "raw/a.txt": "{% raw",
    "no-newline": "{{ cookiecutter.language }}",
}
TOP = "{{cookiecutter.slug}}"


@pytest.fixture
def source(tmp_path):
    return write(tmp_path / "sk", ASKED, FILES)


def write(folder, asked, files):
    for name, text in files.items():
        (folder / TOP / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / TOP / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "cookiecutter.json").write_text(json.dumps(asked))
    return folder


@pytest.fixture
def render(apart, catalog):
    """Render a template for one App, or for what else is named."""

    def call(source, *words, apps=()):
        [answers] = from_documents(documents(*(apps or [app()])), catalog)
        return skeleton(Fetched("them", source), answers.apps, settings(words, answers.apps), apart)

    return call


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("language", ["python", "go"])
def test_stock_cookiecutter_renders_the_same_bytes(source, render, catalog, tmp_path, language):
    made = render(source, f"language={language}")
    [answers] = from_documents(documents(app()), catalog)
    (tmp_path / "config.yaml").write_text(f"replay_dir: {tmp_path}/r\ncookiecutters_dir: {tmp_path}/c\n")
    # Stock cookiecutter knows the App as the default of a variable.
    write(source, {"app": json.loads(json.dumps(app_view(answers.apps[0]))), **ASKED}, {})
    given = {"name": "api", "team": "shop", "language": language}
    top = cookiecutter(
        str(source), no_input=True, extra_context=given, output_dir=str(tmp_path / language),
        config_file=str(tmp_path / "config.yaml"),
    )  # fmt: skip
    folder = tmp_path / language / "api-service"
    assert top == str(folder)
    theirs = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    ours = {file.path.removeprefix("apps/shop/api/source/"): file.text for file in made.files}
    assert ours == theirs
    assert ("go.mod" in ours) == (language == "go")


def test_each_app_has_its_own(source, render):
    made = render(source, "shop/pay:language=go", "tested=false", apps=(app(), app("pay")))
    found = {file.path: file.text for file in made.files}
    assert found["apps/shop/api/source/no-newline"] == "python"
    assert found["apps/shop/pay/source/no-newline"] == "go"
    assert "x" not in found["apps/shop/pay/source/pay_service/__init__.py"].splitlines()


def test_what_is_no_text_is_left_out_and_named(source, render):
    (source / TOP / "a.png").write_bytes(b"\x89PNG\0")
    assert render(source).left == ("apps/shop/api/source/a.png",)


def asking(**more):
    return lambda source: (source / "cookiecutter.json").write_text(json.dumps({**ASKED, **more}))


def with_file(name, text="x\n"):
    return lambda source: write(source, ASKED, {name: text})


REFUSED = {
    "an extension that is imported": (asking(_extensions=["os.path"]), (), "would import code: os.path"),
    "several templates": (asking(templates={}), (), "name the source of one"),
    "no template": (lambda source: (source / "cookiecutter.json").unlink(), (), "not a cookiecutter template"),
    "nothing of JSON": (lambda source: (source / "cookiecutter.json").write_text("["), (), "cookiecutter.json: "),
    "a list": (lambda source: (source / "cookiecutter.json").write_text("[]"), (), "not an object"),
    "no folder": (lambda source: (source / TOP).rename(source / "x"), (), "not one folder whose name is a variable"),
    "a variable it has not": (asking(), ("lang=go",), "it asks for no lang, but for: name, slug"),
    "a choice it has not": (asking(), ("language=rust",), "rust is none of: python, go"),
    "a name nobody gave": (with_file("a", "{{ cookiecutter.nme }}"), (), "has no attribute 'nme'"),
    "a way out of the sandbox": (with_file("a", "{{ ''.__class__.__mro__ }}"), (), "is unsafe"),
    "a path out": (with_file("{{ '..' }}", "x"), (), "'..' is not a path"),
    "a path out, by a value": (with_file("{{ cookiecutter.team }}"), ("team=../../../x",), "is not a path"),
    "two files of one path": (with_file("{{ 'Dockerfile' }}"), (), "already rendered from another file"),
    "two files of one path, where case is ignored": (with_file("dockerfile"), (), "there twice"),
    "a link": (lambda source: (source / TOP / "a").symlink_to("/etc/passwd"), (), "a symbolic link"),
    "a private key": (with_file("a", "-----BEGIN EC PRIVATE KEY-----"), (), "a key or a token"),
    "all memory": (with_file("a", "{{ 'a' * 10**9 }}"), (), "takes more memory"),
    "all time": (with_file("a", "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"), (), "processor time"),
    "a value without a name": (asking(), ("x",), "write [NAMESPACE/NAME:]KEY=VALUE"),
    "an App that is not there": (asking(), ("shop/x:language=go",), "no App shop/x: shop/api"),
    "a secret's value": (asking(), ("team=AKIA" + "A" * 16,), "the value of a secret"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_to_be_trusted_is_refused(source, render, change, words, message):
    change(source)
    with pytest.raises((BlueprintError, FindingsError, QuestionError, SourceError)) as caught:
        render(source, *words)
    assert message in str(caught.value)
    assert caught.value.exit_code in {1, 2, 4}


def test_it_is_written_once_and_left_to_its_team(source, installed, tmp_path):
    """Hooks are not run; without the option a later run leaves it alone; another skeleton than the pinned one stops."""
    (source / "hooks").mkdir()
    (source / "hooks/post_gen_project.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (tmp_path / "app.yaml").write_text(dump(app()))
    out = tmp_path / "out"

    def call(*arguments):
        words = ["render", "-f", str(tmp_path / "app.yaml"), "-o", str(out), *arguments]
        made = CliRunner().invoke(cli, words, env=installed, standalone_mode=False)
        if made.exception:
            raise made.exception
        return made

    for words in (["--skeleton-set", "a=b"], ["--skeleton", str(source), "--scope", "namespace"]):
        with pytest.raises(UsageError):
            call(*words)
    made = call("--skeleton", str(source))
    assert "hooks are never run" in made.stderr
    assert not (tmp_path / "ran").exists()
    dockerfile = out / "apps/shop/api/source/Dockerfile"
    assert dockerfile.read_text() == "# shop/api of shop\n"
    assert pins(out) == ()
    assert [pin.source for pin in pins(out, "skeleton")] == [str(source)]
    dockerfile.write_text("FROM ours\n")
    checked = ["check", str(out), "-f", str(tmp_path / "app.yaml")]
    assert CliRunner().invoke(cli, checked, env=installed, standalone_mode=False).return_value == 0
    (source / TOP / "more").write_text("more\n")
    with pytest.raises(SourceError, match="not what this output was rendered with"):
        call("--skeleton", str(source))
    assert "source/more" in call("--skeleton", str(source), "--update-blueprints").stdout
    assert call().stdout == ""
    assert dockerfile.read_text() == "FROM ours\n"
