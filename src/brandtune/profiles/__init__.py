"""Profiles: which records are about the same person, and what that person agreed to. Start at `linking`."""

from brandtune.profiles.consent import consent_of
from brandtune.profiles.identity import IdentityConfig
from brandtune.profiles.linking import link
from brandtune.profiles.report import GraphUpdate, LinkReport, MergeRefusal, Profiles

__all__ = ["GraphUpdate", "IdentityConfig", "LinkReport", "MergeRefusal", "Profiles", "consent_of", "link"]
