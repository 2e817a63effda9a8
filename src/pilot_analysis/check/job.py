"""`pilot-analysis check`: read and validate one delivery, tell what was found, write a list and a page.

- The same intake as the workflow's, nothing else: the plan, its codelist, the decisions on queries and `strict` come
  from the folder with the configuration.
- Writes `issues.csv` and `index.html` to a folder of their own, never inside the delivery.
"""

from __future__ import annotations

from pathlib import Path

from pilot_analysis import io
from pilot_analysis.check.page import check_page
from pilot_analysis.config import check_config, load_protocol, read_yaml
from pilot_analysis.errors import UserError
from pilot_analysis.intake.delivery import read_delivery
from pilot_analysis.intake.telling import told
from pilot_analysis.schemas.issues import ISSUES


def run_check(delivery: Path, out: Path, config_dir: Path, language: str) -> bool:
    """Check `delivery` and write to `out`; whether the run would go on.

    Raises UserError when the folder of the delivery, or a file of the configuration, is missing or wrong, and when
    `out` lies inside the delivery.
    """
    if out.resolve().is_relative_to(delivery.resolve()):
        raise UserError(f"--out {out} is inside the delivery; a delivery is never written to, name another folder")
    settings = config_dir / "config.yaml"
    strict = check_config(read_yaml(settings), str(settings))["strict"]
    intake = read_delivery(delivery, load_protocol(config_dir / "protocol.yaml"), config_dir / "queries.csv", strict)
    io.write_table(intake.issues, out / "issues.csv", ISSUES)
    io.write_text(check_page(intake, name=delivery.resolve().name, language=language), out / "index.html")
    print(told(intake.issues, str(out / "issues.csv"), strict))
    print(f"page for the supplier: {out / 'index.html'}")
    print("the delivery would not be taken" if intake.stops else "the delivery can be processed")
    return not intake.stops
