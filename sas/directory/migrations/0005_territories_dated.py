"""The undated columns go; dated states are only added after the others, and never changed.

Nothing was released that reads the columns. The trigger knows no clock: it compares rows with each other.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION directory_territorystate_keeps_the_past() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'territory_state_is_never_changed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT 1 FROM directory_territorystate
                   WHERE territory_id = NEW.territory_id AND starts_on > NEW.starts_on) THEN
            RAISE EXCEPTION 'territory_state_comes_after_the_others' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1 FROM directory_territorystate
               WHERE territory_id = OLD.territory_id AND starts_on > OLD.starts_on)
       AND EXISTS (SELECT 1 FROM directory_territory WHERE id = OLD.territory_id) THEN
        RAISE EXCEPTION 'territory_state_is_withdrawn_from_the_end'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER directory_territorystate_keeps_the_past BEFORE INSERT OR UPDATE OR DELETE ON directory_territorystate
    FOR EACH ROW EXECUTE FUNCTION directory_territorystate_keeps_the_past();
"""

FORGET = """
DROP TRIGGER directory_territorystate_keeps_the_past ON directory_territorystate;
DROP FUNCTION directory_territorystate_keeps_the_past();
"""


class Migration(migrations.Migration):
    dependencies = [("directory", "0004_territories_move")]

    operations = [
        migrations.RemoveConstraint(
            model_name='territory',
            name='territory_has_a_code',
        ),
        migrations.RemoveConstraint(
            model_name='territory',
            name='territory_covers_a_department',
        ),
        migrations.RemoveConstraint(
            model_name='territory',
            name='territory_opened_has_a_date',
        ),
        migrations.RemoveField(
            model_name='territory',
            name='departments',
        ),
        migrations.RemoveField(
            model_name='territory',
            name='opened_on',
        ),
        migrations.RemoveField(
            model_name='territory',
            name='state',
        ),
        migrations.RunSQL(GUARD, FORGET),
    ]
