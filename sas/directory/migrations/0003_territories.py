"""What territories cover, where they stand since when, their PDSA hours, contacts and filières."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0002_nearest'),
    ]

    operations = [
        migrations.CreateModel(
            name='Coverage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area', models.TextField(unique=True, verbose_name='département ou commune (INSEE)')),
            ],
            options={
                'verbose_name': 'zone couverte',
                'verbose_name_plural': 'zones couvertes',
            },
        ),
        migrations.CreateModel(
            name='Filiere',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField(verbose_name='nom')),
                ('nature', models.TextField(choices=[('effection', 'effection (reçoit ou se déplace)'), ('regulation', 'régulation (conseille ou oriente)'), ('both', 'effection et régulation')], verbose_name='nature')),
                ('professions', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, db_default=[], default=list, size=None, verbose_name='professions et spécialités')),
                ('structures', models.TextField(blank=True, db_default='', default='', verbose_name='structures ou population')),
                ('hours', models.JSONField(blank=True, default=list, verbose_name='horaires')),
                ('phone', models.TextField(blank=True, db_default='', default='', verbose_name='téléphone')),
                ('instruction', models.TextField(blank=True, db_default='', default='', verbose_name='consigne')),
                ('starts_on', models.DateField(verbose_name='à partir du')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='jusqu’au (exclu)')),
                ('version', models.PositiveIntegerField(db_default=1, default=1)),
            ],
            options={
                'verbose_name': 'filière',
            },
        ),
        migrations.CreateModel(
            name='TerritoryState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.TextField(choices=[('planned', 'en préparation'), ('open', 'ouvert'), ('suspended', 'suspendu')], verbose_name='état')),
                ('starts_on', models.DateField(verbose_name='à partir du')),
                ('decided_by', models.TextField(verbose_name='décidé par')),
                ('decided_at', models.DateTimeField(verbose_name='décidé le')),
            ],
            options={
                'verbose_name': 'état daté',
                'verbose_name_plural': 'états datés',
            },
        ),
        migrations.AddField(
            model_name='territory',
            name='ars_email',
            field=models.EmailField(blank=True, db_default='', default='', max_length=254, verbose_name='adresse du contact à l’ARS'),
        ),
        migrations.AddField(
            model_name='territory',
            name='ars_name',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='contact à l’ARS'),
        ),
        migrations.AddField(
            model_name='territory',
            name='ars_phone',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='téléphone du contact à l’ARS'),
        ),
        migrations.AddField(
            model_name='territory',
            name='call_before_booking',
            field=models.TextField(choices=[('never', 'jamais'), ('public', 'pour les créneaux grand public seulement'), ('always', 'toujours')], db_default='never', default='never', verbose_name='appeler avant de réserver'),
        ),
        migrations.AddField(
            model_name='territory',
            name='cpam_email',
            field=models.EmailField(blank=True, db_default='', default='', max_length=254, verbose_name='adresse du contact à la CPAM'),
        ),
        migrations.AddField(
            model_name='territory',
            name='cpam_name',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='contact à la CPAM'),
        ),
        migrations.AddField(
            model_name='territory',
            name='cpam_phone',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='téléphone du contact à la CPAM'),
        ),
        migrations.AddField(
            model_name='territory',
            name='ioa_open',
            field=models.BooleanField(db_default=False, default=False, verbose_name='recherche ouverte aux IOA'),
        ),
        migrations.AddField(
            model_name='territory',
            name='out_of_hours',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='consigne pendant la PDSA'),
        ),
        migrations.AddField(
            model_name='territory',
            name='pdsa_bridge_days',
            field=models.BooleanField(db_default=False, default=False, verbose_name='PDSA les jours de pont'),
        ),
        migrations.AddField(
            model_name='territory',
            name='pdsa_evening',
            field=models.TimeField(db_default=datetime.time(20, 0), default=datetime.time(20, 0), verbose_name='PDSA à partir de'),
        ),
        migrations.AddField(
            model_name='territory',
            name='pdsa_morning',
            field=models.TimeField(db_default=datetime.time(8, 0), default=datetime.time(8, 0), verbose_name='PDSA jusqu’à'),
        ),
        migrations.AddField(
            model_name='territory',
            name='pdsa_saturday',
            field=models.TimeField(blank=True, default=datetime.time(12, 0), null=True, verbose_name='PDSA le samedi à partir de'),
        ),
        migrations.AddField(
            model_name='territory',
            name='support_phone',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='téléphone du SAS'),
        ),
        migrations.AddField(
            model_name='territory',
            name='version',
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name='territory',
            name='timezone',
            field=models.TextField(db_default='Europe/Paris', default='Europe/Paris', verbose_name='fuseau horaire'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^SAS-[0-9A-Z]{1,8}(-[0-9A-Z]{1,8}){0,3}$')), name='territory_code_is_sas_something', violation_error_message='Le code est « SAS- » suivi d’un numéro de département, par exemple SAS-59.'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('label', ''), _negated=True), name='territory_has_a_label'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('pdsa_evening__gt', models.F('pdsa_morning'))), name='territory_pdsa_evening_after_morning'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('call_before_booking__in', ['never', 'public', 'always'])), name='territory_calling_is_known'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('out_of_hours'), 1000), name='territory_instruction_is_short', violation_error_message='1 000 caractères au plus.'),
        ),
        migrations.AddField(
            model_name='coverage',
            name='territory',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='coverage', to='directory.territory'),
        ),
        migrations.AddField(
            model_name='filiere',
            name='territory',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='filieres', to='directory.territory'),
        ),
        migrations.AddField(
            model_name='territorystate',
            name='territory',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='states', to='directory.territory'),
        ),
        migrations.AddConstraint(
            model_name='coverage',
            constraint=models.CheckConstraint(condition=models.Q(('area__regex', '^([0-9]{2,3}|2[AB]|[0-9][0-9AB][0-9]{3})$')), name='coverage_is_a_department_or_a_commune'),
        ),
        migrations.AddIndex(
            model_name='filiere',
            index=models.Index(fields=['territory', 'starts_on'], name='filiere_of_territory'),
        ),
        migrations.AddConstraint(
            model_name='filiere',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='filiere_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='filiere',
            constraint=models.CheckConstraint(condition=models.Q(('nature__in', ['effection', 'regulation', 'both'])), name='filiere_nature_is_known'),
        ),
        migrations.AddConstraint(
            model_name='filiere',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='filiere_lasts'),
        ),
        migrations.AddConstraint(
            model_name='filiere',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('instruction'), 1000), name='filiere_instruction_is_short', violation_error_message='1 000 caractères au plus.'),
        ),
        migrations.AddConstraint(
            model_name='territorystate',
            constraint=models.UniqueConstraint(fields=('territory', 'starts_on'), name='territory_one_state_a_day'),
        ),
        migrations.AddConstraint(
            model_name='territorystate',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'open', 'suspended'])), name='territory_state_is_known'),
        ),
    ]
