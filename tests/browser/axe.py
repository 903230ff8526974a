"""axe-core in a page: what it holds against WCAG 2.2, levels A and AA. It comes in through the debugger, so the page's
own policy stays as strict as it is."""

from functools import cache
from importlib import resources
from typing import Any

from playwright.sync_api import Page

# A contrast that cannot be measured counts as wrong; but a lone sign, like a tick, is no text, and the only images behind
# text of ours are the icons of fields.
_RUN = """async () => {
    const answer = await axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        rules: { "target-size": { enabled: true } },
        resultTypes: ["violations", "incomplete"],
        preload: false,
    });
    const harmless = ["nonBmp", "shortTextContent", "bgImage"];
    const unsure = answer.incomplete.filter((rule) => rule.id == "color-contrast").map((rule) => (
        { id: rule.id, nodes: rule.nodes.filter((node) => !harmless.includes(node.any[0]?.data?.messageKey)) }));
    return [...answer.violations, ...unsure].flatMap((rule) => rule.nodes.map(
        (node) => `${rule.id}: ${node.target.flat().join(" ")}: ${node.failureSummary.replaceAll("\\n", " ")}`));
}"""


@cache
def _engine() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def found(page: Page) -> list[str]:
    """What is wrong with the page as it stands, a line for each place."""
    if not page.evaluate("typeof axe == 'object'"):
        page.evaluate(_engine())
    violations: Any = page.evaluate(_RUN)
    return [str(violation) for violation in violations]


def found_by_day_and_night(page: Page) -> list[str]:
    """The same for somebody who prefers light and for somebody who prefers dark; each line says which."""
    lines = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        lines += [f"{scheme}: {line}" for line in found(page)]
    return lines
