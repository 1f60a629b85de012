"""Profiles: which records are about the same person, and what that person agreed to. Start at `linking`."""

from brandtune.profiles.consent import consent_of
from brandtune.profiles.graph import GraphEntry, IdentityGraph
from brandtune.profiles.identity import IdentityConfig, Limit
from brandtune.profiles.linking import link
from brandtune.profiles.proposals import Proposal, propose
from brandtune.profiles.report import GraphUpdate, LinkReport, Membership, MergeRefusal, Profiles
from brandtune.profiles.rulings import Ruling, in_force, node_of
from brandtune.profiles.timeline import CustomerProfile, Outcome, histories, profile_of
from brandtune.profiles.traits import TraitValue, trait_history

__all__ = [
    "CustomerProfile", "GraphEntry", "GraphUpdate", "IdentityConfig", "IdentityGraph", "Limit", "LinkReport",
    "Membership", "MergeRefusal", "Outcome", "Profiles", "Proposal", "Ruling", "TraitValue", "consent_of", "histories",
    "in_force", "link", "node_of", "profile_of", "propose", "trait_history",
]  # fmt: skip
