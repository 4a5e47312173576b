from django.db import migrations, models


class Migration(migrations.Migration):
    """Rows that are there keep what they were sent last: a creation that comes again after a change was a conflict."""

    dependencies = [("orientation", "0002_events_append_only")]

    operations = [
        migrations.AddField(
            model_name="editorappointment",
            name="first_digest",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="empreinte de la création"),
        ),
    ]
