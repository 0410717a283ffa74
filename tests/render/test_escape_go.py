"""A template of Go says its texts as they are, whatever stands in them: what it does is what was declared."""

from hypothesis import given
from hypothesis import strategies as st

from scaffold.answers.secret import Secret, SecretPart
from scaffold.checks.secrets.other_secret import _declared, _parts
from scaffold.render.escape_go import go_template

TEXTS = st.text('{}"\\`.-| part1\n', max_size=12)
PARTS = st.lists(
    TEXTS.map(lambda text: {"text": text, "property": None})
    | st.sampled_from([None, "url", "json", "plain"]).map(lambda how: {"text": None, "property": "p", "spelled": how}),
    max_size=6,
)


@given(PARTS)
def test_a_template_is_read_back_as_its_parts(parts):
    template = go_template({"spelled": None, **part, "name": f"part{index}"} for index, part in enumerate(parts))
    assert _parts(template) == _declared(Secret(store="a", key="b", join=[SecretPart(**part) for part in parts]))


def test_a_text_that_is_not_escaped_is_told_from_one_that_is():
    assert _parts("{{ .part1 }}") == [("part1", "plain")] != _parts(go_template([{"text": "{{ .part1 }}"}]))
    for template in (
        "{{ env }}",
        "{{- .part1 }}",
        "{{{ .part1 }}",
        "{{ .part1 | b64dec }}",
        '{{ "x" }}',
        "{{",
        "{{ .part1 -}}",
    ):
        assert ("part1", "plain") not in _parts(template)
        assert _parts(template) != [("", template)]
