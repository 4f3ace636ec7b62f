"""What readers see: the list, the page of a story, the feed, the sitemap.

Others use `query` and `page`, for lists of stories elsewhere, and `feeds`, for the sitemap.
"""
