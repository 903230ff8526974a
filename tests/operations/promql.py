"""As much of Prometheus as our alarm rules use: two scrapes, and whether an expression gives anything."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from re import fullmatch

import promql_parser as promql
from prometheus_client.parser import text_string_to_metric_families

Labels = tuple[tuple[str, str], ...]
Vector = dict[Labels, float]

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {"==": operator.eq, ">": operator.gt, "<": operator.lt}
_GATHERINGS: dict[str, Callable[[Iterable[float]], float]] = {"sum": sum, "max": max, "min": min}


@dataclass(frozen=True)
class Scrape:
    """What one /metrics said."""

    text: str

    def names(self) -> set[str]:
        """Every metric it tells of, also one without a sample."""
        families = list(text_string_to_metric_families(self.text))
        told = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
        return told | {sample.name for family in families for sample in family.samples}

    def select(self, selector: promql.VectorSelector) -> Vector:
        """The samples that a selector means."""
        samples = [
            one for family in text_string_to_metric_families(self.text) for one in family.samples
            if one.name == selector.name and all(_fits(match, one.labels) for match in selector.matchers.matchers)
        ]  # fmt: skip
        return {tuple(sorted(one.labels.items())): float(one.value) for one in samples}


def _fits(match: promql.Matcher, labels: dict[str, str]) -> bool:
    value = labels.get(match.name, "")
    return bool(fullmatch(match.value, value)) if match.op == promql.MatchOp.Re else value == match.value


def names(expression: str) -> set[str]:
    """The metrics an expression asks for."""
    found: set[str] = set()

    def visit(node: promql.Expr) -> bool:
        selector = node.vector_selector if isinstance(node, promql.MatrixSelector) else node
        if isinstance(selector, promql.VectorSelector) and selector.name:
            found.add(selector.name)
        return True

    promql.walk(promql.parse(expression), pre_visit=visit)
    return found


def rings(expression: str, now: Scrape, before: Scrape) -> bool:
    """Whether an alarm rings, without its wait: the expression gives something. `before` is where its range began."""
    return bool(_evaluate(promql.parse(expression), now, before))


def _evaluate(node: promql.Expr, now: Scrape, before: Scrape) -> Vector:
    match node:
        case promql.VectorSelector():
            return now.select(node)
        case promql.BinaryExpr():
            assert isinstance(node.rhs, promql.NumberLiteral), "our alarms compare with numbers"
            holds, limit = _COMPARISONS[str(node.op)], node.rhs.val
            return {labels: value for labels, value in _evaluate(node.lhs, now, before).items() if holds(value, limit)}
        case promql.AggregateExpr():
            return _gathered(node, _evaluate(node.expr, now, before))
        case promql.Call() if node.func.name == "abs":
            return {labels: abs(value) for labels, value in _evaluate(node.args[0], now, before).items()}
        case promql.Call() if node.func.name == "increase":
            selector = node.args[0].vector_selector
            then = before.select(selector)  # a counter that was not there before shows no increase, as in Prometheus
            return {labels: value - then[labels] for labels, value in now.select(selector).items() if labels in then}
    raise AssertionError(f"no alarm needs {node}")


def _gathered(node: promql.AggregateExpr, vector: Vector) -> Vector:
    by = node.modifier.labels if node.modifier else []
    groups: dict[Labels, list[float]] = {}
    for labels, value in vector.items():
        groups.setdefault(tuple(pair for pair in labels if pair[0] in by), []).append(value)
    gather = _GATHERINGS[str(node.op)]
    return {labels: gather(values) for labels, values in groups.items()}
