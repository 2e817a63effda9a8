"""The answer in plain words, generated from the released store.

- The questions of the pilot in their order: shorter absence (P1 first: days, interval, direction, whether the interval
  excludes zero, the smallest effect worth having; then days with any absence), money, guidance, lasting recovery; then
  for whom, and what stands before week 13.
- Only what the order of tests reaches may be called statistically significant; a wide interval is never "no effect".
- Where whole organisations were compared nothing is called an effect: differences are associations.
- What cannot be estimated or was withheld is said with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol as Interface

from markupsafe import Markup

from pilot_analysis.messages import Messages
from pilot_analysis.present.claims import claims, excludes, primary
from pilot_analysis.present.store import ARMS, RATIO, Result, Store
from pilot_analysis.present.tables_outcome import FAMILIES

_WEEK_13 = 84  # day on which it begins
_MAIN = {"endpoint": "full_rtw", "population": "landmark_84"}


class Writer(Interface):
    """How sentences are made: text of a key, and a number that shows a result."""

    messages: Messages

    def t(self, key: str, **values: object) -> str:
        """Sentence of `key`."""

    def mark(self, result: Result, text: str) -> str:
        """`text` as a number of `result`."""


@dataclass(frozen=True)
class PlainWriter:
    """Sentences as plain text."""

    messages: Messages

    def t(self, key: str, **values: object) -> str:
        """Sentence of `key`."""
        return self.messages.t(key, **values)

    def mark(self, result: Result, text: str) -> str:
        """The text itself."""
        return text


@dataclass(frozen=True)
class HtmlWriter:
    """Sentences as HTML in which every number carries the key of its result."""

    messages: Messages

    def t(self, key: str, **values: object) -> Markup:
        """Sentence of `key`, escaped."""
        return self.messages.html(key, **values)

    def mark(self, result: Result, text: str) -> Markup:
        """`text` with the result's key to point at."""
        return Markup('<span class="number" data-result-id="{0}" title="{0}">{1}</span>').format(result.result_id, text)


@dataclass
class Answer:
    """The opening of the report: one sentence, and paragraphs by subject, each a list of sentences."""

    headline: str
    paragraphs: dict[str, list[str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Everything as one text, for reading and for tests."""
        return " ".join([self.headline, *(sentence for part in self.paragraphs.values() for sentence in part)])


def answer(
    store: Store, writer: Writer, *, synthetic: bool, randomised: bool, relevant_days: float, threshold: int = 10
) -> Answer:
    """The answer for this store.

    `relevant_days` is the smallest effect worth having, `threshold` the people below which numbers were withheld.
    """
    p1 = primary(store)
    paragraphs: dict[str, list[str]] = {}
    if synthetic:
        paragraphs["synthetic"] = [writer.t("answer.synthetic")]
    if not randomised:
        paragraphs["design"] = [writer.t("answer.associated.design")]
    if shown(p1):
        paragraphs["main"] = _main(store, p1, writer, randomised)
        paragraphs["worth"] = _worth(p1, writer, relevant_days)
    paragraphs["absence"] = _absence(store, writer, randomised, threshold)
    paragraphs["cost"] = _cost(store, writer, randomised, threshold)
    paragraphs["guidance"] = _guidance(store, writer, threshold)
    paragraphs["lasting"] = _lasting(store, writer, randomised, threshold)
    paragraphs["whom"] = _whom(store, writer)
    paragraphs["before"] = _before(store, writer, threshold)
    paragraphs["limits"] = [writer.t(f"answer.limits.{name}") for name in ("horizon", "beyond")]
    return Answer(_headline(p1, writer, randomised, threshold), paragraphs)


def shown(result: Result) -> bool:
    """There is an estimate with both limits."""
    return result.ok and result.ci_low is not None and result.ci_high is not None


def why_not(result: Result, messages: Messages, threshold: int) -> str:
    """Reason for a missing number, in words."""
    if result.status == "suppressed":
        return messages.t("reason.suppressed", n=threshold)
    return messages.reason(result.reason) if result.reason else messages.t("reason.absent")


def _days(writer: Writer, result: Result) -> dict[str, str]:
    """Difference in days and its interval as marked numbers."""
    messages = writer.messages
    return {
        "difference": writer.mark(result, messages.number(result.estimate, signed=True)),
        "interval": writer.mark(result, messages.interval(result.ci_low, result.ci_high)),
    }


def _headline(p1: Result, writer: Writer, randomised: bool, threshold: int) -> str:
    if not shown(p1):
        return writer.t("answer.none", reason=why_not(p1, writer.messages, threshold))
    family = "answer.randomised" if randomised else "answer.associated"
    values = _days(writer, p1)
    if not excludes(p1, 0):
        return writer.t(f"{family}.unclear", **values)
    days = writer.mark(p1, writer.messages.number(abs(p1.estimate)))
    return writer.t(f"{family}.{'fewer' if p1.estimate < 0 else 'more'}", days=days, interval=values["interval"])


def _main(store: Store, p1: Result, writer: Writer, randomised: bool) -> list[str]:
    number = writer.messages.number
    means = [store.get("days_not_returned", "mean", level=arm, time=p1.time, **_MAIN) for arm in ARMS]
    values = {
        **_days(writer, p1),
        "tau": number(p1.time, 0),
        "n": writer.mark(p1, number(p1.n, 0)),
        "events": writer.mark(p1, number(p1.n_events, 0)),
    }
    if all(mean.ok for mean in means):
        by_arm = {arm: writer.mark(mean, number(mean.estimate)) for arm, mean in zip(ARMS, means, strict=True)}
        first = writer.t("answer.means", **values, **by_arm)
    else:
        first = writer.t("answer.difference", **values)
    return [first, _claim(p1, writer, randomised)]


def _claim(p1: Result, writer: Writer, randomised: bool) -> str:
    if excludes(p1, 0):
        return writer.t("answer.claim.significant" if randomised else "answer.claim.associated")
    number = writer.messages.number
    limits = {"low": writer.mark(p1, number(abs(p1.ci_low))), "high": writer.mark(p1, number(p1.ci_high))}
    return writer.t("answer.claim.unclear" if randomised else "answer.claim.associated_unclear", **limits)


def _worth(p1: Result, writer: Writer, relevant_days: float) -> list[str]:
    """The interval against the smallest effect worth having: beyond it, short of it, or on both sides."""
    limit = -relevant_days
    place = "beyond" if p1.ci_high < limit else "excluded" if p1.ci_low > limit else "open"
    days = writer.messages.number(relevant_days)
    return [writer.t("answer.worth.frame", days=days), writer.t(f"answer.worth.{place}")]


def _points(writer: Writer, result: Result, digits: int = 2, scale: float = 1) -> dict[str, str]:
    messages = writer.messages
    return {
        "difference": writer.mark(result, messages.number(scale * result.estimate, digits, signed=True)),
        "interval": writer.mark(result, messages.interval(result.ci_low, result.ci_high, digits, scale=scale)),
    }


def _ratio(writer: Writer, result: Result) -> dict[str, str]:
    messages = writer.messages
    return {
        "ratio": writer.mark(result, messages.number(result.estimate, 2)),
        "interval": writer.mark(result, messages.interval(result.ci_low, result.ci_high, 2)),
    }


def _before(store: Store, writer: Writer, threshold: int) -> list[str]:
    """The falsification: the hazard ratio before the assessment could act, with its interval, never "equal"."""
    result = store.get(
        "cox_piecewise", "hazard_ratio", endpoint="full_rtw", population="itt", origin="t0", level=RATIO, time=0
    )
    if not shown(result):
        return [writer.t("answer.before.none", reason=why_not(result, writer.messages, threshold))]
    verdict = "excludes" if excludes(result, 1) else "includes"
    return [writer.t("answer.before.text", **_ratio(writer, result)), writer.t(f"answer.before.{verdict}")]


def _whom(store: Store, writer: Writer) -> list[str]:
    """Arm effect within each CAS group, the interaction test, and caution."""
    by = {"group_by": "arm*cas_group", **_MAIN}
    found = {row.group: row for row in store.select(analysis="cox_interaction", measure="hazard_ratio", **by)}
    if not any(shown(result) for result in found.values()):
        return [writer.t("answer.whom.none")]
    groups = [_group(writer, found[level]) for level in FAMILIES["cas_group"] if level in found]
    joined = Markup("; ").join(groups) if isinstance(writer.t("answer.whom.caution"), Markup) else "; ".join(groups)
    sentences = [writer.t("answer.whom.intro", groups=joined)]
    test = store.get("cox_interaction", "interaction", level="all", **by)
    if test.ok:
        sentences.append(writer.t("answer.whom.test", p=writer.mark(test, writer.messages.p(test.p_value))))
    return [*sentences, writer.t("answer.whom.caution")]


def _group(writer: Writer, result: Result) -> str:
    name = writer.messages.t(f"cas_group.{result.group}")
    if not shown(result):
        return writer.t("answer.whom.group_none", group=name)
    return writer.t("answer.whom.group", group=name, **_ratio(writer, result))


def _absence(store: Store, writer: Writer, randomised: bool, threshold: int) -> list[str]:
    """Days with any absence: the second test of the order."""
    result, claim = claims(store, randomised=randomised)["days_with_absence"]
    if not shown(result):
        return [writer.t("answer.absence_none", reason=why_not(result, writer.messages, threshold))]
    return [writer.t("answer.absence", **_days(writer, result)), *_reached("absence", claim, result, writer)]


def _lasting(store: Store, writer: Writer, randomised: bool, threshold: int) -> list[str]:
    """Sustained return, the third test of the order; and the share at work at the end of the year."""
    result, claim = claims(store, randomised=randomised)["sustained"]
    if shown(result):
        said = [writer.t("answer.lasting", **_days(writer, result)), *_reached("lasting", claim, result, writer)]
    else:
        said = [writer.t("answer.lasting_none", reason=why_not(result, writer.messages, threshold))]
    at_work = [row for row in store.select(analysis="recovery", measure="at_work_365_difference") if shown(row)]
    return said + [writer.t("answer.at_work", **_points(writer, row, 1, 100)) for row in at_work[:1]]


def _reached(part: str, claim: str, result: Result, writer: Writer) -> list[str]:
    """Whether the interval leaves the direction open, and what the order of tests lets be said."""
    open_ended = [] if excludes(result, 0) else [writer.t(f"answer.{part}_open")]
    if claim not in ("significant", "not_significant"):
        return [*open_ended, writer.t("answer.no_claim")]
    return [*open_ended, writer.t(f"answer.{part}_claim.{claim}")]


def _cost(store: Store, writer: Writer, randomised: bool, threshold: int) -> list[str]:
    """Difference in cost for the employer, with the words that the order of tests allows."""
    result, claim = claims(store, randomised=randomised)["cost"]
    if not shown(result):
        return [writer.t("answer.cost_none", reason=why_not(result, writer.messages, threshold))]
    messages = writer.messages
    values = {
        "difference": writer.mark(result, messages.number(result.estimate, 0, signed=True)),
        "interval": writer.mark(result, messages.interval(result.ci_low, result.ci_high, 0)),
    }
    return [writer.t("answer.cost", **values), *_reached("cost", claim, result, writer)]


def _guidance(store: Store, writer: Writer, threshold: int) -> list[str]:
    """Experience of guidance at the first wave from week 13 on, of people still absent: described, no claim."""
    about = {"analysis": "survey", "measure": "mean_difference", "term": "guidance"}
    rows = [row for row in store.select(**about) if row.time is not None and row.time >= _WEEK_13]
    if not rows:
        return [writer.t("answer.guidance_none", reason=writer.messages.t("reason.absent"))]
    result = min(rows, key=lambda row: row.time)
    if not shown(result):
        return [writer.t("answer.guidance_none", reason=why_not(result, writer.messages, threshold))]
    week = writer.messages.number(result.time // 7 + 1, 0)
    scale = _scale(writer.messages, "guidance")
    open_ended = [] if excludes(result, 0) else [writer.t("answer.guidance_open")]
    return [writer.t("answer.guidance", week=week, scale=scale, **_points(writer, result)), *open_ended]


def _scale(messages: Messages, name: str) -> str:
    """Label of a scale with its direction, both from the codebook."""
    key = f"survey.direction.{messages.texts.get(f'direction.{name}', '')}"
    return messages.word("instrument", name) + (f", {messages.t(key)}" if key in messages else "")
