"""What happened to an orientation is only ever added to: the database refuses to change, delete or empty its events.

One door: a database whose name starts with `test_` may be emptied by connections that say `sas.audit_flush = tests`,
as the audit trail may (sas/web/migrations/0003).
"""

from django.db import migrations

REFUSE = r"""
CREATE FUNCTION orientation_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%'
        AND current_setting('sas.audit_flush', true) = 'tests' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'events of orientations: % refused, events are only added', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER orientation_event_refuse_update BEFORE UPDATE ON orientation_orientationevent
    FOR EACH STATEMENT EXECUTE FUNCTION orientation_event_is_append_only();
CREATE TRIGGER orientation_event_refuse_delete BEFORE DELETE ON orientation_orientationevent
    FOR EACH ROW EXECUTE FUNCTION orientation_event_is_append_only();
CREATE TRIGGER orientation_event_refuse_truncate BEFORE TRUNCATE ON orientation_orientationevent
    FOR EACH STATEMENT EXECUTE FUNCTION orientation_event_is_append_only();
"""

ALLOW = """
DROP TRIGGER orientation_event_refuse_update ON orientation_orientationevent;
DROP TRIGGER orientation_event_refuse_delete ON orientation_orientationevent;
DROP TRIGGER orientation_event_refuse_truncate ON orientation_orientationevent;
DROP FUNCTION orientation_event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("orientation", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
