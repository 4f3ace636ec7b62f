"""What one stranger may take, tried on real servers, with a real person beside.

    site, SITE = {"UPLOADS_URL": …}         a portal that a module's tests share, with limits
    make_site(DATABASE_URL=postgres_url)    one of the test's own; on SQLite if nothing is said
    Visitor(site, "2001:db8:7::1")          a client from that network; `get`, `post`, `fill_in`
    networks(1500)                          as many networks, half of them IPv6

    with Beside(site):                      somebody new, again and again, while this goes on;
        flood(site)                         at the end each of their steps was right and in time

Everything here is marked `services`.
"""
