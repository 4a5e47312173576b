"""What counts attempts must outlive the crowd: a cache that forgets a third of itself lifts every throttle."""

from django.core.cache import cache


def test_counters_are_kept_while_a_whole_country_signs_in(db: None) -> None:
    cache.clear()
    cache.set_many({f"attempts:{number}": number for number in range(50)}, 3600)
    for number in range(400):
        cache.set(f"crowd:{number}", number, 3600)
    assert len(cache.get_many([f"attempts:{number}" for number in range(50)])) == 50
