"""The one way in which an estimator says that there is no number."""


class NotEstimable(ValueError):
    """The data do not support the number asked for; the text is the reason, as the results store shows it."""
