"""The panel of an editor’s slot: checked again, then its page opened, and the choice recorded before that."""
