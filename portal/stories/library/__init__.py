"""What readers see: the list, the page of a story, the feed, the sitemap."""
