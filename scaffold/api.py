"""The public API: the pipeline, each step a function of frozen values.

    catalog = scan()                         # blueprints, validated as a whole
    answers = load(["examples/orders"], catalog)  # App and Platform documents, or every problem in them
    system = resolve(catalog, answers)       # edges, selections, contributions
    units = plan(catalog, system)            # what is rendered where
    bundle = render(units)                   # files in memory
    verified = verify(bundle, system)        # or every finding
    changes = write(verified, Path("out"), __version__, digests(catalog))

Blueprints of others: `scan(builtin(), third_party=[fetch("gh:example/blueprints@v1", folder)])`, and their pins, for
the lock: `write(…, catalog.pins)`.

Every error that a caller can cause is a `ScaffoldError` with an `exit_code`; `scaffold.errors` draws the tree.

May import: everything but the command line.
"""

from scaffold import __version__
from scaffold.answers.load import Answers, load
from scaffold.bundle.disk import Change, changes, write
from scaffold.bundle.file import Bundle, File
from scaffold.catalog import Catalog, builtin, digests, scan
from scaffold.errors import ScaffoldError
from scaffold.finding import Finding
from scaffold.plan import Unit, plan
from scaffold.render.render import render
from scaffold.sources import fetch
from scaffold.system.model import Edge, System
from scaffold.system.resolve import resolve
from scaffold.verify import Verified, verify

__all__ = [
    "Answers",
    "Bundle",
    "Catalog",
    "Change",
    "Edge",
    "File",
    "Finding",
    "ScaffoldError",
    "System",
    "Unit",
    "Verified",
    "__version__",
    "builtin",
    "changes",
    "digests",
    "fetch",
    "load",
    "plan",
    "render",
    "resolve",
    "scan",
    "verify",
    "write",
]
