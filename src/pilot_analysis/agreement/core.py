"""The core analyses, and which of R's numbers stand behind each in this project's tests."""

# Which of R's numbers stand behind an analysis, in this project's tests.
REFERENCES = {
    "km": "tests/reference: survfit",
    "days_not_returned": "tests/reference: survfit of a multi-state response",
    "rmst": "tests/reference: survfit, rmean",
    "logrank": "tests/reference: survdiff",
    "cox_unadjusted": "tests/reference: coxph",
    "cox_adjusted": "tests/reference: coxph",
    "cox_adjusted_clustered": "tests/reference: coxph(cluster=)",
    "cox_piecewise": "tests/reference: coxph, delayed entry",
    "cox_interaction": "tests/reference: coxph, likelihood ratio",
    "cuminc": "tests/reference: survfit of a multi-state response; cmprsk cuminc",
    "fine_gray": "tests/reference: cmprsk crr",
}
CORE = tuple(REFERENCES)
