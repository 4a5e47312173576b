"""Accounts of people and of machine clients, and what happens to them. Columns and invariants only: writes go through
services."""

from sas.accounts.models.clients import MachineClient
from sas.accounts.models.delegations import Delegation
from sas.accounts.models.entering import BreakGlassCode, SignIn, TermsAcceptance
from sas.accounts.models.imports import AccountImport
from sas.accounts.models.invitations import AccountRequest, Invitation
from sas.accounts.models.people import RoleGrant, StructureAttachment, User

__all__ = [
    "AccountImport",
    "AccountRequest",
    "BreakGlassCode",
    "Delegation",
    "Invitation",
    "MachineClient",
    "RoleGrant",
    "SignIn",
    "StructureAttachment",
    "TermsAcceptance",
    "User",
]
