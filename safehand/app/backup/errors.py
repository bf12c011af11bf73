"""What backups and restores refuse."""

from safehand.kernel.errors import SafehandError


class Doubted(SafehandError):
    """What lies in the backup folder is not what we put there; a verification answers no."""


class NotSet(SafehandError):
    """Nobody said where backups go, or to which key they are sealed."""

    code = "backup.not_set"


class NotPrepared(SafehandError):
    """The folder was never prepared for this installation's backups: a disk that is not mounted looks like that."""

    code = "backup.not_prepared"


class PlaceClosed(SafehandError):
    """The account that serves cannot reach or own the backup folder, which root prepared."""

    code = "backup.place_closed"


class BadBackupKey(SafehandError):
    """A recipient or an identity cannot be read."""

    code = "backup.bad_key"


class WrongBackupKey(SafehandError):
    """What is sealed opens with none of the identities given."""

    code = "backup.wrong_key"


class Damaged(Doubted):
    """A file of the backup is missing, cut short, or holds other bytes than were put there."""

    code = "backup.damaged"


class NotOurs(Doubted):
    """A file is not signed by the key that signs this installation's backups."""

    code = "backup.not_ours"


class WalGap(Doubted):
    """Archived WAL is missing in between: what comes after the gap cannot be replayed."""

    code = "backup.wal_gap"


class OtherWriter(Doubted):
    """Two installations with the same keys write to one backup folder."""

    code = "backup.other_writer"


class NoBackup(SafehandError):
    """There is no base that ended before the moment asked for."""

    code = "backup.none"


class NotReached(SafehandError):
    """The archived WAL ends before the moment asked for."""

    code = "backup.not_reached"


class BadTime(SafehandError):
    """The moment to restore cannot be read."""

    code = "backup.bad_time"


class NotEmpty(SafehandError):
    """A restore needs a folder that is new or empty."""

    code = "backup.not_empty"


class HalfRestored(SafehandError):
    """A restore into this data folder was broken off."""

    code = "backup.half_restored"


class NoRoom(SafehandError):
    """The disk does not take it."""

    code = "backup.no_room"


class ProgramFailed(SafehandError):
    """One of PostgreSQL's own programs did not do its work."""

    code = "backup.program_failed"
