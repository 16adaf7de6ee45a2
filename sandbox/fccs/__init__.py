"""Oracle FCCS (EPM Cloud) as far as packages are loaded into it."""
