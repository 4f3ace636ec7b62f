"""Whether a text shows what its teller does not want shown, where only a person can say so."""
