"""The database that tests use is a real PostgreSQL with everything that the platform asks of one."""

import pytest
from django.db import connection


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
