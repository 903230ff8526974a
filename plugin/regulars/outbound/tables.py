"""What others may hear of."""

#: Every type of event that an endpoint can ask for, and when it happens.
EVENTS = {
    "stage.changed": "a customer moved to another lifecycle stage",
    "tier.changed": "a customer stands on another tier",
    "complaint.opened": "somebody reported a problem",
}
