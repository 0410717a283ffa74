"""What a folder says of its service: who says what where several do, and what is near."""

import os
import time

import pytest
from evidence.gather import folder, looked, spelled, told

from scaffold.answers.load import from_documents, load
from scaffold.documents.editing import put
from scaffold.documents.reading import MAX_BYTES, Mark
from scaffold.errors import AnswersError
from scaffold.evidence.folder import look
from scaffold.evidence.nearby import nearby
from scaffold.evidence.written import app_yaml

_ORIGIN = (
    '[core]\n\tbare = false\n[remote "fork"]\n\turl = git@example.com:me/fork.git\n[remote "origin"]\n\turl = {}\n'
)


def test_the_service_that_is_built_from_a_folder_counts_more_than_its_dockerfile(tmp_path):
    files = {
        ".git/config": "",
        "compose.yaml": "services:\n  orders:\n    build: ./src\n    user: '5'\n    depends_on: [db]\n  worker: {build: {context: src}}\n  db: {image: 'postgres:17'}\n",
        "src/Dockerfile": "FROM a\nUSER 7\nEXPOSE 3000\n",
    }
    folder(tmp_path, files)
    gathered = look(tmp_path / "src")
    assert spelled(gathered, tmp_path) == {
        "metadata.name": "orders compose.yaml:2",
        "security.user": "5 compose.yaml:4",
        "ports.http.port": "3000 src/Dockerfile:3",
        "to.0.app": "db compose.yaml:5",
        "to.0.port": "5432 compose.yaml:5",
    }
    assert 'compose.yaml:6: "worker" is built from here, too' in told(gathered, tmp_path)


def test_what_is_started_beside_a_service_is_likely_reached(tmp_path):
    """Many a compose file is for what a program needs while somebody works on it."""
    text = "services:\n  db: {image: 'postgres:17'}\n  mail: {image: x, ports: ['1025:1025']}\n  none: {image: y}\n"
    gathered = looked(tmp_path, {"compose.yaml": text, "package.json": '{"dependencies": {"pg": "8"}}'})
    assert [(one.value, one.place.line) for one in gathered.proposals] == [
        ({"app": "db", "port": 5432}, 2),
        ({"app": "mail", "port": 1025}, 3),
    ]  # and no other Postgres, because of its client


def test_a_loop_of_links_is_no_folder(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    gathered = looked(tmp_path, {"compose.yaml": "services: {a: {build: loop, env_file: loop/x}}\n"})
    assert gathered.document.value["spec"] == {}


def test_a_name_that_only_tells_it_from_its_neighbours_is_the_last_to_be_taken(tmp_path):
    files = {
        "compose.yaml": "services:\n  app:\n    build: .\n",
        ".git/config": _ORIGIN.format("git@github.com:Acme/orders.git"),
    }
    gathered = looked(tmp_path, files)
    assert spelled(gathered, tmp_path)["metadata.name"] == "orders .git/config:6"


# What a config says, and which image is likely then.
ORIGINS = {
    "https://me:s3cr3t@github.com/Acme/Orders.git": "ghcr.io/acme/orders:2.0.1",
    "git@gitlab.com:acme/shop/orders.git": "registry.gitlab.com/acme/shop/orders:2.0.1",
    "ssh://git@github.com/acme/orders": "ghcr.io/acme/orders:2.0.1",
    "https://git.example.com/acme/orders": None,
    "../relative": None,
    "https://github.com/acme/\x1b[31m": None,
}


@pytest.mark.parametrize("url", ORIGINS)
def test_where_a_repository_comes_from_makes_an_image_likely(tmp_path, url):
    files = {".git/config": _ORIGIN.format(url), "package.json": '{"name": "x", "version": "2.0.1"}'}
    gathered = looked(tmp_path, files)
    assert [one.value for one in gathered.proposals if one.path == ("spec", "image")] == [ORIGINS[url]] * bool(
        ORIGINS[url]
    )
    assert "s3cr3t" not in repr(gathered)


def test_a_worktree_and_a_submodule_know_where_they_come_from(tmp_path):
    folder(
        tmp_path,
        {
            "main/.git/config": _ORIGIN.format("git@github.com:acme/orders.git"),
            "main/.git/worktrees/w/commondir": "../..\n",
            "main/.git/modules/sub/config": _ORIGIN.format("git@github.com:acme/sub.git"),
            "w/.git": f"gitdir: {tmp_path}/main/.git/worktrees/w\n",
            "main/sub/.git": "gitdir: ../.git/modules/sub\n",
            "evil/.git": f"gitdir: {tmp_path}/secret\n",
            "secret/config": _ORIGIN.format("git@github.com:acme/secret.git"),
        },
    )
    assert look(tmp_path / "w").name == "orders"
    assert look(tmp_path / "main/sub").name == "sub"
    assert look(tmp_path / "evil").name == "evil"


def test_the_readers_of_answers_point_at_the_foreign_line(tmp_path, catalog):
    """What is gathered is written, and what is wrong with it is known before it is rendered."""
    gathered = looked(tmp_path / "orders", {"Dockerfile": "FROM a\nUSER 7\nEXPOSE 8080\nVOLUME /etc\n"})
    for path, value in ((("metadata", "namespace"), "shop"), (("spec", "image"), "a.io/b:1")):
        put(gathered.document, path, value, Mark(0, 0))
    with pytest.raises(AnswersError) as refused:
        from_documents([gathered.document], catalog)
    [problem] = refused.value.problems
    assert str(problem.place) == f"{tmp_path}/orders/Dockerfile:4:1"
    assert "would hide what the image has" in problem.message


def test_what_is_written_loads(tmp_path, catalog):
    gathered = looked(
        tmp_path / "orders",
        {"Dockerfile": "FROM a\nUSER 7\nEXPOSE 8080\nHEALTHCHECK CMD curl localhost:8080/up\nVOLUME /data\n"},
    )
    for path, value in ((("metadata", "namespace"), "shop"), (("spec", "image"), "a.io/b:1")):
        put(gathered.document, path, value, Mark(0, 0))
    (tmp_path / "app.yaml").write_text(app_yaml(gathered.document))
    [answers] = load([tmp_path / "app.yaml"], catalog)
    assert answers.apps[0].spec.ports["http"].protocol == "http"


def test_an_empty_folder_has_a_name_and_nothing_else(tmp_path):
    gathered = looked(tmp_path / "My_Service", {"x": ""})
    assert gathered.document.value == {
        "apiVersion": "scaffold/v1",
        "kind": "App",
        "metadata": {"name": "my-service"},
        "spec": {},
    }
    assert told(gathered, tmp_path) == ['My_Service:0: "My_Service" is no name of an App: made "my-service"']
    assert gathered.source(("metadata", "name")) is None


UNREADABLE = {
    "a link out": lambda path, outside: path.symlink_to(outside),
    "a large file": lambda path, _: path.write_bytes(b"#" * (MAX_BYTES + 1)),
    "no text": lambda path, _: path.write_bytes(b"\xff"),
    "a loop": lambda path, _: path.symlink_to(path),
    "a pipe": lambda path, _: os.mkfifo(path),
}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path, make):
    outside = folder(tmp_path / "outside", {"secret": "FROM a\nEXPOSE 1234\n"}) / "secret"
    inside = folder(tmp_path / "in", {"package.json": '{"name": "orders"}'})
    make(inside / "Dockerfile", outside)
    gathered = look(inside)
    assert gathered.name == "orders"
    assert "1234" not in repr(gathered)
    if make not in {UNREADABLE["a loop"], UNREADABLE["a pipe"]}:  # these are no files at all
        assert [one.remedy != "" for one in gathered.left if one.place.file.endswith("Dockerfile")] == [True]


def test_a_link_within_the_folder_is_followed(tmp_path):
    folder(tmp_path, {"docker/Dockerfile": "FROM a\nUSER 7\n"})
    (tmp_path / "Dockerfile").symlink_to("docker/Dockerfile")
    assert spelled(look(tmp_path), tmp_path)["security.user"] == "7 Dockerfile:2"


# What would take minutes where a reader looks at all that follows for each of its characters.
LARGE = {
    "colons": {"compose.yaml": "services: {s: {build: ., volumes: ['" + ":" * 200_000 + "'], ports: ['" + ":" * 200_000 + "']}}\n"},
    "a long value": {"compose.yaml": "services: {s: {build: ., environment: {A: '" + "pass" * 15_000 + "', B: '" + "a://" * 15_000 + "'}}}\n"},
    "a long key": {"pyproject.toml": "a." * 60_000 + "b = 1\n"},
    "variables": {"Dockerfile": "FROM a\n" + "ENV A=$A$A\n" * 5_000 + "EXPOSE " + "${A:-" * 20_000},
}  # fmt: skip


@pytest.mark.parametrize("files", LARGE.values(), ids=LARGE)
def test_a_large_file_takes_no_longer_than_it_is_large(tmp_path, files):
    before = time.process_time()
    looked(tmp_path, files)
    assert time.process_time() - before < 5


_APP = "apiVersion: scaffold/v1\nkind: App\nmetadata: {{name: {}, namespace: shop}}\nspec: {{image: a:1}}\n"


def test_what_is_declared_nearby_is_found_the_nearest_first(tmp_path):
    folder(
        tmp_path,
        {
            "repo/.git/config": "",
            "repo/platform.yaml": "apiVersion: scaffold/v1\nkind: Platform\nmetadata: {name: p}\n---\n"
            + _APP.format("top"),
            "repo/a/app.yaml": _APP.format("a"),
            "repo/b/deploy/app.yml": _APP.format("b"),
            "repo/b/other.yaml": "kind: App\nx: scaffold/\n",
            "repo/c/app.yaml": "apiVersion: scaffold/v1\nkind: App\n]",
            "repo/.hidden/app.yaml": _APP.format("hidden"),
            "app.yaml": _APP.format("outside"),
        },
    )
    found = nearby(tmp_path / "repo/a")
    assert [one.value["metadata"]["name"] for one in found.apps] == ["a", "top", "b"]
    assert [one.kind for one in found.platforms] == ["Platform"]
    assert [one.place.file for one in found.left] == [str(tmp_path / "repo/c/app.yaml")]
    assert nearby(tmp_path / "repo/b").apps[0].place(("metadata", "name")).line == 3
