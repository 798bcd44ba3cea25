"""What the API says of each row, and what it takes. A serializer checks form; services check sense."""
