"""The distributions: built, checked, tried in an empty environment, with what they consist of."""
