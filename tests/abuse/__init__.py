"""What one stranger may take, tried on real servers, with a real person beside.

    site = make_site(UPLOADS_URL=…)         a portal of the test's own, with limits, on SQLite
    make_site(DATABASE_URL=postgres_url)    the same on PostgreSQL
    Visitor(site, "2001:db8:7::1")          a client from that network; `get`, `post`, `fill_in`
    networks(1500)                          as many networks, half of them IPv6

    with Beside(site):                      somebody new, again and again, while this goes on;
        flood(site)                         at the end each of their steps was right and in time

`site` is one of which nothing more need be said. Everything here is marked `services`.
"""
