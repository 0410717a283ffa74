"""What every frozen value is: compared and hashed by its fields.

A dataclass is compiled whenever a process starts, a millisecond each; this is not.

May import: nothing of the project.
"""

from msgspec import Struct


class Value(Struct, frozen=True):
    """A value; each subclass says `frozen=True`, and `order=True` where it is sorted by its fields."""
