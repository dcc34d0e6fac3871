"""HTTP: the Lambda entry point and what turns an event into an answer. Knows no DynamoDB and no model."""

VERSION = "0.1.0"
