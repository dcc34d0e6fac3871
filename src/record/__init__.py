"""The versioned record on DynamoDB: it stores every version of any document with a path, and knows no HTTP and no resource type.

Start with `items` (the table) and `model` (the values). `reading` is the read path. `writing` publishes and redacts, `copying` exports and
restores, `verifying` checks the whole table. docs/glossary.md explains the terms.
"""
