"""What a service of participation answers when it cannot do what is asked: a sentence, and the field it is about."""

from datetime import datetime


class ParticipationRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Not possible as asked; the message (French) says why and what to do. `field`: the question it is about."""

    def __init__(self, sentence: str, field: str = "") -> None:
        self.field = field
        super().__init__(sentence)


class ChangedMeanwhile(ParticipationRefused):
    """Somebody changed the same settings since the page was shown: `who` (label of the audit trail) and `when`."""

    def __init__(self, who: str, when: datetime | None) -> None:
        self.who, self.when = who, when
        super().__init__("Ces réglages ont changé depuis l’affichage de la page : rien n’a été enregistré.")
