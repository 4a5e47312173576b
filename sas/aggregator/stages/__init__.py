"""Interfaced editors by stage."""
