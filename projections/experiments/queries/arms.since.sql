-- From when on the arms of an experiment count rows, in milliseconds: since it started, adjusted for the past 28 days before.
SELECT {since:Int64} - {adjusts:UInt8} * 28 * 86400000 AS since
