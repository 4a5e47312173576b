"""A conformant fake booking editor: free slots over FHIR (INT_R01) and a booking page, deterministic by seed.

    python -m editor_kit.sandbox --port 9101 --behaviour ok

Tests start it in their own process with `editor_kit.sandbox.running` (`running_sandbox`, `sandbox_thread`).
"""
