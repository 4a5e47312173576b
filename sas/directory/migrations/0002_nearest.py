"""The function of the nearest professionals: see the SQL file beside this one for why it is a function."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
            reverse_sql="DROP FUNCTION directory_nearest",
        )
    ]
