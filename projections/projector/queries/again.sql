-- Of an event that was set aside: whether it is in the projections, and whether it was begun to bring it there by itself.
SELECT
    (
        SELECT count() > 0
        FROM events
        WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:UInt64}
    ) AS there,
    (
        SELECT count() > 0
        FROM projector_again
        WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset = {offset:UInt64}
    ) AS begun
