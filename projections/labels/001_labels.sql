-- Labels that people gave to samples, and corrections of labels: one row for each change.

CREATE TABLE label_changes
(
    task        LowCardinality(String),
    record_id   String,
    change      LowCardinality(String), -- labelled, corrected, undone (a correction) or source (it has another label)
    target      Nullable(String), -- the label from then on, as text; null of a source without a label
    previous    Nullable(String), -- the label until then, of a correction and of its undoing
    original    Nullable(String), -- label of the source; null where it has none
    requested_by String, -- the annotator, or who asked for the correction
    explanation String, -- why
    confidence  Nullable(Float64), -- of a correction: probability of the new label
    dataset_id  Nullable(String), -- of a correction: where the label was suspected
    changed_at  DateTime64(3, 'UTC'), -- when it was recorded
    event_id    String,
    topic       LowCardinality(String),
    partition   UInt16,
    offset      UInt64
)
ENGINE = MergeTree
ORDER BY (task, record_id, changed_at, event_id)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW label_changes_from_events TO label_changes AS
WITH
    (json -> if(startsWith(coalesce(json, ''), '"'), JSONExtractString(coalesce(json, '')), json)) AS text -- of a text or a number
SELECT
    task,
    recordId             AS record_id,
    transform(_type, ['LabelRecorded', 'LabelCorrected', 'LabelCorrectionUndone', 'LabelSourceChanged'],
                     ['labelled', 'corrected', 'undone', 'source'], '') AS change,
    if(_type = 'LabelSourceChanged', text(original), text(target)) AS target,
    text(`from`)         AS previous,
    if(_type = 'LabelCorrectionUndone', text(target), text(original)) AS original,
    coalesce(requestedBy, '') AS requested_by,
    coalesce(explanation, '') AS explanation,
    confidence,
    datasetId            AS dataset_id,
    _time                AS changed_at,
    _id                  AS event_id,
    _topic               AS topic,
    _partition           AS partition,
    _offset              AS offset
FROM stream_labels
WHERE _type IN ('LabelRecorded', 'LabelCorrected', 'LabelCorrectionUndone', 'LabelSourceChanged');

-- The label that each annotator gave to a sample last.
CREATE VIEW labels AS
SELECT
    task,
    record_id,
    requested_by                                  AS annotator, -- who gave it
    argMax(target, (changed_at, event_id))        AS target, -- as text
    argMax(explanation, (changed_at, event_id))   AS explanation, -- why
    max(changed_at)                               AS labelled_at -- when it was given
FROM label_changes
WHERE change = 'labelled'
GROUP BY task, record_id, requested_by;

-- Cohen's kappa of each two annotators, on the samples that both have labelled.
CREATE VIEW label_agreement AS
SELECT
    task,
    annotator, -- the first of the two by name
    other, -- the second
    samples, -- that both have labelled
    same / samples                                AS agreement, -- share to which both gave the same label
    arraySum(arrayMap((label, count) -> count * others[label], mapKeys(own), mapValues(own))) / (samples * samples)
                                                  AS chance, -- the share that would be so by chance
    if(chance = 1, NULL, (agreement - chance) / (1 - chance)) AS kappa -- 1 always, 0 as chance would have it; null where both gave one label only
FROM
(
    SELECT
        l.task                        AS task,
        l.annotator                   AS annotator,
        r.annotator                   AS other,
        count()                       AS samples,
        countIf(l.target = r.target)  AS same,
        sumMap(map(coalesce(l.target, ''), toUInt64(1))) AS own,
        sumMap(map(coalesce(r.target, ''), toUInt64(1))) AS others
    FROM labels AS l
    INNER JOIN labels AS r ON l.task = r.task AND l.record_id = r.record_id
    WHERE l.annotator < r.annotator
    GROUP BY task, annotator, other
);

-- Fleiss' kappa of all annotators, on the samples that so many of them have labelled.
CREATE VIEW label_kappas AS
SELECT
    task,
    annotators, -- of each of these samples
    samples,
    agreeing / samples                            AS agreement, -- share of the pairs of labels of a sample that are the same
    arraySum(arrayMap(count -> pow(count / (samples * annotators), 2), mapValues(given))) AS chance, -- the share that would be so by chance
    if(chance = 1, NULL, (agreement - chance) / (1 - chance)) AS kappa -- 1 always, 0 as chance would have it; null where there is one label only
FROM
(
    SELECT
        task,
        annotators,
        count()                     AS samples,
        sum(arraySum(count -> count * (count - 1), mapValues(counts)) / (annotators * (annotators - 1))) AS agreeing,
        sumMap(counts)              AS given
    FROM
    (
        SELECT
            task,
            record_id,
            count()                 AS annotators,
            sumMap(map(coalesce(target, ''), toUInt64(1))) AS counts
        FROM labels
        GROUP BY task, record_id
        HAVING annotators > 1
    )
    GROUP BY task, annotators
);
