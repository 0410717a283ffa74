import pytest
from harness import documents

from scaffold.adopt.adopting import adopt
from scaffold.adopt.objects import found_in
from scaffold.answers.load import from_documents
from scaffold.documents.reading import read
from scaffold.evidence.written import app_yaml


@pytest.fixture
def adopted(catalog):
    """Adopt objects: documents by name, what was left, and the notes; what comes out is read back and loads.

    That a Service has no caller is told where `uncalled` asks for it: in the least that runs nobody calls anybody.
    """

    def run(*values, loads=True, platform=None, uncalled=False):
        [given] = documents(platform) if platform else [None]
        made = adopt(found_in(documents(*values), ""), catalog, given)
        again = [one for document in made.documents for one in read(app_yaml(document).encode(), "x")[0]]
        assert [one.value for one in again] == [document.value for document in made.documents]
        if loads:
            from_documents([*again, *([given] if given else [])], catalog)
        left = [one for one in made.left if uncalled or "tells of a caller" not in one.message]
        return {one.value["metadata"]["name"]: one for one in made.documents}, left, made.notes

    return run
