"""Measures of maps: agreement, faithfulness, localisation, sanity checks, report cards, and the search for the best settings."""

from lrp.metrics.agreement import (
    LOW_IS_NORMAL,
    MEASURES,
    agreement,
    agreement_matrix,
    centre_distance,
    clustering_order,
    pearson,
    sign_agreement,
    spearman,
    ssim,
    top_overlap,
)
from lrp.metrics.copies import half_precision, randomised
from lrp.metrics.curves import area, deletion, insertion, random_curves
from lrp.metrics.explanation_alone import average_drop, increase_in_confidence, kept_scores
from lrp.metrics.faithfulness import Faithfulness, faithfulness, gains
from lrp.metrics.localisation import (
    box_mask,
    choose_mosaics,
    gini,
    grid_pointing_game,
    half_share,
    mosaic,
    pointing_game,
    relevance_mass_accuracy,
    relevance_rank_accuracy,
)
from lrp.metrics.perturbation import Perturbation
from lrp.metrics.report import Report, ReportCard, report
from lrp.metrics.sanity import (
    Alike,
    Sensitivity,
    cascade,
    completeness_gap,
    other_class,
    sensitivity,
)
from lrp.metrics.search_result import SearchResult
from lrp.metrics.sentences import ASPECTS
from lrp.metrics.settings_search import SettingsSearch, search_settings
from lrp.metrics.statistics import paired_difference, spread

__all__ = [
    "ASPECTS",
    "LOW_IS_NORMAL",
    "MEASURES",
    "Alike",
    "Faithfulness",
    "Perturbation",
    "Report",
    "ReportCard",
    "SearchResult",
    "Sensitivity",
    "SettingsSearch",
    "agreement",
    "agreement_matrix",
    "area",
    "average_drop",
    "box_mask",
    "cascade",
    "centre_distance",
    "choose_mosaics",
    "clustering_order",
    "completeness_gap",
    "deletion",
    "faithfulness",
    "gains",
    "gini",
    "grid_pointing_game",
    "half_precision",
    "half_share",
    "increase_in_confidence",
    "insertion",
    "kept_scores",
    "mosaic",
    "other_class",
    "paired_difference",
    "pearson",
    "pointing_game",
    "random_curves",
    "randomised",
    "relevance_mass_accuracy",
    "relevance_rank_accuracy",
    "report",
    "search_settings",
    "sensitivity",
    "sign_agreement",
    "spearman",
    "spread",
    "ssim",
    "top_overlap",
]
