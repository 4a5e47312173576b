"""A real OpenID Connect provider that behaves as Pro Santé Connect does, for the demonstration and the tests.

It stands alone: neither the product nor Django is known here. `running.running_provider` for tests,
`python -m demo.pro_sante_connect` for the demonstration.
"""

REALM = "/auth/realms/esante-wallet"
"""What follows the host in the issuer, as at the real service."""
