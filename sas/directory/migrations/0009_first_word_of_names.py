"""The first word of a name, by which one letter wrong is forgiven while it is typed."""

from django.db import migrations, models
from django.db.models import F, Func, Value


class Migration(migrations.Migration):
    dependencies = [("directory", "0008_structures_nearest")]

    operations = [
        migrations.AddIndex(
            model_name="practitioner",
            index=models.Index(
                Func(F("name_key"), Value(" "), Value(1), function="split_part", output_field=models.TextField()),
                name="practitioner_first_word",
            ),
        ),
    ]
