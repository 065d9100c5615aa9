"""Base rates: how often a market without direction gets each class of confidence.

A confidence says how clearly a market went somewhere. So does a walk that goes nowhere, in hindsight, and
nobody can judge HIGH who does not know how often that is.
"""

from leadline.analysis.profiles import ProfileName
from leadline.hft import Confidence

# of 200 driftless walks of each profile: python -m benchmarks.trends
OF_WALKS: dict[ProfileName, dict[Confidence, float]] = {
    "swing": {"HIGH": 0.375, "MEDIUM": 0.255, "LOW": 0.370},
    "position": {"HIGH": 0.340, "MEDIUM": 0.240, "LOW": 0.420},
    "scalping": {"HIGH": 0.285, "MEDIUM": 0.285, "LOW": 0.430},
}


def of_walks(profile: ProfileName, confidence: Confidence) -> str:
    """Return how often a walk without direction gets a confidence, in words.

    >>> of_walks("swing", "HIGH")
    '38 % of walks without direction are called HIGH, too'
    """
    return f"{100 * OF_WALKS[profile][confidence]:.0f} % of walks without direction are called {confidence}, too"
