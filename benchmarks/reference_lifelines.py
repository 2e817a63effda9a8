"""The content of reference.R with lifelines and matplotlib, for machines without R: OUTCOMES.csv FOLDER."""

import sys
from pathlib import Path

import matplotlib as mpl
import pandas as pd

mpl.use("Agg")
import matplotlib.pyplot as plt
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.plotting import add_at_risk_counts
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time


def main(path: str, folder: str) -> None:
    """Fit and draw every endpoint on two clocks."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    outcomes = pd.read_csv(path)
    outcomes = outcomes[outcomes["status"] != "not_at_risk"]
    rows = []
    for endpoint, part in outcomes.groupby("endpoint"):
        for clock, start, tau in (("enrolment", None, 320), ("landmark_84", 84, 281)):
            data = part if start is None else part[(part["time"] > start) & (part["entry"] <= start)]
            since = data["entry"] if start is None else start
            data = data.assign(
                t=data["time"] - since, event=data["status"].eq("event"), arm=data["arm"].eq("intervention") * 1
            )
            rows.append((endpoint, clock, *fitted(data, tau, out / f"{endpoint}_{clock}")))
    pd.DataFrame(rows, columns=["endpoint", "clock", "hr", "chisq", "rmst"]).to_csv(out / "estimates.csv", index=False)


def fitted(data: pd.DataFrame, tau: int, stem: Path) -> tuple[float, float, float]:
    """Curves with risk table as PNG and SVG; hazard ratio, log-rank, difference of restricted means."""
    figure, axis = plt.subplots(figsize=(8, 6))
    fits = {}
    for arm, people in data.groupby("arm"):
        fits[arm] = KaplanMeierFitter(label=str(arm)).fit(people["t"], people["event"])
        fits[arm].plot_survival_function(ax=axis)
    add_at_risk_counts(*fits.values(), ax=axis)
    figure.tight_layout()
    for kind in ("png", "svg"):
        figure.savefig(stem.with_suffix(f".{kind}"), dpi=200)
    plt.close(figure)
    cox = CoxPHFitter().fit(data[["t", "event", "arm", "organisation"]], "t", "event", strata=["organisation"])
    one, two = (data[data["arm"] == arm] for arm in (1, 0))
    test = logrank_test(one["t"], two["t"], one["event"], two["event"])
    means = [restricted_mean_survival_time(fits[arm], t=tau) for arm in (1, 0)]
    return float(cox.hazard_ratios_["arm"]), float(test.test_statistic), float(means[0] - means[1])


if __name__ == "__main__":
    main(*sys.argv[1:3])
