"""Tests against servers of others, run by `nox -s servers`. Without their packages they are skipped."""
