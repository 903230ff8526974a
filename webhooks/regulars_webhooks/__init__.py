"""What the shop speaks to: receive, verify, keep, hand on."""
