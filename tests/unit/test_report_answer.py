"""The opening answer: what it says, and what it must never say."""

import pandas as pd
import pytest
from present_rows import PLAN, row

from pilot_analysis.messages import load
from pilot_analysis.present.store import Store
from pilot_analysis.report.answer import HtmlWriter, PlainWriter, answer

EN, NL = load("en").under(PLAN), load("nl").under(PLAN)


def said(*rows, messages=EN, synthetic=False, randomised=True, writer=PlainWriter):
    store = Store(pd.DataFrame(list(rows)))
    return answer(store, writer(messages), synthetic=synthetic, randomised=randomised, relevant_days=11.5)


def p1(low, high, **more):
    more = {"estimate": (low + high) / 2, "ci_low": low, "ci_high": high, **more}
    return row(
        "days_not_returned", "mean_difference", level="intervention - control", time=281, n=291, n_events=159, **more
    )


def early(low, high):
    return row(
        "cox_piecewise",
        "hazard_ratio",
        population="itt",
        origin="t0",
        level="intervention / control",
        time=0,
        unit="ratio",
        estimate=(low * high) ** 0.5,
        ci_low=low,
        ci_high=high,
    )


def test_fewer_days_with_an_interval_below_zero_may_be_called_significant():
    text = said(p1(-50.0, -2.0)).text
    assert "26.0 days earlier on average" in text
    assert "statistically significant at 5%" in text
    assert "not statistically significant" not in text


def test_more_days_are_said_as_more():
    made = said(p1(2.0, 50.0))
    assert "26.0 days later on average" in made.headline
    assert "statistically significant at 5%" in made.text


def test_a_wide_interval_is_open_and_never_no_effect():
    for messages in (EN, NL):
        text = said(p1(-40.0, 20.0), messages=messages).text.lower()
        assert not any(phrase in text for phrase in ("no effect", "geen effect", "had no", "no difference was"))
    english = said(p1(-40.0, 20.0))
    assert "cannot be settled" in english.headline
    assert "from 40.0 days fewer to 20.0 days more" in english.text


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-50.0, -12.0, "favourable side"),
        (-11.0, 5.0, "outside the interval"),
        (-50.0, -2.0, "remains open"),
    ],
)
def test_the_interval_is_held_against_the_smallest_effect_worth_having(low, high, words):
    text = said(p1(low, high)).text
    assert "11.5 calendar days" in text
    assert words in text


def test_not_estimable_says_why_and_claims_nothing():
    reason = "intervention: no event in this level"
    text = said(p1(-1.0, 1.0, status="not_estimable", reason=reason, estimate=None, ci_low=None, ci_high=None)).text
    assert "cannot be answered with these data: intervention: nobody in this group returned" in text
    assert "significant at 5%" not in text
    assert "11.5" not in text


def test_suppressed_says_that_it_rests_on_too_few():
    made = said(p1(-1.0, 1.0, status="suppressed", reason="x", estimate=None, ci_low=None, ci_high=None), messages=NL)
    assert "weggelaten: minder dan 10 personen of gebeurtenissen" in made.headline


def test_an_absent_result_is_said_too():
    assert "not computed" in said(early(0.5, 2.0)).headline


def test_synthetic_data_are_named_in_the_answer():
    assert "made up" in said(p1(-50.0, -2.0), synthetic=True).text
    assert "made up" not in said(p1(-50.0, -2.0)).text


def test_compared_organisations_are_associations_without_a_claim():
    text = said(p1(-50.0, -2.0), randomised=False).text
    assert "was associated with 26.0 days less" in text
    assert "nothing was randomised" in text
    assert "significant" not in text.replace("no claim of significance", "")
    assert "shortens" not in said(p1(-50.0, 2.0), randomised=False).text


def test_the_period_before_day_84_is_reported_with_its_interval_and_never_as_equal():
    included = said(p1(-50.0, -2.0), early(0.5, 1.3)).text
    assert "Up to and including day 84 of absence the rate of full return in the intervention group was" in included
    assert "was 0.81 times that in the control group (hazard ratio; 95% CI 0.50 to 1.30)" in included
    assert "does not prove that the arms were alike" in included
    assert "read the main result with great reserve" in said(p1(-50.0, -2.0), early(1.1, 1.9)).text


def test_groups_come_with_the_interaction_test_and_caution():
    level = "intervention / control @ {}"
    text = said(
        p1(-50.0, -2.0),
        row(
            "cox_interaction",
            "hazard_ratio",
            group_by="arm*cas_group",
            level=level.format("psychological"),
            estimate=1.9,
            ci_low=1.0,
            ci_high=3.4,
            unit="ratio",
        ),
        row(
            "cox_interaction",
            "hazard_ratio",
            group_by="arm*cas_group",
            level=level.format("other"),
            status="not_estimable",
            reason="x",
        ),
        row(
            "cox_interaction",
            "interaction",
            group_by="arm*cas_group",
            level="all",
            estimate=1.2,
            p_value=0.54,
            unit="statistic",
        ),
    ).text
    assert "psychological 1.90 (95% CI 1.00 to 3.40); other not estimable" in text
    assert "p = 0.54" in text
    assert "not as an answer" in text


def lasting(low: float, high: float):
    about = {"endpoint": "sustained_rtw", "level": "intervention - control", "time": 281}
    return row("days_not_returned", "mean_difference", estimate=-26.0, ci_low=low, ci_high=high, **about)


def any_absence(low: float, high: float):
    about = {"endpoint": "ao_percent", "level": "intervention - control", "time": 281}
    return row("ao_days", "days_any_absence_difference", estimate=-20.0, ci_low=low, ci_high=high, **about)


def test_what_comes_after_a_failed_test_is_never_called_significant():
    for first in (said(p1(-40.0, 20.0), any_absence(-40.0, -2.0), lasting(-50.0, -2.0)), said(p1(-40.0, 20.0))):
        assert "is statistically significant" not in first.text
    text = said(p1(-40.0, 20.0), any_absence(-40.0, -2.0), lasting(-50.0, -2.0)).text
    sooner = "intervention minus control; a negative figure means sooner"
    assert f"the difference was −26.0 days (95% CI −50.0 to −2.0), {sooner}. No claim of significance" in text
    second = said(p1(-50.0, -2.0), any_absence(-40.0, 2.0), lasting(-50.0, -2.0)).text
    assert f"−26.0 days (95% CI −50.0 to −2.0), {sooner}. No claim of significance" in second


def test_the_third_test_may_be_called_significant_when_it_is_reached():
    rows = (p1(-50.0, -2.0), any_absence(-40.0, -2.0), lasting(-50.0, -2.0))
    assert "third test of the fixed order, and statistically significant" in said(*rows).text
    assert "derde toets van de vaste volgorde, en statistisch significant" in said(*rows, messages=NL).text
    assert "third test" not in said(*rows, randomised=False).text
    assert "third test of the fixed order, and not statistically" in said(*rows[:2], lasting(-50.0, 2.0)).text


def test_what_the_design_cannot_show_is_always_said():
    text = said(p1(-50.0, -2.0), messages=NL).text
    assert "geen arbeidsdeskundige binnen het jaar" in text
    assert "WIA-instroom en loonsancties" in text


def test_in_html_every_number_carries_its_result():
    made = said(p1(-50.0, -2.0), writer=HtmlWriter)
    assert (
        'data-result-id="full_rtw.landmark_84.days_not_returned.mean_difference.intervention - control.281"'
        in made.headline
    )
    assert "&lt;span" not in made.text


def cost(low, high):
    return row(
        "cost_difference",
        "mean_difference",
        endpoint="cost",
        population="itt",
        origin="t0",
        level="intervention - control",
        term="employer:full",
        unit="euro",
        estimate=(low + high) / 2,
        ci_low=low,
        ci_high=high,
    )


def guidance(time, **numbers):
    about = {"endpoint": "none", "population": "itt", "origin": "t0", "level": "intervention - control"}
    return row("survey", "mean_difference", **about, term="guidance", time=time, unit="score", **numbers)


def test_the_cost_to_the_employer_is_said_with_its_interval_and_without_a_claim_that_is_not_reached():
    text = said(p1(-40.0, 20.0), cost(-4000.0, -1000.0)).text
    assert "\N{MINUS SIGN}2,500 euro per employee allocated" in text
    assert "fourth test" not in text
    assert "No claim of significance attaches to this figure." in text
    assert "What does it cost or save the employer? The difference in cost cannot be given" in said(p1(-5.0, 5.0)).text


def test_guidance_is_that_of_the_first_wave_from_week_13_on_and_described():
    earlier = guidance(63.0, estimate=9.0, ci_low=8.0, ci_high=10.0)
    later = guidance(119.0, estimate=7.0, ci_low=6.0, ci_high=8.0)
    text = said(p1(-40.0, 20.0), earlier, later, guidance(91.0, estimate=0.4, ci_low=0.1, ci_high=0.7)).text
    assert "still absent in week 14" in text
    assert "+0.40 points" in text
    assert "not everybody allocated" in text
    named = EN.with_words({"instrument.guidance": "Guidance (0-10)", "direction.guidance": "higher_is_better"})
    text = said(p1(-40.0, 20.0), guidance(91.0, estimate=0.4, ci_low=0.1, ci_high=0.7), messages=named).text
    assert "(scale: Guidance (0-10), higher is better)" in text
    assert "experience of guidance cannot be given" in said(p1(-5.0, 5.0)).text


def test_the_questions_of_the_pilot_are_answered_in_their_order():
    rows = (p1(-50.0, -2.0), any_absence(-40.0, 2.0), lasting(-50.0, -2.0), cost(-4000.0, 1000.0), early(0.5, 2.0))
    order = ["main", "worth", "absence", "cost", "guidance", "lasting", "whom", "before", "limits"]
    assert list(said(*rows).paragraphs) == order
    text = said(*rows, messages=NL).text
    for question in (
        "eerder volledig terug",
        "Wat kost of bespaart",
        "Verbeterde de begeleiding",
        "Duurzaam?",
        "Voor wie?",
    ):
        assert question in text


def test_days_with_any_absence_are_the_second_test_and_claimed_only_when_it_is_reached():
    assert "second test of the fixed order, and statistically" in said(p1(-50.0, -2.0), any_absence(-40.0, -2.0)).text
    text = " ".join(said(p1(-50.0, 2.0), any_absence(-40.0, -2.0)).paragraphs["absence"])
    assert "−20.0 days (95% CI −40.0 to −2.0)" in text
    assert "No claim of significance" in text
    assert "second test" not in said(p1(-50.0, -2.0), any_absence(-40.0, -2.0), randomised=False).text
    assert "cannot be given: not computed" in " ".join(said(p1(-5.0, 5.0)).paragraphs["absence"])


@pytest.mark.parametrize("messages", [EN, NL], ids=["en", "nl"])
def test_an_interval_with_zero_in_it_leaves_each_question_open(messages):
    words = {"en": "stays open", "nl": "blijft open"}[messages.language]
    wide = (any_absence(-40.0, 2.0), cost(-4000.0, 1000.0), lasting(-50.0, 2.0))
    narrow = (any_absence(-40.0, -2.0), cost(-4000.0, -1000.0), lasting(-50.0, -2.0))
    for first in (p1(-50.0, -2.0), p1(-50.0, 2.0)):
        made = said(first, *wide, guidance(91.0, estimate=0.4, ci_low=-0.1, ci_high=0.7), messages=messages).paragraphs
        sure = said(first, *narrow, guidance(91.0, estimate=0.4, ci_low=0.1, ci_high=0.7), messages=messages).paragraphs
        for part in ("absence", "cost", "lasting", "guidance"):
            assert words in " ".join(made[part]), part
            assert words not in " ".join(sure[part]), part


def test_lasting_recovery_ends_with_the_share_at_work_in_percentage_points():
    about = {"endpoint": "none", "population": "itt", "origin": "t0", "level": "intervention - control", "time": 365}
    numbers = {"estimate": 0.123, "ci_low": -0.004, "ci_high": 0.251, "unit": "probability"}
    at_work = row("recovery", "at_work_365_difference", **about, **numbers)
    text = " ".join(said(p1(-50.0, -2.0), lasting(-50.0, -2.0), at_work).paragraphs["lasting"])
    assert "On day 365 the share at work differed by +12.3 percentage points (95% CI −0.4 to 25.1)" in text
    assert "no claim of significance attaches to this figure either" in text
