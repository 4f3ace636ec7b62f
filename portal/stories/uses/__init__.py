"""Where stories are used: only as their tellers allow, and cleaned up where they no longer do."""
