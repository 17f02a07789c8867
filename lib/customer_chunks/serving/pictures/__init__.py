"""Pictures of segments, values and forecasts: small plain data enter, matplotlib figures leave.

Points and values carry no key, so that no picture tells who a customer is.
"""

from __future__ import annotations

from customer_chunks.serving.pictures.chances import gain_curve, probability_calibration
from customer_chunks.serving.pictures.distances import distance_curve
from customer_chunks.serving.pictures.files import save
from customer_chunks.serving.pictures.flows import Flow, flow_chart
from customer_chunks.serving.pictures.heat import SegmentProfile, rfm_heat_map, segment_heat_map
from customer_chunks.serving.pictures.likelihoods import ChanceGroup, chance_bars
from customer_chunks.serving.pictures.loadings import feature_loadings
from customer_chunks.serving.pictures.maps import pca_map, segment_map, tsne_map
from customer_chunks.serving.pictures.search import Candidate, search_curves
from customer_chunks.serving.pictures.silhouettes import silhouette_plot
from customer_chunks.serving.pictures.trees import Tree, dendrogram
from customer_chunks.serving.pictures.values import value_calibration, value_distribution

__all__ = [
    "Candidate",
    "ChanceGroup",
    "Flow",
    "SegmentProfile",
    "Tree",
    "chance_bars",
    "dendrogram",
    "distance_curve",
    "feature_loadings",
    "flow_chart",
    "gain_curve",
    "pca_map",
    "probability_calibration",
    "rfm_heat_map",
    "save",
    "search_curves",
    "segment_heat_map",
    "segment_map",
    "silhouette_plot",
    "tsne_map",
    "value_calibration",
    "value_distribution",
]
