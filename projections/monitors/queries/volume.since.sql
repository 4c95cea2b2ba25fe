-- From when on it counts rows, in milliseconds.
SELECT {before:Int64} - 8 * {window:Int64} AS since
