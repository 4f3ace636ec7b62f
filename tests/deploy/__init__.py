"""What is shipped to put the portal on a server: each file is started where it can be."""
