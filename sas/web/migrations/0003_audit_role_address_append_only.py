"""Audit lines say the role and the address; the database refuses to change, delete or empty them, whoever asks.

Two doors, and no other. `SET LOCAL sas.audit_purge = 'retention'` lets DELETE pass, in that transaction, for lines older
than 180 days: that is `sas.web.audit_purge`. A database whose name starts with `test_` may be emptied by connections
that say `sas.audit_flush = tests`: that is the test runner, which empties every table between two tests.
"""

from django.db import migrations, models

REFUSE = r"""
CREATE FUNCTION web_auditline_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('sas.audit_purge', true) = 'retention' THEN
        IF OLD.at < now() - interval '180 days' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'audit trail: a line of less than 180 days is not purged'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%'
        AND current_setting('sas.audit_flush', true) = 'tests' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'audit trail: % refused, lines are only added', TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = 'See « Piste d’audit » in docs/operations.md.';
END
$$;
CREATE TRIGGER web_auditline_refuse_update BEFORE UPDATE ON web_auditline
    FOR EACH STATEMENT EXECUTE FUNCTION web_auditline_is_append_only();
CREATE TRIGGER web_auditline_refuse_delete BEFORE DELETE ON web_auditline
    FOR EACH ROW EXECUTE FUNCTION web_auditline_is_append_only();
CREATE TRIGGER web_auditline_refuse_truncate BEFORE TRUNCATE ON web_auditline
    FOR EACH STATEMENT EXECUTE FUNCTION web_auditline_is_append_only();
ALTER TABLE web_auditline ENABLE ALWAYS TRIGGER web_auditline_refuse_update;
ALTER TABLE web_auditline ENABLE ALWAYS TRIGGER web_auditline_refuse_delete;
ALTER TABLE web_auditline ENABLE ALWAYS TRIGGER web_auditline_refuse_truncate;
"""

ALLOW = """
DROP TRIGGER web_auditline_refuse_update ON web_auditline;
DROP TRIGGER web_auditline_refuse_delete ON web_auditline;
DROP TRIGGER web_auditline_refuse_truncate ON web_auditline;
DROP FUNCTION web_auditline_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("web", "0002_web_cache")]

    operations = [
        migrations.AddField(
            model_name="auditline",
            name="address",
            field=models.GenericIPAddressField(blank=True, null=True, verbose_name="adresse"),
        ),
        migrations.AddField(
            model_name="auditline",
            name="role",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=300, verbose_name="rôles à ce moment"
            ),
        ),
        migrations.AddIndex(
            model_name="auditline", index=models.Index(fields=["actor", "at"], name="audit_actor_at")
        ),
        migrations.AddIndex(model_name="auditline", index=models.Index(fields=["act", "at"], name="audit_act_at")),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
