"""The function of the nearest structures, and the indexes by which names are found while they are typed."""

from pathlib import Path

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("directory", "0007_nearest_with_hours")]

    operations = [
        migrations.RunSQL(sql=SQL, reverse_sql="DROP FUNCTION directory_structures_nearest"),
        migrations.AddIndex(
            model_name="practitioner",
            index=models.Index(OpClass("name_key", name="text_pattern_ops"), name="practitioner_name_prefix"),
        ),
        migrations.AddIndex(
            model_name="structure",
            index=models.Index(OpClass("name_key", name="text_pattern_ops"), name="structure_name_prefix"),
        ),
    ]
