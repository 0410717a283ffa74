"""What is gathered is written as a person would write it, and reads back as it was."""

import unicodedata
from pathlib import Path

from evidence.gather import looked
from hypothesis import given, settings
from hypothesis import strategies as st

from scaffold.documents.editing import put
from scaffold.documents.reading import Document, Mark, read
from scaffold.evidence.written import app_yaml

_DOCKERFILE = "FROM a\nVOLUME /data\nUSER 10001\nEXPOSE 8080\nHEALTHCHECK CMD curl http://localhost:8080/readyz\n"

_TEXT = """\
# yaml-language-server: $schema=app.schema.json
apiVersion: scaffold/v1
kind: App
metadata:
  name: orders
spec:
  ports:
    http:
      port: 8080  # from Dockerfile:4
      protocol: http  # from Dockerfile:5
  health:
    ready: {http: /readyz}  # from Dockerfile:5
  security:
    user: 10001  # from Dockerfile:3
    writable:
      /data: 64Mi  # from Dockerfile:2
      /tmp: 64Mi
"""


def test_each_value_says_where_it_was_read(tmp_path):
    gathered = looked(tmp_path / "orders", {"Dockerfile": _DOCKERFILE})
    assert app_yaml(gathered.document).replace(f"{tmp_path}/orders/", "") == _TEXT
    [plain], problems = read(app_yaml(gathered.document, sources=False).encode(), "app.yaml")
    assert (plain.value, problems) == (gathered.document.value, [])
    assert "# from" not in app_yaml(gathered.document, sources=False)


def test_a_document_of_a_persons_own_says_no_sources():
    [document], _ = read(b"kind: App\nspec: {to: [{port: 80, app: a}], image: a}\n", "app.yaml")
    assert app_yaml(document).splitlines()[1:] == [
        "kind: App",
        "spec:",
        "  image: a",
        "  to:",
        "    - {app: a, port: 80}",
    ]


_HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["- a", "a: b", "a #b", "# x", "\n", "x\ny", " x\n", "|", "? a", "'", '"', "yes", "0x1", "1e3", "~", "<<", "*a", "&a", "!t",
     "%YAML", "---\n", "...", "a\n---\nb\n", "\t", "\x1b[31m", "\u2028", "k" * 2000, "\u00e9" * 700, "x\n\n", "\n\nx\n", "-", "[", "}", ","]
)  # fmt: skip
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**19), 10**19)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _HOSTILE
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_HOSTILE, inner, max_size=4), max_leaves=12
)


@settings(max_examples=25)
@given(st.dictionaries(_HOSTILE, _VALUES, min_size=1, max_size=4), _HOSTILE)
def test_whatever_stands_in_a_document_reads_back_as_it_was(value, file):
    """Names of files are as hostile as values: no comment ends before its line does."""
    document = Document("app.yaml", {}, Mark(1, 1))
    put(document, ("kind",), "App", Mark(1, 1))
    for name, part in value.items():
        put(document, ("spec", "config", "files", name), part, Mark(7, 1, file=file or "x"))
        put(document, ("spec", name), part, Mark(7, 1, file=file or "x"))
    text = app_yaml(document)
    documents, problems = read(text.encode(), "app.yaml")
    assert problems == []
    assert [one.value for one in documents] == [document.value]
    assert not any(unicodedata.category(char) == "Cc" for char in text.replace("\n", ""))


def test_the_place_of_a_file_is_shown_as_it_was_given(tmp_path):
    gathered = looked(tmp_path / "orders", {"Dockerfile": "FROM a\nUSER 7\n"})
    place = gathered.source(("spec", "security", "user"))
    assert place is not None
    assert Path(place.file) == tmp_path / "orders/Dockerfile"
