# scheme: the Guile modules.
