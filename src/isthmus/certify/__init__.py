"""Certificates: two models and a question in, what is known of the error out; the reducer is never seen."""

from isthmus.certify.attempts import Attempts
from isthmus.certify.clopper_pearson import make_plan
from isthmus.certify.error import ErrorMetric, choose_metric
from isthmus.certify.exact import Proof, prove
from isthmus.certify.identity import question_key
from isthmus.certify.sampled import Sampled, Settings, certify_sampled

__all__ = [
    "Attempts",
    "ErrorMetric",
    "Proof",
    "Sampled",
    "Settings",
    "certify_sampled",
    "choose_metric",
    "make_plan",
    "prove",
    "question_key",
]
