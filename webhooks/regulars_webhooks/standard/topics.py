"""The types of message of our standard JSON, and the kind of document that each carries. Pure."""

TOPICS = {
    "order.created": "order",
    "order.updated": "order",
    "order.paid": "order",
    "order.cancelled": "order",
    "order.deleted": "order deleted",
    "refund.created": "refund",
    "customer.created": "customer",
    "customer.updated": "customer",
    "customer.deleted": "customer deleted",
    "product.created": "product",
    "product.updated": "product",
    "product.deleted": "product deleted",
    "review.created": "review",
    "review.updated": "review",
    "review.deleted": "review deleted",
}
