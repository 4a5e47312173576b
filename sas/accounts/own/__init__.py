"""What every account does about itself: its page, its sessions, its password, its second factors."""
