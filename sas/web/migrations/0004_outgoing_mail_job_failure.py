import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("web", "0003_audit_role_address_append_only")]

    operations = [
        migrations.CreateModel(
            name='JobFailure',
            fields=[
                ('job_id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='tâche')),
                ('task', models.CharField(max_length=128, verbose_name='nom')),
                ('attempts', models.PositiveIntegerField(verbose_name='essais')),
                ('error', models.CharField(max_length=300, verbose_name='erreur')),
                ('at', models.DateTimeField(db_index=True, verbose_name='quand')),
            ],
            options={
                'verbose_name': 'échec de tâche',
                'verbose_name_plural': 'échecs de tâches',
            },
        ),
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='identifiant du message')),
                ('kind', models.CharField(max_length=60, verbose_name='modèle')),
                ('to', models.EmailField(max_length=254, verbose_name='destinataire')),
                ('subject', models.CharField(max_length=200, verbose_name='objet')),
                ('text', models.TextField(blank=True, verbose_name='texte')),
                ('html', models.TextField(blank=True, verbose_name='HTML')),
                ('about', models.CharField(max_length=200, verbose_name='personne concernée')),
                ('created_at', models.DateTimeField(verbose_name='demandé le')),
                ('state', models.CharField(choices=[('waiting', 'en attente'), ('sent', 'envoyé'), ('failed', 'en échec')], default='waiting', max_length=10, verbose_name='état')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='essais')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='dernière erreur')),
                ('next_try_at', models.DateTimeField(verbose_name='prochain essai')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='envoyé le')),
            ],
            options={
                'verbose_name': 'courriel',
                'verbose_name_plural': 'courriels',
                'indexes': [
                    models.Index(fields=['about', 'created_at'], name='mail_about_created_at'),
                    models.Index(condition=models.Q(('state', 'sent'), _negated=True), fields=['next_try_at'], name='mail_not_sent_next_try'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('html', ''), ('sent_at__isnull', False), ('state', 'sent'), ('text', '')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', True), models.Q(('text', ''), _negated=True)), _connector='OR'), name='mail_keeps_its_body_until_sent_and_no_longer'),
                    models.CheckConstraint(condition=models.Q(models.Q(('to__regex', '[\\r\\n]'), _negated=True), models.Q(('subject__regex', '[\\r\\n]'), _negated=True)), name='mail_headers_hold_one_line'),
                ],
            },
        ),
    ]
