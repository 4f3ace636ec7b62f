"""The provider that is a folder: for a laptop, a demonstration and the tests."""
