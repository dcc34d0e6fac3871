"""The versioned record on DynamoDB. Knows no HTTP and no resource type: it versions any document with a path."""
