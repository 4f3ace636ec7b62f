"""Tests of the page on which storytellers see and shape their story."""
