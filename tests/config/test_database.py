"""The database that tests use is a real PostgreSQL with everything that the platform asks of one."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

ADDRESS = ("dbname", "user", "password", "host", "port")


@pytest.mark.django_db
def test_the_database_under_test_has_the_extensions_and_an_ordinary_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        extensions = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT rolsuper, current_database() FROM pg_roles WHERE rolname = current_user")
        superuser, name = cursor.fetchone()
    assert {"cube", "btree_gist", "pg_trgm", "unaccent"} <= extensions
    assert not superuser
    assert name.startswith("test_")


@pytest.fixture
def lone_connection(transactional_db: None) -> Iterator[None]:
    """A pool of one: each dead connection costs the pool's own pause, and other tests left more of them or fewer."""
    options = connection.settings_dict["OPTIONS"]
    usual = options["pool"]
    options["pool"] = {"min_size": 1, "max_size": 1, "timeout": 20}
    _forget_pool()
    yield
    # Restored here rather than by monkeypatch: the database is emptied after this, and opens the next pool.
    options["pool"] = usual
    _forget_pool()


def _forget_pool() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL has one


@pytest.mark.usefixtures("lone_connection")
def test_connections_that_a_restart_of_the_server_cut_are_replaced_before_anybody_uses_them() -> None:
    connection.ensure_connection()
    parameters = connection.get_connection_params()
    connection.close()  # back to the pool
    with psycopg.connect(**{name: parameters[name] for name in ADDRESS if name in parameters}) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
