"""Pages of those who operate the platform: jobs, e-mails, the audit trail, codes for a day without the card."""
