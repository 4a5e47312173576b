"""Departments become rows that no two territories share; the state becomes dated rows.

A suspended territory kept no date of its suspension: the day of the migration stands for it.
"""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

BY = "migration"


def move(apps, schema_editor):
    Territory = apps.get_model("directory", "Territory")
    Coverage = apps.get_model("directory", "Coverage")
    TerritoryState = apps.get_model("directory", "TerritoryState")
    now = timezone.now()
    taken = set()
    for territory in Territory.objects.order_by("pk"):
        areas = [code for code in territory.departments if code not in taken]
        taken.update(areas)
        Coverage.objects.bulk_create([Coverage(territory=territory, area=area) for area in areas])
        if territory.opened_on is None:
            continue
        said = {"territory": territory, "decided_by": BY, "decided_at": now}
        TerritoryState.objects.create(state="open", starts_on=territory.opened_on, **said)
        if territory.state == "suspended":
            day = max(now.date(), territory.opened_on + timedelta(days=1))
            TerritoryState.objects.create(state="suspended", starts_on=day, **said)


class Migration(migrations.Migration):
    dependencies = [("directory", "0003_territories")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
