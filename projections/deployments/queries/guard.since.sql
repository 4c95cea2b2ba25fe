-- From when on the guard counts rows, in milliseconds.
SELECT {since:Int64} AS since
