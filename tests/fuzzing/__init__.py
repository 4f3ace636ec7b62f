"""Requests that nobody would send, made of those that people do send.

`world` has a portal with rows in each state, and a good request for each form and link on its
pages. `bending` changes a request: fields, files, headers, addresses, who sends it. `sending`
sends one and says what is wrong with the answer, which `seeing` reads. tests/test_any_request.py
tries thousands, and shows each fault with as few changes as it needs.
"""
