"""People and vehicles: licences' private parts, quizzes, shifts; limits and costs of vehicles.

What a driver is trained and licensed for is in the facts; these tables hold what cannot be there.

Locks  New tables; `vehicles` for a moment, as columns with constant defaults are added. `parties` and `users` are
       referred to, which waits for nobody's sign-in longer than a moment.
Undo   A later migration drops the tables and columns. Never edit this file once released.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and columns."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE licence_papers (
            licence text CONSTRAINT licence_papers_pk PRIMARY KEY,
            driver text NOT NULL CONSTRAINT licence_papers_driver_fk REFERENCES parties (id),
            body text NOT NULL, number_hash bytea CHECK (octet_length(number_hash) = 32), made_ms bigint NOT NULL,
            made_by text NOT NULL CONSTRAINT licence_papers_made_by_fk REFERENCES users (id)
        )
    """)
    op.execute("CREATE INDEX licence_papers_number_hash_idx ON licence_papers (number_hash)")
    op.execute("""
        CREATE TABLE quiz_attempts (
            id text CONSTRAINT quiz_attempts_pk PRIMARY KEY,
            driver text NOT NULL CONSTRAINT quiz_attempts_driver_fk REFERENCES parties (id),
            user_id text NOT NULL CONSTRAINT quiz_attempts_user_id_fk REFERENCES users (id),
            course text NOT NULL, edition integer NOT NULL, seed bytea NOT NULL, begun_ms bigint NOT NULL,
            ended_ms bigint, passed boolean, body text
        )
    """)
    op.execute("CREATE INDEX quiz_attempts_driver_course_begun_ms_idx ON quiz_attempts (driver, course, begun_ms)")
    op.execute("CREATE INDEX quiz_attempts_begun_ms_idx ON quiz_attempts (begun_ms)")
    op.execute("""
        CREATE TABLE shifts (
            id text CONSTRAINT shifts_pk PRIMARY KEY,
            driver text NOT NULL CONSTRAINT shifts_driver_fk REFERENCES parties (id),
            place text NOT NULL, day date NOT NULL, zone text NOT NULL,
            start_ms bigint NOT NULL, end_ms bigint NOT NULL CHECK (end_ms > start_ms), made_ms bigint NOT NULL,
            made_by text NOT NULL CONSTRAINT shifts_made_by_fk REFERENCES users (id),
            cancelled_ms bigint, cancelled_by text CONSTRAINT shifts_cancelled_by_fk REFERENCES users (id)
        )
    """)
    op.execute("CREATE INDEX shifts_driver_start_ms_idx ON shifts (driver, start_ms) WHERE cancelled_ms IS NULL")
    op.execute("""
        ALTER TABLE vehicles ADD COLUMN volume_l integer, ADD COLUMN height_mm integer, ADD COLUMN range_km integer,
            ADD COLUMN dangerous_goods boolean NOT NULL DEFAULT false,
            ADD COLUMN cents_per_km integer NOT NULL DEFAULT 0, ADD COLUMN cents_per_hour integer NOT NULL DEFAULT 0,
            ADD COLUMN cents_per_day integer NOT NULL DEFAULT 0
    """)
    op.execute("GRANT SELECT, INSERT ON licence_papers TO safehand_app")
    op.execute("GRANT UPDATE (number_hash) ON licence_papers TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON quiz_attempts TO safehand_app")
    op.execute("GRANT SELECT, INSERT ON shifts TO safehand_app")
    op.execute("GRANT UPDATE (cancelled_ms, cancelled_by) ON shifts TO safehand_app")


def downgrade() -> None:
    """Drop the tables and columns."""
    op.execute("DROP TABLE licence_papers, quiz_attempts, shifts")
    op.execute("""
        ALTER TABLE vehicles DROP COLUMN volume_l, DROP COLUMN height_mm, DROP COLUMN range_km,
            DROP COLUMN dangerous_goods, DROP COLUMN cents_per_km, DROP COLUMN cents_per_hour, DROP COLUMN cents_per_day
    """)
