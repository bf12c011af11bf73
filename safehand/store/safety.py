"""Safety: what a database must be before a single fact is entrusted to it. Checked at every start.

Two dangers: a server that acknowledges what it may lose, and a role that may change what is append-only.
"""

from collections.abc import Sequence

from safehand.store.binaries import VERSION_MIN
from safehand.store.database import Store, Tx
from safehand.store.errors import UnsafeStore

MUST_BE_ON = ("fsync", "full_page_writes")
MUST_BE_OFF = ("zero_damaged_pages", "ignore_checksum_failure", "ignore_invalid_pages")
SYNC_UNSAFE = "off"


async def refuse_if_unsafe(store: Store, append_only: Sequence[str]) -> None:
    """Return if the database and the store's role are safe to run on.

    Shapes
        append_only  names of the tables in schema public that the application may only add to.
    Errors
        UnsafeStore       `findings` says what is wrong, all of it.
        StoreUnavailable  the database cannot be asked.
    """
    async with store.transaction() as tx:
        if findings := await _too_old(tx):
            raise UnsafeStore(findings=findings)  # it lacks the functions that the other questions use
        found = [
            *await _server(tx),
            *await _kept_settings(tx),
            *await _role(tx),
            *await _append_only(tx, append_only),
        ]
    if found:
        raise UnsafeStore(findings="; ".join(found))


async def _too_old(tx: Tx) -> str:
    (row,) = await tx.fetch("SELECT current_setting('server_version_num')::int AS number")
    return "" if row["number"] >= VERSION_MIN * 10_000 else f"PostgreSQL is older than version {VERSION_MIN}"


async def _server(tx: Tx) -> list[str]:
    rows = await tx.fetch("SELECT name, setting FROM pg_settings")
    now = {str(row["name"]): str(row["setting"]) for row in rows}
    findings = []
    if now["server_encoding"] != "UTF8":
        findings.append(f"the database's encoding is {now['server_encoding']}, not UTF8")
    findings += [f"{name} is off" for name in MUST_BE_ON if now.get(name) == "off"]
    findings += [f"{name} is on" for name in MUST_BE_OFF if now.get(name) == "on"]
    if now["synchronous_commit"] == SYNC_UNSAFE:
        findings.append("synchronous_commit is off")
    if now["default_transaction_read_only"] == "on" or (await tx.fetch("SELECT pg_is_in_recovery() AS standby"))[0][0]:
        findings.append("the database is read-only")
    return findings


async def _kept_settings(tx: Tx) -> list[str]:
    """Settings kept for a role, a database, or both: they take effect in sessions other than this one too."""
    rows = await tx.fetch("""
        SELECT coalesce(r.rolname, 'every role') AS role, coalesce(d.datname, 'every database') AS database,
            lower(setting) AS setting
        FROM pg_db_role_setting s
        LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole,
            unnest(s.setconfig) AS setting
        WHERE (s.setdatabase = 0 OR d.datname = current_database())
            AND (split_part(setting, '=', 1) = 'synchronous_commit' AND split_part(setting, '=', 2)
                    IN ('off', 'false', 'no', '0', 'of', 'f', 'n', 'fa', 'fal', 'fals')
                OR split_part(setting, '=', 1) = 'session_replication_role' AND split_part(setting, '=', 2) <> 'origin')
    """)
    return [f"{row['setting']} is kept for {row['role']} in {row['database']}" for row in rows]


async def _role(tx: Tx) -> list[str]:
    rows = await tx.fetch("""
        SELECT r.rolname AS role, r.rolname = current_user AS self, r.rolsuper, r.rolbypassrls, r.rolcreaterole,
            r.rolreplication, r.oid = d.datdba AS owns_database,
            has_schema_privilege(r.oid, 'public', 'CREATE') AS may_create,
            has_parameter_privilege(r.oid, 'session_replication_role', 'SET') AS may_skip_triggers
        FROM pg_roles r, pg_database d
        WHERE d.datname = current_database() AND pg_has_role(current_user, r.oid, 'MEMBER')
    """)
    # A superuser is a member of every role: one sentence says it all.
    if any(row["rolsuper"] and row["self"] for row in rows):
        return [f"the application's role {rows[0]['role'] if len(rows) == 1 else 'of this session'} is a superuser"]
    findings = []
    for row in rows:
        whose = (
            f"the application's role {row['role']}"
            if row["self"]
            else f"role {row['role']}, which the application may take on,"
        )
        for fact, words in _ROLE_WORDS.items():
            if row[fact]:
                findings.append(f"{whose} {words}")
    return findings


_ROLE_WORDS = {
    "rolsuper": "is a superuser",
    "rolbypassrls": "passes by row security",
    "rolcreaterole": "may make roles",
    "rolreplication": "may replicate",
    "owns_database": "owns the database",
    "may_create": "may create tables in schema public",
    "may_skip_triggers": "may switch triggers off",
}


async def _append_only(tx: Tx, tables: Sequence[str]) -> list[str]:
    """Whoever the application is or may become: no right to change a row, in the tables or their partitions."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE named AS (
            SELECT n.name, to_regclass('public.' || quote_ident(n.name))::oid AS oid FROM unnest($1::text[]) AS n (name)
        ), all_tables AS (
            SELECT name, oid FROM named
            UNION SELECT t.name, i.inhrelid FROM all_tables t JOIN pg_inherits i ON i.inhparent = t.oid
        )
        SELECT t.name, t.oid IS NULL AS missing,
            coalesce(bool_or(r.oid = c.relowner), false) AS owned,
            coalesce(bool_or(has_table_privilege(r.oid, t.oid, 'UPDATE')
                OR has_any_column_privilege(r.oid, t.oid, 'UPDATE')
                OR has_table_privilege(r.oid, t.oid, 'DELETE') OR has_table_privilege(r.oid, t.oid, 'TRUNCATE')), false)
                AS changeable,
            coalesce(bool_or(has_table_privilege(r.oid, t.oid, 'TRIGGER')), false) AS may_add_triggers,
            EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgenabled = 'D')
                AS switched_off
        FROM all_tables t LEFT JOIN pg_class c ON c.oid = t.oid
            LEFT JOIN pg_roles r ON pg_has_role(current_user, r.oid, 'MEMBER')
        GROUP BY t.name, t.oid ORDER BY t.name
        """,
        list(tables),
    )
    return [f"table {row['name']} {words}" for row in rows for fact, words in _TABLE_WORDS.items() if row[fact]]


_TABLE_WORDS = {
    "missing": "does not exist",
    "owned": "is owned by the application's role",
    "changeable": "can be changed by the application's role",
    "may_add_triggers": "lets the application's role add triggers",
    "switched_off": "has a trigger switched off",
}
