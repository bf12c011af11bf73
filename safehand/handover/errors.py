"""What the evidence desk refuses."""

from safehand.kernel.errors import Conflict, Invalid, NotFound, TooLarge


class EvidenceTooLarge(TooLarge):
    """The picture is larger than a picture of evidence may be."""

    code = "handover.evidence_too_large"

    def __init__(self, bytes: int, limit: int) -> None:
        super().__init__(bytes=bytes, limit=limit)


class EvidenceUnreadable(Invalid):
    """The bytes are not the picture that the header says."""

    code = "handover.evidence_unreadable"

    def __init__(self, media_type: str) -> None:
        super().__init__(media_type=media_type)


class EvidenceChanged(Conflict):
    """The bytes are not those that the address names."""

    code = "handover.evidence_changed"

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(expected=expected, found=found)


class NoSuchEvidence(NotFound):
    """No such picture is kept of that parcel, or its person was erased."""

    code = "handover.no_such_evidence"

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256=sha256[:64])
