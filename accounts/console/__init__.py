"""What every admin page is made of: scoping, states, quantities. The pages themselves are each app's admin."""
