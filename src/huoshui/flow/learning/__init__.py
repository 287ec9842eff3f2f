"""What randomised campaigns tell of single users: rows, response factors, the learned figures of `huoshui learn`."""

from huoshui.flow.learning.factors import (
    UserFactors,
    candidate_answers,
    learned_of,
    reason_words,
    user_factors,
)

__all__ = ["UserFactors", "candidate_answers", "learned_of", "reason_words", "user_factors"]
