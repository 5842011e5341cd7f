class SettingsError(Exception):
    """A setting that cannot be used; says which, where it stands and what to do, and never what a secret was."""
