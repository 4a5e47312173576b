"""Why a doctor is on the list of the referent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.participation.worklist.rules import Facts, Flag, flags_of

FACTS = st.builds(
    Facts,
    enrolled=st.booleans(),
    pending=st.booleans(),
    opted_out=st.booleans(),
    interfaced=st.booleans(),
    seen=st.sampled_from([None, True, False]),
    hours=st.sampled_from([0.0, 2.5]),
    in_organisation=st.booleans(),
)


@pytest.mark.parametrize(
    ("facts", "flags"),
    [
        (Facts(enrolled=False), (Flag.NOT_ENROLLED,)),
        (Facts(enrolled=True), (Flag.NOT_VISIBLE,)),
        (Facts(enrolled=True, hours=0.5), ()),
        (Facts(enrolled=True, in_organisation=True), ()),
        (Facts(enrolled=True, interfaced=True, seen=True), ()),
        (Facts(enrolled=True, interfaced=True, seen=None), ()),
        (Facts(enrolled=True, interfaced=True, seen=False), (Flag.SILENT,)),
        (Facts(enrolled=True, interfaced=True, opted_out=True), (Flag.OPTED_OUT,)),
        (Facts(enrolled=True, pending=True, hours=2), (Flag.PENDING,)),
        (Facts(enrolled=False, interfaced=True, opted_out=True), (Flag.NOT_ENROLLED, Flag.OPTED_OUT)),
        (Facts(enrolled=True, opted_out=True), (Flag.NOT_VISIBLE,)),
    ],
)
def test_each_situation_has_its_reason(facts: Facts, flags: tuple[Flag, ...]) -> None:
    assert flags_of(facts) == flags


@given(FACTS)
def test_whoever_is_not_enrolled_is_always_listed(facts: Facts) -> None:
    assert (Flag.NOT_ENROLLED in flags_of(facts)) == (not facts.enrolled)


@given(FACTS)
def test_nobody_is_said_silent_who_refuses_to_show_or_of_whom_nothing_is_known(facts: Facts) -> None:
    if facts.opted_out or facts.seen is None or not facts.interfaced:
        assert Flag.SILENT not in flags_of(facts)
