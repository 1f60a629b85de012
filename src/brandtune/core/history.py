"""A person's records in time order: what tasks that learn from sequences are given."""

from brandtune.core.records import Record, Struct, Subject


class History(Struct, frozen=True, kw_only=True):
    """All records of one person, oldest first, undated last."""

    subject: Subject
    records: tuple[Record, ...]
