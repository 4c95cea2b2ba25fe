-- From when on it counts rows, in milliseconds.
SELECT {since:Int64} AS since
