"""What a message becomes when the broker, the Hub or the LRM answers (interop.md §4.6). Pure."""
