"""How the team is doing: the dashboard, the daily digest, the export."""
