"""A conformant fake booking editor: free slots over FHIR (INT_R01), regulators' accounts (INT_R02), and a booking page
which tells the platform of appointments (INT_R03). Deterministic by seed.

    python -m editor_kit.sandbox --port 9101 --behaviour ok

Tests start it in their own process with `editor_kit.sandbox.running` (`running_sandbox`, `sandbox_thread`).
"""
