"""Splitting an amount fairly to the last cent. Pure."""

from collections.abc import Sequence


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` (≥ 0) in proportion to `weights` (≥ 0) by largest remainder: the parts add up to the total exactly.

    Nothing to weigh by (all weights 0) gives all zeros; ties go to the earlier part.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda position: -(total * weights[position] % whole))
    for position in by_remainder[: total - sum(parts)]:
        parts[position] += 1
    return parts
