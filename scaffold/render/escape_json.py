"""Values in JSON: a whole value.

May import: nothing (stock cookiecutter imports it through `escape`).
"""

from __future__ import annotations

import json
import re
from typing import Any

# Escaped although JSON does not ask for it: what a reader does not see, or sees in another order, what JavaScript takes
# for the end of a line, and what is not text. Written out, so that no version of Python's tables changes the output.
_INVISIBLE = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\uffff\U000e0000-\U000e0fff]"
)


def value(given: Any, *, alone: bool) -> str:
    """Serialise a value as JSON that reads back as exactly that value.

    Args:
        given: a JSON value.
        alone: whether it is all that its file holds; then it is laid out over several lines.

    Raises:
        TypeError: the value is not JSON (an undefined name was already refused by the environment).
    """
    try:
        text = json.dumps(given, ensure_ascii=False, allow_nan=False, indent=2 if alone else None)
    except (TypeError, ValueError) as error:
        raise TypeError(f"cannot stand in JSON: {error}") from error
    return _INVISIBLE.sub(lambda match: json.dumps(match[0])[1:-1], text)
