"""What the engine must know of an editor to call it. Values only; the Django side builds them from its tables."""

from dataclasses import dataclass, field
from ssl import SSLContext

# Guide, « annexes »: after 7 s the platform drops the call and ignores any late answer.
LONGEST_TIMEOUT = 7.0
# INT_R01: 1 to 25 practitioners a call (interop.md §1.1, parameter 3).
MOST_IDS_PER_CALL = 25
# The guide's text says `application/json+fhir`, its CapabilityStatements the contrary: ask for all, best first (§1.0).
ACCEPT = "application/fhir+json, application/json+fhir;q=0.9, application/json;q=0.8"


@dataclass(frozen=True, slots=True)
class EditorConfig:
    """One editor's endpoint. Two equal configurations are the same editor: it keeps its connections and its breaker.

    `timeout` in seconds, at most 7, for a whole call (connection, redirect, every page). `max_concurrency` calls run at
    once, `max_waiting` more wait at most `queue_wait` seconds. `headers` are added to each call, or replace ours.
    `max_body_bytes` bounds what is held of an answer, after decompression, all pages together.
    """

    key: str
    name: str
    base_url: str
    flow: str = "ps"
    timeout: float = LONGEST_TIMEOUT
    max_concurrency: int = 8
    max_waiting: int = 64
    queue_wait: float = 2.0
    accept: str = ACCEPT
    headers: tuple[tuple[str, str], ...] = ()
    ssl: SSLContext | None = field(default=None, repr=False)
    max_body_bytes: int = 10_000_000
    max_ids: int = MOST_IDS_PER_CALL

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= LONGEST_TIMEOUT:
            raise ValueError(f"{self.key}: timeout must be in ]0, {LONGEST_TIMEOUT:g}] seconds, not {self.timeout}")
        if not 1 <= self.max_ids <= MOST_IDS_PER_CALL:
            raise ValueError(f"{self.key}: max_ids must be in [1, {MOST_IDS_PER_CALL}], not {self.max_ids}")
        if self.max_concurrency < 1 or self.max_waiting < 0 or self.max_body_bytes < 1:
            raise ValueError(f"{self.key}: limits must be positive")
