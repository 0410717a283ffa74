"""An image lies in a registry of the Platform exactly if the kubelet, which reads names as containerd does, pulls it there"""

import json
import re
from itertools import product

import pytest
from harness import app, documents, platform

from scaffold.answers.load import from_documents
from scaffold.answers.policy import RegistryPath
from scaffold.answers.words import Image
from scaffold.errors import AnswersError
from scaffold.images import comes_from, repository

pytestmark = pytest.mark.programs("kubelet-images")

PROGRAM, ABOUT = "kubelet-images", "names of images"
DIGEST = "@sha256:" + 64 * "0"
PARTS = ("a", "B", ".", ":1", "/", "-", "localhost", "docker.io", "index.", "library", DIGEST)
SHOP = "registry.example.com/shop"
REGISTRIES = (
    "docker.io/",
    "docker.io/library/",
    "docker.io/a/",
    "localhost",
    "localhost:1/",
    "index.a/",
    SHOP,
    f"{SHOP}/",
)
# Each begins like one of these, or holds it, and is pulled from elsewhere.
TRICKS = {
    f"{SHOP}-evil/api:1": SHOP,
    f"{SHOP}ping:1": SHOP,
    "registry.example.com.evil.org/shop/api:1": "registry.example.com",
    "registry.example.com:5000/shop/api:1": "registry.example.com",
    f"evil.org/{SHOP}/api:1": SHOP,
    "docker.io.evil.org/library/nginx:1": "docker.io",
    "docker.io/evil/nginx:1": "docker.io/library/",
    "Docker.io/library/nginx:1": "docker.io/library/",
    "library.evil.org/nginx:1": "docker.io/library/",
    "evil/nginx:1": "docker.io/library/",
    "localhost/library/nginx:1": "docker.io/library/",
    "localhosted/nginx:1": "localhost",
}


@pytest.fixture(scope="module")
def pulled(run):
    """Return where each image is pulled from; nothing where its name is none."""

    def ask(images):
        done = run(PROGRAM, text=json.dumps(images))
        assert done.returncode == 0, done.stderr
        return dict(zip(images, json.loads(done.stdout), strict=True))

    return ask


def lies_in(where, registry):
    """Compare what the kubelet says by its parts."""
    parts, wanted = where.split("/"), registry.rstrip("/").split("/")
    return parts[: len(wanted)] == wanted and (len(parts) > len(wanted) or not registry.endswith("/"))


def test_every_image_is_where_the_kubelet_pulls_it_from(pulled, proof):
    names = ["".join(parts) for length in range(1, 5) for parts in product(PARTS, repeat=length)]
    names += [f"{name}/a" for name in names]
    found = {image: where for image, where in pulled([*names, f"{SHOP}:1", f"{SHOP}/api/b:1"]).items() if where}
    assert len(found) > len(names) / 100
    accepted = {image for image in names if re.search(Image.__metadata__[0].pattern, image)}
    assert accepted <= found.keys()
    assert len(accepted) > len(found) / 2
    assert {image: repository(image) for image in found} == found
    for registry in REGISTRIES:
        expected = {image for image, where in found.items() if lies_in(where, registry)}
        assert {image for image in found if comes_from(image, registry)} == expected
        assert expected, registry
    proof(PROGRAM, ABOUT, "accepted")


def test_what_begins_like_a_registry_is_elsewhere_and_refused(catalog, pulled, proof):
    for image, where in pulled(list(TRICKS)).items():
        registry = TRICKS[image]
        assert where
        assert not lies_in(where, registry)
        assert not comes_from(image, registry)
        with pytest.raises(AnswersError, match=r"Platform's registries|expected an image reference"):
            from_documents(documents(app(image=image), platform(registries=[registry])), catalog)
    proof(PROGRAM, ABOUT, "twin_refused")


def test_a_registry_that_may_be_declared_is_the_beginning_of_a_name(pulled):
    pattern = re.compile(RegistryPath.__metadata__[0].pattern)
    registries = [text for length in range(1, 5) for text in map("".join, product(PARTS, repeat=length))]
    registries = [text for text in registries if pattern.search(text)]
    images = {f"{text.rstrip('/')}/a/b:1": text for text in registries}
    read = pulled(list(images))
    assert len(images) > 100
    for image, text in images.items():
        assert lies_in(read[image], re.sub(r"^index\.docker\.io(?=/|$)", "docker.io", text)), image
