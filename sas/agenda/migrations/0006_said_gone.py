from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agenda', '0005_hold'),
    ]

    operations = [
        migrations.AddField(
            model_name='use',
            name='gone',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='dites plus libres'),
        ),
        migrations.AddField(
            model_name='use',
            name='gone_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='dit plus libre le'),
        ),
        migrations.AddField(
            model_name='use',
            name='gone_by',
            field=models.TextField(blank=True, null=True, verbose_name='dit plus libre par'),
        ),
        migrations.AddConstraint(
            model_name='use',
            constraint=models.CheckConstraint(condition=models.Q(('gone__lte', models.F('marked'))), name='use_gone_is_a_part_of_marked'),
        ),
        migrations.AddConstraint(
            model_name='use',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gone_at__isnull', True), ('gone_by__isnull', True)), models.Q(('gone_at__isnull', False), ('gone_by__isnull', False)), _connector='OR'), name='use_gone_says_who_and_when'),
        ),
    ]
