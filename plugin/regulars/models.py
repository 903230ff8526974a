"""Every table of the plugin, gathered for those who need them all: migrations and the privacy of a shop."""

import regulars.audit.models
import regulars.catalog.models
import regulars.complaints.models
import regulars.customers.models
import regulars.ledger.models
import regulars.lifecycle.models
import regulars.messaging.models
import regulars.orders.models
import regulars.outbound.models
import regulars.program.models
import regulars.reviews.models
import regulars.shops.models
import regulars.tiers.models
import regulars.work.models
