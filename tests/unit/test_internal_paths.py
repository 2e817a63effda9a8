"""The picture of single people: which line is whose, in which order, how many, and where it may be written."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from estimate_tables import derived, many, people, protocol, trial
from matplotlib.colors import to_rgb

from pilot_analysis.internal import paths
from pilot_analysis.internal.paths import MOST, panels, paths_figure
from pilot_analysis.messages import load
from pilot_analysis.present import style

PROJECT = Path(__file__).parents[2]
UNKNOWN, LEFT = 101, 102


def made(who: pd.DataFrame, leaves: tuple[int, ...] = ()) -> dict[str, paths.Panel]:
    tables = derived(who)
    tables["cases"]["leaves"] = [place in leaves for place in range(len(who))]
    return panels(tables["cases"], tables["periods"], protocol())


def path(*spans: tuple[int, int]) -> list[int]:
    """Codes of 365 days from pairs: code, day after the last."""
    days, day = [], 0
    for code, until in spans:
        days += [code] * (until - day)
        day = until
    assert day == 365
    return days


def test_a_line_is_a_path_and_most_days_lost_come_first():
    who = people(
        """
        arm           time  status    known
        control       100   event     365
        control       365   censored  500
        intervention  50    event     364
        control       100   event     199
        """
    )
    found = made(who)
    assert found["control"].days.tolist() == [
        path((100, 365)),
        path((100, 100), (0, 365)),
        path((100, 100), (0, 200), (UNKNOWN, 365)),  # as many days lost, followed less long
    ]
    assert found["intervention"].days.tolist() == [path((100, 50), (0, 365))]
    assert {arm: panel.n for arm, panel in found.items()} == {"intervention": 1, "control": 3}


@pytest.mark.parametrize(("known", "until"), [(60, 60), (364, 364), (365, 365)])
def test_who_leaves_is_left_from_that_day(known, until):
    days = made(people(f"time status known\n365 competing {known}"), leaves=(0,))["control"].days
    assert days.tolist() == [path((100, until), *([(LEFT, 365)] if until < 365 else []))]


def test_partial_never_looks_like_none_or_all():
    tables = derived(people("time status\n365 censored"))
    period = tables["periods"].iloc[0]
    values = [0.0, 0.2, 40.0, 99.7, 100.0]
    rows = [{**period, "first_day": 10 * k, "last_day": 10 * k + 9, "ao_percent": v} for k, v in enumerate(values)]
    periods = pd.DataFrame(rows).astype(tables["periods"].dtypes.to_dict())
    days = panels(tables["cases"], periods, protocol())["control"].days
    assert days[0, :50:10].tolist() == [0, 1, 40, 99, 100]
    assert (days[0, 50:] == UNKNOWN).all()


def test_who_is_excluded_or_was_never_followed_has_no_line():
    who = people("time status exclusion known\n365 censored - 365\n365 censored no_spell_at_enrolment 365")
    assert made(who)["control"].n == 1
    tables = derived(people("time status\n365 censored"))
    tables["cases"]["last_known_day"] = pd.array([-3], dtype="Int64")
    assert panels(tables["cases"], tables["periods"].iloc[:0], protocol())["control"].n == 0


def test_of_many_people_lines_are_taken_at_even_steps_of_the_order():
    days = np.arange(1, 365)
    who = many(3 * 364, arm="control", time=[int(day) for day in days], status="event")
    panel = made(who)["control"]
    assert (panel.n, panel.days.shape) == (3 * 364, (MOST, 365))
    lost = (panel.days == 100).sum(axis=1)
    assert (lost[0], lost[-1]) == (364, 1)
    assert (np.diff(lost) <= 0).all()
    ranked = np.sort(np.repeat(days, 3))[::-1]
    assert lost.tolist() == ranked[np.linspace(0, len(ranked) - 1, MOST).round().astype(int)].tolist()
    few = made(who.iloc[: MOST - 1])["control"]
    assert (few.n, len(few.days)) == (MOST - 1, MOST - 1)


def figure_of(who: pd.DataFrame, language: str):
    with style.context():
        return paths_figure(made(who), load(language), protocol())


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text")) if text.get_text()]


@pytest.mark.parametrize(("language", "title"), [("nl", "ALLEEN VOOR INTERN GEBRUIK"), ("en", "FOR INTERNAL USE ONLY")])
def test_the_title_says_for_whom_it_is_and_nothing_says_who_it_is_about(language, title):
    who = trial(30)
    figure = figure_of(who, language)
    assert figure.texts[0].get_text().startswith(title)
    shown = texts(figure)
    everything = " ".join(shown)
    assert not any(name in everything for name in (*who["case_id"], *who["organisation"].unique()))
    assert "15 " in everything
    assert not any(str(MOST) in text for text in shown)


def test_it_says_how_many_of_how_many_are_drawn():
    shown = texts(figure_of(many(2 * MOST + 30, time=[100, 101, 200], status="event"), "en"))
    assert sum(f"{MOST} of {MOST + 15} people" in text for text in shown) == 2
    assert any(f"Of {2 * MOST + 30} people {2 * MOST} are drawn" in text for text in shown)


def test_an_arm_without_people_says_so():
    assert load("en").t("internal.none") in texts(figure_of(many(3, arm="control", time=100, status="event"), "en"))


def test_every_arm_is_one_raster_in_colours_that_differ():
    figure = figure_of(trial(30), "en")
    assert [len(axes.images) for axes in figure.axes] == [1, 1]
    image = figure.axes[0].images[0]
    tones = [to_rgb(image.cmap(image.norm(code))) for code in (0, 50, 100, UNKNOWN, LEFT)]
    assert all(np.abs(np.subtract(a, b)).max() > 0.1 for k, a in enumerate(tones) for b in tones[:k])
    assert style.render(figure, ("png",))["png"] == style.render(figure_of(trial(30), "en"), ("png",))["png"]


def test_no_rule_writes_it_below_the_reports_folder_or_reads_it():
    rules = {file.name: file.read_text(encoding="utf-8") for file in (PROJECT / "workflow/rules").glob("*.smk")}
    own = rules.pop("internal.smk")
    assert "REPORTS" not in own
    assert re.findall(r'f"([^"]*\.png)"', own) == ["{PROCESSED}/internal/ao_paths.{language}.png"]
    assert not any("PATH_PICTURES" in text or "/internal/" in text for text in rules.values())


def test_presentation_release_and_report_do_not_know_it():
    package = PROJECT / "src/pilot_analysis"
    for folder in ("present", "release", "report", "estimate"):
        for module in (package / folder).rglob("*.py"):
            assert "pilot_analysis.internal" not in module.read_text(encoding="utf-8"), module.name
