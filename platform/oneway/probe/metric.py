"""A number in Prometheus' text format."""

from collections.abc import Iterator


def metric_value(text: str, name: str) -> float | None:
    """The sum over all samples of that name; None where there is none, or the text is something else."""
    values = list(_values(text, name))
    return sum(values) if values else None


def _values(text: str, name: str) -> Iterator[float]:
    from prometheus_client.parser import text_string_to_metric_families

    try:
        for family in text_string_to_metric_families(text):
            yield from (each.value for each in family.samples if each.name == name)
    except (ValueError, IndexError, KeyError):
        return
