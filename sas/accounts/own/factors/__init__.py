"""Second factors of an account: an application's codes, passkeys, recovery codes."""
