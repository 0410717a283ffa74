"""What lies on disk is verified again: each test is a sound output with one tweak, and says where it is found."""

import json
import shutil
from datetime import date, timedelta

import pytest
from harness import EXAMPLES, app, documents, exception, platform

from scaffold import __version__
from scaffold.answers.load import from_documents, load
from scaffold.bundle.disk import write
from scaffold.bundle.lock import LOCK, sha256
from scaffold.catalog import digests
from scaffold.choice import choice
from scaffold.errors import AnswersError, OutputError
from scaffold.platforms import parts, together
from scaffold.recheck.recheck import changed, opened, recheck

DAY = date(2027, 1, 1)
BASE = "apps/shop/api/base"
OWN = "apps/shop/api/kustomization.yaml"
IMAGE = "registry.example.com/shop/api"
API = app(ports={"http": {"port": 8080}}, **{"from": [{"app": "web", "port": "http"}]})
WEB = app("web", to=[{"app": "api", "port": "http"}])


@pytest.fixture(scope="module")
def rendered(catalog, tmp_path_factory):
    """Render documents into a folder, once for each set of them."""
    made = {}

    def render(*docs, part=None):
        key = repr((docs, part))
        if key not in made:
            out = tmp_path_factory.mktemp("rendered") / "out"
            chosen = choice(catalog.blueprints, *(part or ((), (), ())))
            several = from_documents(documents(*docs), catalog)
            write(together(parts(catalog, several, chosen)), out, __version__, digests(catalog))
            made[key] = out
        return made[key]

    return render


@pytest.fixture
def out(rendered, tmp_path):
    """A copy of the two Apps' output."""
    return shutil.copytree(rendered(API, WEB), tmp_path / "out")


@pytest.fixture
def look(catalog):
    """Check an output against documents; without any, by itself."""

    def check(folder, *docs, day=DAY):
        several = from_documents(documents(*docs), catalog) if docs else ()
        return recheck(opened(folder, catalog), __version__, several, day)

    return check


def errors(result):
    return {one.finding.check for one in result.found if one.finding.severity == "error"}


def at(result, folder, check):
    """Return where a check found something: paths in the output, with lines."""
    return sorted(
        (one.place.file.removeprefix(f"{folder}/"), one.place.line)
        for one in result.found
        if one.finding.check == check
    )


def line_of(folder, path, text):
    """Return the number of the one line of a file that holds a text."""
    [number] = [number for number, line in enumerate((folder / path).read_text().splitlines(), 1) if text in line]
    return number


def replace(folder, path, old, new):
    text = (folder / path).read_text()
    assert old in text
    (folder / path).write_text(text.replace(old, new, 1))


def patched(folder, **fields):
    """Let the team's kustomization say more."""
    lines = "".join(f"{key}:\n{value}" for key, value in fields.items())
    replace(folder, OWN, "resources:\n  - base\n", f"resources:\n  - base\n{lines}")


def of_deployment(spec):
    """Return a patch of the Deployment, as the lines of a kustomization."""
    head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: shop}\n"
    return "  - patch: |-\n" + "".join(f"      {line}\n" for line in (head + spec).splitlines())


POD = "spec:\n  template:\n    spec:\n"


def test_what_was_rendered_passes(look, out):
    result = look(out, API, WEB)
    assert errors(result) == set()
    assert result.passed


@pytest.mark.parametrize("name", ["boutique", "nightly", "telephony"])
def test_examples_pass(catalog, name):
    [example] = [path for path in EXAMPLES if path.name == name]
    output = opened(example / "bundle", catalog)
    for several in (load([example], catalog), ()):
        assert recheck(output, __version__, several, DAY).passed


def test_rights_and_doors_of_the_teams_own_are_found_where_they_stand(look, out):
    replace(out, OWN, "  - base\n", "  - base\n  - more.yaml\n")
    rbac = "rbac.authorization.k8s.io"
    objects = [
        f"apiVersion: {rbac}/v1\nkind: Role\nmetadata: {{name: more, namespace: shop}}\nrules: []\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: door, namespace: shop}\nspec: {type: NodePort, selector: {app.kubernetes.io/name: api}}\n",
    ]
    (out / "apps/shop/api/more.yaml").write_text("---\n".join(objects))
    result = look(out, API, WEB)
    assert at(result, out, "rbac/unasked-right") == [("apps/shop/api/more.yaml", 1)]
    assert at(result, out, "network/exposed-service") == [("apps/shop/api/more.yaml", 6)]


def test_without_answers_it_says_what_was_not_asked(look, out):
    result = look(out)
    assert result.found == ()
    assert "network/flow-mismatch" in result.notes[0]
    assert "pod-security/writable-root" not in result.notes[0]


def test_an_edit_is_found_at_its_line_and_for_what_it_opens(look, out):
    replace(out, f"{BASE}/deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")
    line = line_of(out, f"{BASE}/deployment.yaml", "readOnlyRootFilesystem")
    result = look(out, API, WEB)
    assert at(result, out, "drift/edited") == [(f"{BASE}/deployment.yaml", line)]
    [(path, container)] = at(result, out, "pod-security/writable-root")
    assert path == f"{BASE}/deployment.yaml"
    assert container < line
    assert errors(look(out)) == {"drift/edited", "pod-security/writable-root"}


def test_a_lost_file_is_found(look, out):
    (out / BASE / "pod-disruption-budget.yaml").unlink()
    assert at(look(out, API, WEB), out, "drift/missing") == [(f"{BASE}/pod-disruption-budget.yaml", 0)]
    assert errors(look(out)) == {"drift/missing"}


@pytest.mark.parametrize("path", [f"{BASE}/more.yaml", "namespaces/shop/more.json", f"{BASE}/deeper/kustomization.yml"])
def test_a_file_among_generated_ones_is_found(look, out, path):
    (out / path).parent.mkdir(exist_ok=True)
    (out / path).write_text("{}\n")
    assert errors(look(out, API, WEB)) == {"drift/foreign-file"}
    assert errors(look(out)) == {"drift/foreign-file"}


@pytest.mark.parametrize("path", ["apps/shop/api/more.yaml", "apps/shop/gone/kustomization.yaml", "apps/README.md"])
def test_a_file_that_nobody_applies_is_none(look, out, path):
    (out / path).parent.mkdir(exist_ok=True)
    (out / path).write_text("{}\n")
    assert look(out, API, WEB).passed


def test_answers_that_changed_since_are_found(look, out):
    more = app(ports={"http": {"port": 8080, "service": 80}}, **{"from": [{"app": "web", "port": "http"}]})
    result = look(out, more, WEB)
    assert at(result, out, "drift/outdated")[0][0] == f"{BASE}/service.yaml"


def test_an_app_that_is_gone_is_found(look, out):
    alone = app(ports={"http": {"port": 8080}})
    result = look(out, alone)
    assert {"drift/stale", "drift/outdated", "network/unowned-workload"} <= errors(result)
    assert "apps/shop/web/base/deployment.yaml" in dict(at(result, out, "drift/stale"))


def test_another_version_of_the_program_is_a_note(look, out):
    replace(out, LOCK, f'"tool": "{__version__}"', '"tool": "0.0.1\\u001b[31m"')
    result = look(out, API, WEB)
    [found] = [one for one in result.found if one.finding.check == "drift/other-version"]
    assert found.finding.severity == "note"
    assert "\x1b" not in str(found)
    assert result.passed


def test_another_version_of_a_blueprint_is_a_note(look, out, catalog):
    replace(out, LOCK, digests(catalog)["network/policy"], "0" * 64)
    [found] = [one for one in look(out, API, WEB).found if one.finding.check == "drift/other-blueprint"]
    assert "network/policy" in found.finding.reason


def test_a_patch_that_opens_nothing_is_no_finding(look, out):
    pinned = f"  - name: {IMAGE}\n    digest: sha256:{'0' * 64}\n"
    patched(
        out,
        images=pinned,
        replicas="  - {name: api, count: 4}\n",
        patches=of_deployment("spec:\n  minReadySeconds: 5\n"),
        labels="  - pairs: {example.com/by: somebody}\n",
    )
    result = look(out, API, WEB)
    assert errors(result) == set()
    assert not [one for one in result.found if one.finding.severity == "warning" and "documents" in one.finding.check]


@pytest.mark.parametrize(
    ("check", "says", "patch"),
    [
        ("pod-security/mounted-token", "automount", POD + "      automountServiceAccountToken: true\n"),
        ("pod-security/violated-standard", "hostPath", POD + "      volumes: [{name: node, hostPath: {path: /}}]\n"),
        (
            "pod-security/writable-root",
            "readOnly",
            POD + "      containers:\n        - name: api\n          securityContext:\n            readOnlyRootFilesystem: false\n",
        ),
        ("pod-security/foreign-image", "image:", POD + "      containers:\n        - name: api\n          image: evil.example.com/api:1\n"),
        ("pod-security/unasked-pod", "example.com/by", "spec:\n  template:\n    metadata:\n      labels: {example.com/by: somebody}\n"),
        ("pod-security/unasked-sidecar", "name: more", POD + "      initContainers:\n        - name: more\n          image: registry.example.com/more:1\n          restartPolicy: Always\n"),
    ],
)  # fmt: skip
def test_a_patch_is_found_at_its_own_line(look, rendered, tmp_path, check, says, patch):
    registries = platform(registries=["registry.example.com/"])
    folder = shutil.copytree(rendered(API, WEB, registries), tmp_path / "out")
    patched(folder, patches=of_deployment(patch))
    result = look(folder, API, WEB, registries)
    assert not result.passed
    assert (OWN, line_of(folder, OWN, says)) in at(result, folder, check)


def test_a_patch_that_opens_a_policy_is_found_at_its_own_line(look, out):
    patched(out, patches="  - path: policy.yaml\n")
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: api, namespace: shop}\nspec:\n  ingress:\n    - {}\n"
    (out / "apps/shop/api/policy.yaml").write_text(policy)
    result = look(out, API, WEB)
    assert at(result, out, "network/flow-mismatch")[0] == ("apps/shop/api/policy.yaml", 6)
    [first, *_] = [one for one in result.found if one.finding.check == "network/flow-mismatch"]
    assert "any address" in first.finding.reason


def test_a_policy_of_the_teams_own_that_opens_is_found_where_it_stands(look, out):
    replace(out, OWN, "  - base\n", "  - base\n  - more.yaml\n")
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: more, namespace: shop}\nspec:\n  podSelector: {}\n  egress:\n    - {}\n"
    (out / "apps/shop/api/more.yaml").write_text(policy)
    assert {path for path, _ in at(look(out, API, WEB), out, "network/flow-mismatch")} == {"apps/shop/api/more.yaml"}


def test_an_object_of_the_teams_own_is_judged(look, out):
    patched(out, **{"# more": ""})
    replace(out, OWN, "  - base\n", "  - base\n  - more.yaml\n")
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: debug, namespace: shop}\nspec:\n  containers:\n    - {name: debug, image: a.io/b:1}\n"
    note = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: shop}\n"
    (out / "apps/shop/api/more.yaml").write_text(f"{note}---\n{pod}")
    result = look(out, API, WEB)
    assert "network/unowned-workload" in errors(result)
    assert "documents/unlabelled-object" not in errors(result)
    assert all(
        line > 3 for path, line in at(result, out, "pod-security/violated-standard") if path.endswith("more.yaml")
    )


def test_an_object_that_is_taken_out_is_told(look, out):
    patched(out, patches=of_deployment("$patch: delete\n"))
    result = look(out, API, WEB)
    assert at(result, out, "documents/taken-out") == [(OWN, 1)]


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("documents/unbuilt", "resources:\n  - base\n  - https://example.com/more.yaml\n"),
        ("documents/unbuilt", "resources: [base\n"),
        ("documents/unbuilt", "resources:\n  - base\nhelmCharts:\n  - {name: more}\n"),
        ("documents/misshapen", "resources:\n  - base\n  - odd.yaml\n"),
    ],
)
def test_what_cannot_be_judged_is_an_error(look, out, check, text):
    (out / "apps/shop/api/odd.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: odd}\nspec: here\n")
    (out / OWN).write_text(text)
    assert check in errors(look(out, API, WEB))
    assert check in errors(look(out))


def test_a_secret_in_plain_is_found_in_its_file(look, out):
    (out / "apps/shop/api/secret.yaml").write_text("kind: Secret\napiVersion: v1\ndata:\n  key: c2VjcmV0\n")
    result = look(out)
    assert at(result, out, "secrets/plain-value") == [("apps/shop/api/secret.yaml", 4)]
    assert "c2VjcmV0" not in "".join(map(str, result.found))


@pytest.fixture
def relaxed():
    """An App with an exception that ends within a month of its rendering."""
    until = date.today() + timedelta(days=20)  # noqa: DTZ011  three weeks are more than any time zone
    return app(exceptions=[exception(until=str(until))]), until


def test_an_exception_that_ended_is_found_in_the_answers(look, rendered, relaxed):
    doc, until = relaxed
    out = rendered(doc)
    [found] = [one for one in look(out, doc, day=until + timedelta(days=1)).found if one.finding.severity == "error"]
    assert found.finding.check == "exceptions/expired"
    assert found.place.file == "1.yaml"
    assert found.place.line > 1


def test_an_exception_that_ends_soon_is_a_warning(look, rendered, relaxed):
    doc, until = relaxed
    result = look(rendered(doc), doc, day=until)
    assert result.passed
    assert [one.finding.severity for one in result.found if one.finding.check == "exceptions/expires-soon"] == [
        "warning"
    ]
    before = look(rendered(doc), doc, day=until - timedelta(days=31))
    assert not [one for one in before.found if one.finding.check == "exceptions/expires-soon"]


def test_a_day_that_there_is_not_is_refused(look, out):
    with pytest.raises(AnswersError):
        look(out, app(exceptions=[exception(until="2027-02-31")]))


def test_several_platforms_lie_side_by_side(look, rendered, tmp_path):
    docs = [API, WEB, *({**platform(), "metadata": {"name": name}} for name in ("production", "staging"))]
    folder = shutil.copytree(rendered(*docs), tmp_path / "out")
    assert look(folder, *docs).passed
    assert look(folder).passed
    replace(folder, f"staging/{BASE}/deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false")
    result = look(folder, *docs)
    [found] = [one for one in result.found if one.finding.check == "pod-security/writable-root"]
    assert found.place.file.endswith(f"staging/{BASE}/deployment.yaml")
    assert found.finding.reason.startswith("staging: ")


def test_a_part_is_known_by_its_lock(look, rendered, tmp_path):
    folder = shutil.copytree(rendered(API, WEB, part=(("app",), (), ())), tmp_path / "out")
    result = look(folder, API, WEB)
    assert result.passed
    assert "--scope app" in result.notes[-1]
    replace(folder, f"{BASE}/network-policy.yaml", "port: 8080", "port: 9090")
    assert "network/flow-mismatch" in errors(look(folder, API, WEB))


@pytest.mark.parametrize(
    "lock", ["{", '{"tool": 1}', '{"tool": "1", "blueprints": {}, "files": {}, "part": "--scope"}', None]
)
def test_a_lock_that_is_none_is_refused(look, out, lock):
    (out / LOCK).unlink() if lock is None else (out / LOCK).write_text(lock)
    with pytest.raises(OutputError):
        look(out, API, WEB)


def test_a_link_is_refused(look, out, tmp_path):
    (out / BASE / "service.yaml").rename(tmp_path / "elsewhere.yaml")
    (out / BASE / "service.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(OutputError, match="a symbolic link"):
        look(out, API, WEB)


def test_a_file_is_no_folder(look, out):
    with pytest.raises(OutputError):
        look(out / LOCK)


def test_a_system_that_is_not_known_is_never_taken_for_one(catalog):
    from scaffold.recheck.unanswered import UNANSWERED, UnansweredError

    with pytest.raises(UnansweredError):
        _ = UNANSWERED.members


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{BASE}/deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec: here\n"),
        (f"{BASE}/service-account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: api, labels: x}\n"),
        (
            "namespaces/shop/resource-quota.yaml",
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: a}\nspec: {hard: 1}\n",
        ),
        ("controls.json", "[" * 100_000),
        (f"{BASE}/kustomization.yaml", "- 1\n"),
    ],
)
def test_what_people_made_of_a_file_is_an_error_and_no_crash(look, out, path, text, catalog):
    (out / path).write_text(text)
    assert not look(out).passed
    result = look(out, API, WEB)
    assert not result.passed
    changed(result, opened(out, catalog), opened(out, catalog))


def test_a_lock_that_knows_a_patch_hides_nothing(look, out):
    """Who changes a file can change its hash, too."""
    patched(out, patches=of_deployment(POD + "      automountServiceAccountToken: true\n"))
    text = (out / LOCK).read_text()
    entry = json.loads(text)["files"][OWN]["sha256"]
    (out / LOCK).write_text(text.replace(entry, sha256((out / OWN).read_bytes())))
    assert "pod-security/mounted-token" in errors(look(out, API, WEB))
    (out / f"{BASE}/more.yaml").write_text("{}\n")
    lock = json.loads((out / LOCK).read_text())
    lock["files"][f"{BASE}/more.yaml"] = {"sha256": "0", "ownership": "seeded", "blueprint": "a/b"}
    (out / LOCK).write_text(json.dumps(lock))
    assert "drift/foreign-file" in errors(look(out, API, WEB))


def test_nothing_that_people_wrote_reaches_a_terminal_as_a_command(look, out):
    patched(out, images=f'  - name: {IMAGE}\n    newTag: "1\\e[31m\\n::error::x"\n', namePrefix=' "a\\e[31m"\n')
    assert not any(mark in "".join(map(str, look(out, API, WEB).found)) for mark in ("\x1b", "\n::error"))
