"""The function of the nearest professionals gains opening hours: the SQL file beside this one, as 0002 has its own."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__)
BEFORE = HERE.with_name("0002_nearest.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("directory", "0006_structures_sought")]

    operations = [
        migrations.RunSQL(
            sql=HERE.with_suffix(".sql").read_text(encoding="utf-8"),
            reverse_sql=BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
        )
    ]
