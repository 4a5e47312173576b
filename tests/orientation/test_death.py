"""Processes and the database are killed while patients are sent: nothing that was answered is lost, nothing is twice.

A small run of `bench/killing.py`, which says what is done and what is looked at; that the looking sees what is wrong is
shown by `test_races.py`, where the locks are off.
"""

from pathlib import Path

import pytest

from bench.killing import killed_while_sending


@pytest.mark.xdist_group("workers")
def test_killing_a_process_and_the_database_loses_nothing_that_was_answered_and_doubles_nothing(tmp_path: Path) -> None:
    outcome = killed_while_sending(150, process_kills=3, database_kills=1, seed=1, folder=tmp_path)
    assert (outcome.broken, outcome.lost) == ([], [])
    assert outcome.done + outcome.refused == 150
    assert outcome.process_kills >= 1
    assert outcome.database_kills == 1
