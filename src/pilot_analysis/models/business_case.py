"""The business case of an early assessment: what an employer saves and pays per employee, month by month.

- After the assessment AO% falls by `build_up_points` more each month up to `ao_fall_points`, and stays there.
- A month's wage saving is daily wage x working days a month x the fall. Only where AO% can be adjusted at once is
  anything saved, so the mean per employee is the total times that share; all others pay for a second assessment.
- Replacement is saved in months in which the fall is complete, not before. It is never added to the wage: hours worked
  again would then count twice.
- Arithmetic is in fractions of the numbers as they are written, so nothing is lost before the last step (a year of
  260 working days has 260/12 a month; 21.6667 would not give the cents).
- Source: the Phase I report on early labour experts (2020), section 4.2.2. Its text names 21.7 working days a month,
  its amounts follow from 260/12.
- Fails with `ValueError` when the assumptions contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

MONTHS = 12  # of a year


@dataclass(frozen=True)
class Assumptions:
    """What is assumed of one employee; whole numbers, decimals or fractions.

    Attributes
    ----------
    daily_wage : euro per working day
    working_days : working days per year
    ao_fall_points : percentage points by which AO% falls in all
    build_up_points : percentage points by which it falls more each month
    assessment_month : months of absence after which the assessment takes place
    horizon_month : last month that counts
    assessment_cost : euro per assessment
    adjustable_percent : percent of assessments after which AO% can be adjusted at once
    replacement_cost : euro per working day
    """

    daily_wage: float | Fraction
    working_days: float | Fraction
    ao_fall_points: float | Fraction
    build_up_points: float | Fraction
    assessment_month: int
    horizon_month: int
    assessment_cost: float | Fraction
    adjustable_percent: float | Fraction
    replacement_cost: float | Fraction

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not 0 <= self.assessment_month < self.horizon_month:
            raise ValueError("the assessment comes before the last month that counts")
        if not (self.build_up_points > 0 and 0 <= self.ao_fall_points <= 100):
            raise ValueError("AO% falls by 0 to 100 points, by more than 0 a month")
        if not 0 <= self.adjustable_percent <= 100:
            raise ValueError("a share of assessments is 0 to 100 percent")

    def exact(self, name: str) -> Fraction:
        """The assumption as written: 21.7 is 217/10."""
        return Fraction(str(getattr(self, name)))

    @property
    def days_a_month(self) -> Fraction:
        """Working days per month."""
        return self.exact("working_days") / MONTHS


@dataclass(frozen=True)
class BusinessCase:
    """What is saved and paid per employee, in euro; `building` holds the months before the fall is complete.

    `complete` is the first and last month with the whole fall (None when the horizon comes first) and
    `wage_complete` what they save together; `net_mean` is `wage_mean` minus `ad_cost`.
    """

    building: dict[int, Fraction]
    complete: tuple[int, int] | None
    wage_complete: Fraction
    wage_total: Fraction
    wage_mean: Fraction
    replacement_total: Fraction
    ad_cost: Fraction
    net_mean: Fraction


def fall_by_month(assumed: Assumptions) -> dict[int, Fraction]:
    """Percentage points by which AO% is lower, for each month after the assessment up to the horizon."""
    step, most = assumed.exact("build_up_points"), assumed.exact("ao_fall_points")
    months = range(assumed.assessment_month + 1, assumed.horizon_month + 1)
    return {month: min(step * (month - assumed.assessment_month), most) for month in months}


def business_case(assumed: Assumptions) -> BusinessCase:
    """Work out the case; every amount is exact.

    Parameters
    ----------
    assumed : the assumptions, units as in `Assumptions`

    Returns
    -------
    Amounts in euro per employee over the months up to the horizon.
    """
    fall = fall_by_month(assumed)
    whole = [month for month, points in fall.items() if points == assumed.exact("ao_fall_points")]
    days, share = assumed.days_a_month, assumed.exact("adjustable_percent") / 100
    wage = {month: assumed.exact("daily_wage") * days * points / 100 for month, points in fall.items()}
    replaced = assumed.exact("replacement_cost") * days * sum((fall[month] for month in whole), Fraction(0)) / 100
    total = sum(wage.values(), Fraction(0))
    cost = assumed.exact("assessment_cost") * (2 - share)  # a second one for all but `share`
    return BusinessCase(
        building={month: amount for month, amount in wage.items() if month not in whole},
        complete=(whole[0], whole[-1]) if whole else None,
        wage_complete=sum((wage[month] for month in whole), Fraction(0)),
        wage_total=total,
        wage_mean=share * total,
        replacement_total=replaced,
        ad_cost=cost,
        net_mean=share * total - cost,
    )
