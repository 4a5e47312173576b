from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agenda', '0002_marked_places'),
    ]

    operations = [
        migrations.AddField(
            model_name='series',
            name='closed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='fermée le'),
        ),
        migrations.AddField(
            model_name='unavailability',
            name='changed_by',
            field=models.TextField(blank=True, null=True, verbose_name='modifiée par'),
        ),
        migrations.AddField(
            model_name='unavailability',
            name='changed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='modifiée le'),
        ),
        migrations.RemoveConstraint(
            model_name='series',
            name='series_never_twice_the_same',
        ),
        migrations.AddConstraint(
            model_name='series',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('practitioner', 'place_key', 'structure', 'kind', 'first_on', 'starts_at', 'ends_at', 'repeat_weeks', 'weekdays', 'until'), name='series_never_twice_the_same', nulls_distinct=False, violation_error_message='Ce créneau existe déjà à ce lieu.'),
        ),
    ]
