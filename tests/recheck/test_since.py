"""What changes between two outputs, as a reviewer asks it; and as Markdown in which nobody says more than that."""

import shutil

import pytest
from harness import app, documents, exception, platform
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scaffold import __version__
from scaffold.answers.load import from_documents
from scaffold.bundle.disk import write
from scaffold.catalog import digests
from scaffold.errors import Place
from scaffold.finding import Finding
from scaffold.platforms import parts, together
from scaffold.recheck.found import Found
from scaffold.recheck.markdown import as_markdown
from scaffold.recheck.recheck import Recheck, changed, opened
from scaffold.recheck.since import KINDS, Since, gravest

API = {"ports": {"http": {"port": 8080}}, "from": [{"app": "web", "port": "http"}]}
WEB = app("web", to=[{"app": "api", "port": "http"}])
STRIPE = {"host": "api.stripe.com", "port": 443, "internet": True}


@pytest.fixture(scope="module")
def rendered(catalog, tmp_path_factory):
    """Render documents into a folder, once for each set of them."""
    made = {}

    def render(*docs):
        if repr(docs) not in made:
            out = made[repr(docs)] = tmp_path_factory.mktemp("rendered") / "out"
            several = from_documents(documents(*docs), catalog)
            write(together(parts(catalog, several)), out, __version__, digests(catalog))
        return made[repr(docs)]

    return render


@pytest.fixture
def changes(catalog):
    def compare(base, out):
        result = changed(Recheck((), ()), opened(base, catalog), opened(out, catalog))
        return [str(one) for one in result.changes], result.notes

    return compare


def test_nothing_changes(changes, rendered):
    assert changes(rendered(app(**API), WEB), rendered(app(**API), WEB)) == ([], ())


def test_a_flow_is_opened_with_its_reason_and_shut_again(changes, rendered):
    base, out = rendered(app(**API), WEB), rendered(app(to=[STRIPE], **API), WEB)
    flow = "shop/api -> internet 443/TCP (api calls api.stripe.com:443)"
    assert changes(base, out)[0][0] == f"opened: {flow}"
    assert f"shut: {flow}" in changes(out, base)[0]


def test_one_more_workload_changes_no_name_of_others(changes, rendered):
    """Three workloads of a namespace are drawn as one; that they are two and one here is no change of theirs."""
    base, out = rendered(app(**API), WEB), rendered(app(**API), WEB, app("more"))
    assert [one for one in changes(base, out)[0] if "shop/more" not in one] == []


def test_rights_secrets_images_and_exceptions_are_told(changes, rendered):
    server = platform(
        apiServer={"cidrs": ["10.0.0.1/32"], "audience": "https://api.example.com"},
        secretStores={"kept": {"backend": "existing-secret", "maker": "team"}},
    )
    base = rendered(app(**API), WEB, server)
    more = {
        "image": "registry.example.com/shop/api:2.0.0",
        "permissions": [{"resources": ["configmaps"], "names": ["orders-config"], "verbs": ["get"]}],
        "secrets": {"db": {"store": "kept", "key": "db", "property": "password", "env": "DB"}},
        "exceptions": [exception(container="api")],
    }
    told, _ = changes(base, rendered(app(**API, **more), WEB, server))
    assert "right: ServiceAccount shop/api may get configmaps (orders-config) in shop" in told
    assert "secret: shop/api reads the Secret db (password)" in told
    image = "registry.example.com/shop/api"
    assert f"image: shop/api api: {image}:1.0.0 -> {image}:2.0.0" in told
    assert any(one.startswith("exception: read-only-root does not hold for api of shop/api until ") for one in told)
    kinds = [one.partition(":")[0] for one in told]
    assert kinds == sorted(kinds, key=KINDS.index)


def test_what_a_team_patches_is_compared(changes, rendered, tmp_path):
    base = rendered(app(**API), WEB)
    out = shutil.copytree(base, tmp_path / "out")
    with (out / "apps/shop/api/kustomization.yaml").open("a") as own:
        own.write("patches:\n  - path: policy.yaml\n")
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: api, namespace: shop}\nspec:\n  egress:\n    - {}\n"
    (out / "apps/shop/api/policy.yaml").write_text(policy)
    assert "opened: shop/api -> internet every port" in [
        one.partition(" (")[0] for one in changes(base, out)[0]
    ] or any(one.startswith("opened: shop/api -> any") for one in changes(base, out)[0])


def test_what_cannot_be_compared_is_said(changes, rendered, tmp_path):
    base = rendered(app(**API), WEB)
    out = shutil.copytree(base, tmp_path / "out")
    (out / "controls.json").write_text('{"exceptions": 1}')
    assert any("controls.json cannot be read" in note for note in changes(base, out)[1])


def test_a_platform_that_is_new_is_all_opened(changes, rendered):
    names = ({**platform(), "metadata": {"name": name}} for name in ("production", "staging"))
    both = rendered(app(**API), WEB, *names)
    told, _ = changes(rendered(app(**API), WEB), both)
    assert any(one.startswith("opened: staging: shop/web -> shop/api 8080/TCP") for one in told)


def page(reason="it differs", why="", count=1):
    found = tuple(Found(Finding("error", "a/b", "x", f"{reason}{n}"), Place("x.yaml", n + 1, 1)) for n in range(count))
    changes = gravest(Since("opened", (f"a{n}", "b 443/TCP"), why) for n in range(count))
    return as_markdown(Recheck(found, (), changes), "1 error")


def test_a_page_is_two_lists():
    text = page(why="a calls b:443")
    assert "- opened: `a0` → `b 443/TCP` (`a calls b:443`)" in text
    assert "- **error** `x.yaml:1:1`: `it differs0` (`a/b`)" in text


def test_without_changes_it_says_so():
    assert "No flow, right" in as_markdown(Recheck((), (), ()), "nothing was found")
    assert "What changes" not in as_markdown(Recheck((), ()), "nothing was found")


def test_a_page_fits_into_a_comment():
    text = page(reason="r" * 400, why="é" * 400, count=400)
    assert len(text) < 65_536
    assert text.count("more: `scaffold check` tells them") == 2


def spoken(text):
    """Return the words of a page that are no code, and what else there is in it."""
    tokens = MarkdownIt("gfm-like").parse(page(reason=text, why=text))
    inside = [child for token in tokens for child in token.children or ()]
    words = "".join(child.content for child in inside if child.type == "text").replace("\xa0", "")
    return words, {child.type for child in inside} - {"code_inline"}


@settings(max_examples=30)
@given(st.text(max_size=30))
def test_what_people_wrote_is_code_and_nothing_else(text):
    assert spoken(f"a{text}") == spoken("plain")
    assert spoken(f"{text} @somebody <b> [a](b)") == spoken("plain")
