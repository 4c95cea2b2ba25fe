// Generated from schemas/<stream>/*.avsc by `npm run generate`. Do not edit.

/** A measure left its bounds, or the version in production is not served. Each kind of monitor of a policy is a cause too, such as errorRate. */
export interface AlertRaised {
  monitorId: string;
  alertId: string;
  model: string;
  version: string;
  /** drift, quality, labelDrift, serving or guard */
  cause: string;
  reason: string;
  /** warning or critical */
  severity: string;
  /** what was measured; null where nothing has one value */
  value: number | null;
  /** that it passed */
  limit: number | null;
  /** observations behind the value */
  samples: number | null;
  /** of the measurement that it follows from; null where it follows from events alone */
  measurementId: string | null;
  /** of the silence that it was raised in; null: people are told of it */
  silenceId: string | null;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A measure is within its bounds again, its version has left, or the version in production is served. */
export interface AlertResolved {
  monitorId: string;
  alertId: string;
  model: string;
  reason: string;
  /** what was measured; null where nothing has one value */
  value: number | null;
  /** of the measurement that it follows from; null where it follows from events alone */
  measurementId: string | null;
  /** of the silence in which nobody is told of it; null: people are told */
  silenceId: string | null;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A monitor is not silenced. */
export interface AlertSilenceRefused {
  /** <model>/<kind of the monitor> */
  monitorId: string;
  /** name of the model */
  model: string;
  /** of the monitor, such as errorRate or drift */
  kind: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone asks that nobody is notified of the alerts of a monitor for some time. */
export interface AlertSilenceRequested {
  /** <model>/<kind of the monitor> */
  monitorId: string;
  /** name of the model */
  model: string;
  /** of the monitor, such as errorRate or drift */
  kind: string;
  /** when the silence ends */
  until: number;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** Nobody is notified of the alerts of a monitor until a moment; they are raised and resolved as ever. */
export interface AlertSilenced {
  /** <model>/<kind of the monitor> */
  monitorId: string;
  /** of this silence */
  silenceId: string;
  /** name of the model */
  model: string;
  /** of the monitor, such as errorRate or drift */
  kind: string;
  /** when the silence ends */
  until: number;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** An alert that was raised in a silence is still open when the silence ends: people are told of it now. */
export interface AlertUnsilenced {
  /** <model>/<kind of the monitor> */
  monitorId: string;
  /** of the open alert */
  alertId: string;
  /** name of the model */
  model: string;
  /** of the model */
  version: string;
  /** kind of the monitor */
  cause: string;
  /** warning or critical */
  severity: string;
  /** why it was raised */
  reason: string;
}

/** The share of wrong answers, or the error, changed in the stream of outcomes. */
export interface ConceptDriftDetected {
  /** <model>/<kind of the monitor> */
  monitorId: string;
  /** name of the model */
  model: string;
  /** in production */
  version: string;
  /** adwin, ddm or pageHinkley */
  method: string;
  /** outcomes of the version since the detector began */
  outcomes: number;
  /** mean of the errors before the change: of a classifier the share of wrong answers, of a number the absolute error as a fraction of the rmse on the test split */
  before: number;
  /** mean of the errors after it */
  after: number;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Drift is not measured on request. */
export interface DriftCheckRefused {
  /** <model>/drift */
  monitorId: string;
  /** name of the model */
  model: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone asks for the drift of the predictions in the window that is not full yet. */
export interface DriftCheckRequested {
  /** <model>/drift */
  monitorId: string;
  /** name of the model */
  model: string;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** One feature. */
export interface DriftMeasuredFeatureDrift {
  feature: string;
  /** population stability index */
  psi: number;
  /** mean PSI under no drift at these sizes */
  expectedPsi: number;
  /** of PSI under no drift */
  pValue: number;
  drifted: boolean;
  /** pValue corrected for the number of features (Holm) */
  adjustedPValue: number | null;
  /** of the bins of a number */
  edges: readonly number[];
  /** the bins of a category */
  categories: readonly string[];
  /** by bin; then what is in no category, of categories; then what is missing */
  referenceCounts: readonly number[];
  /** of the same bins */
  windowCounts: readonly number[];
  /** column=value of the predictions that were compared; null: all */
  slice: string | null;
  /** of the domain classifier: how well it tells the window from the reference; pValue is of it */
  auroc: number | null;
  /** its mean under no drift */
  expectedAuroc: number | null;
}

/** A window of predictions was compared with the frozen reference. */
export interface DriftMeasured {
  /** <model>/drift */
  monitorId: string;
  model: string;
  version: string;
  /** number of the window, from 1 */
  window: number;
  predictions: number;
  /** instant of the first prediction */
  from: number;
  /** instant of the last prediction */
  to: number;
  features: readonly DriftMeasuredFeatureDrift[];
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** It is time to look at what a monitor watches. */
export interface MonitorDue {
  /** <model>/<kind of the monitor> */
  monitorId: string;
  /** name of the model */
  model: string;
  /** of the monitor, such as errorRate or drift */
  kind: string;
  /** number of the look, from 1 */
  check: number;
  /** when it was due */
  dueAt: number;
}

/** The true labels of a window beside those of the test split. */
export interface QualityMeasuredLabelDrift {
  /** population stability index */
  psi: number;
  /** mean PSI under no drift at these sizes */
  expectedPsi: number;
  /** of PSI under no drift */
  pValue: number;
  /** by the bounds of the section drift of the policy */
  drifted: boolean;
  /** labels */
  categories: readonly string[];
  /** of the test split, by label; then of labels that it does not have */
  referenceCounts: readonly number[];
  /** the same of the window */
  windowCounts: readonly number[];
}

/** A metric on a window of labelled predictions was compared with its value on the test split. */
export interface QualityMeasured {
  /** <model>/quality */
  monitorId: string;
  model: string;
  version: string;
  window: number;
  labelled: number;
  from: number;
  to: number;
  /** accuracy of a classifier, rmse where the answer is a number */
  metric: string;
  /** of the metric on the window */
  value: number;
  /** of the metric on the test split */
  reference: number;
  /** one-sided z test of a worse value: of two proportions for accuracy, of mean squared errors for rmse */
  pValue: number;
  /** whether the value is worse, significantly and by the margin */
  dropped: boolean;
  /** null where the answer is no single label */
  labelDrift: QualityMeasuredLabelDrift | null;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A silence is over. */
export interface SilenceEnded {
  /** <model>/<kind of the monitor> */
  monitorId: string;
  /** of the silence that ends */
  silenceId: string;
  /** name of the model */
  model: string;
  /** of the monitor, such as errorRate or drift */
  kind: string;
  /** when it was due */
  dueAt: number;
}

/** Every line of the source has been ingested or rejected. */
export interface CollectionCompleted {
  collectionId: string;
  task: string;
  records: number;
  rejected: number;
  /** of the earliest record */
  firstTime: string | null;
  /** of the latest record */
  lastTime: string | null;
  /** rejected lines by code */
  rejections: Readonly<Record<string, number>>;
  /** rejected lines without a RecordRejected of their own, because many came before */
  unrecorded: number;
  /** records by their class, of a task with classes */
  byTarget: Readonly<Record<string, number>>;
  /** records of a remote source that an earlier page of the collection has as well */
  repeated: number;
}

/** The source could not be read to its end. Nothing of a file was ingested; of a remote source, the pages that came before were. */
export interface CollectionFailed {
  collectionId: string;
  task: string;
  code: string;
  reason: string;
}

/** Someone asks for the records of a source to be collected. */
export interface CollectionRequested {
  collectionId: string;
  task: string;
  /** artifact digest of the file: Parquet, JSON lines or CSV, plain or compressed (gzip, zstd) */
  source: string;
  /** name of the file as the user gave it */
  sourceName: string;
  /** true when the data are generated, not real */
  generated: boolean;
  /** first day collected, YYYY-MM-DD; null: from the beginning */
  from: string | null;
  /** day before which records are collected, YYYY-MM-DD; null: to the end */
  to: string | null;
  /** who asks: a person, or the name of a service */
  requestedBy: string | null;
}

/** The collector has begun to read the source. */
export interface CollectionStarted {
  collectionId: string;
  task: string;
  /** artifact digest of the file; of a remote source, what is asked for, as JSON */
  source: string;
}

/** Someone asks for the files of a folder that were not collected before. */
export interface FolderCollectionRequested {
  collectionId: string;
  task: string;
  /** on the machine of the collector */
  folder: string;
  /** who asked for it */
  requestedBy: string;
}

/** The files of a folder were looked at; a collection is asked for each new one. */
export interface FolderRead {
  collectionId: string;
  task: string;
  /** on the machine of the collector */
  folder: string;
  /** names of the new files */
  collected: readonly string[];
  /** files whose content was collected before */
  known: number;
  /** files that are empty, or that a program may still write */
  unfinished: number;
}

/** A page of the source has been ingested, all of it at once. */
export interface PageCollected {
  collectionId: string;
  task: string;
  /** from 1 */
  page: number;
  records: number;
  rejected: number;
  /** artifact digest of what a remote source answered, as it came, compressed by gzip; null for a page of a file */
  answer: string | null;
  /** where the next page of a remote source begins, in its own words; null after the last */
  next: string | null;
  /** records that a remote source says there are, an estimate; null where it does not say */
  total: number | null;
  /** records of a remote source that an earlier page of the collection has as well */
  repeated: number;
}

/** The time has come to ask a remote source for a page again. */
export interface PageRequestDue {
  collectionId: string;
  task: string;
  /** from 1 */
  page: number;
  /** the one that is made now */
  attempt: number;
  /** when it came due */
  dueAt: number;
}

/** A remote source has not given a page; it is asked again. */
export interface PageRequestFailed {
  collectionId: string;
  task: string;
  /** from 1 */
  page: number;
  /** 1 is the first */
  attempt: number;
  /** what the source answered, or that it did not */
  reason: string;
  /** when it is asked again */
  retryAt: number;
}

/** Someone asks for the records that a remote source lists to be collected. */
export interface RemoteCollectionRequested {
  collectionId: string;
  task: string;
  /** name of the remote source */
  sourceName: string;
  /** what is asked for, by options of the source */
  options: Readonly<Record<string, string>>;
  /** first day collected, YYYY-MM-DD; null: from the beginning */
  from: string | null;
  /** day before which records are collected, YYYY-MM-DD; null: to the end */
  to: string | null;
  /** collection that failed, after whose last page this one begins; null: at the first page */
  continues: string | null;
  /** who asks: a person, or the name of a service */
  requestedBy: string | null;
}

/** A contribution was worth it: its run is measured as a version. */
export interface ContributionAccepted {
  /** of the contribution */
  contributionId: string;
  /** name of the model */
  model: string;
  /** whose the records are */
  contributor: string;
  /** of the training */
  runId: string;
  /** the records as they came */
  data: string;
  /** of the dataset that was trained on */
  contentHash: string;
  /** SHA-256 of the code */
  codeHash: string;
  /** of the model */
  package: string;
  /** SHA-256 of model.onnx */
  modelHash: string;
  /** for people */
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
  /** what the version is: major, minor or patch; null: what has changed says it */
  change: string | null;
}

/** How often the baseline gives the contributed label. */
export interface ContributionCheckedAgreement {
  /** that were answered */
  records: number;
  /** of them, whose label the baseline gives */
  share: number;
  /** lower end of Wilson's 95 % interval */
  low: number;
  /** its upper end */
  high: number;
  /** accuracy of the baseline on its own test split */
  benchmark: number;
  /** that the numbers are of */
  evaluationId: string;
}

/** The baseline answered the new records of a contribution. */
export interface ContributionChecked {
  /** of the contribution */
  contributionId: string;
  /** name of the model */
  model: string;
  /** whose the records are */
  contributor: string;
  /** how often the baseline gives the contributed label */
  labels: ContributionCheckedAgreement;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** The records of a contribution were sorted: what is new is offered to the baseline. */
export interface ContributionIntegrated {
  /** of the contribution */
  contributionId: string;
  /** name of the model */
  model: string;
  /** whose the records are */
  contributor: string;
  /** version to start from */
  baseline: string;
  /** its package */
  baselinePackage: string;
  /** dataset of the baseline, whose test split measures both */
  benchmark: string;
  /** of the dataset with the new records */
  datasetId: string;
  /** of the training on it */
  runId: string;
  /** the records as they came */
  data: string;
  /** those that are new, as lines of JSON */
  newSamples: string;
  /** of the file */
  rows: number;
  /** that are new */
  added: number;
  /** that the dataset or the file has already */
  duplicates: number;
  /** that are no samples of the task */
  invalid: number;
  /** the same by the code of the fault */
  invalidBy: Readonly<Record<string, number>>;
  /** SHA-256 of the code that prepares, trains and measures */
  codeHash: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
  /** what the version is: major, minor or patch; null: what has changed says it */
  change: string | null;
}

/** A contribution is not taken. */
export interface ContributionRefused {
  /** of the contribution */
  contributionId: string;
  /** name of the model */
  model: string;
  /** whose the records are */
  contributor: string;
  /** of the table of errors, or LABELS_DOUBTFUL, NOT_BETTER, METRIC_MISSING */
  code: string;
  /** for people, with the numbers */
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone offers labelled records to a model. */
export interface ContributionRequested {
  /** of the contribution */
  contributionId: string;
  /** name of the model */
  model: string;
  /** version to start from; null: the one in production */
  baseline: string | null;
  /** the records */
  data: string;
  /** name of their file, which says whether it is CSV */
  dataName: string;
  /** whose the records are */
  contributor: string;
  /** who asked for it */
  requestedBy: string;
  /** what the version is: major, minor or patch; null: what has changed says it */
  change: string | null;
}

/** One metric. */
export interface DeltaMeasuredDelta {
  /** its name */
  metric: string;
  /** value of the baseline */
  baseline: number;
  /** value with the contribution */
  contribution: number;
  /** above 0 is better, whichever direction that is */
  improvement: number;
  /** lower end of its 95 % interval, where samples are compared in pairs */
  low: number | null;
  /** its upper end */
  high: number | null;
}

/** What a model gained from a contribution, on the test split of the baseline. */
export interface DeltaMeasured {
  /** of the contribution */
  contributionId: string;
  /** name of the model */
  model: string;
  /** whose the records are */
  contributor: string;
  /** version that it is beside */
  baseline: string;
  /** of the model that learnt the contribution too */
  package: string;
  /** that the numbers are of */
  evaluationId: string;
  /** of the benchmark */
  samples: number;
  /** by metric */
  deltas: readonly DeltaMeasuredDelta[];
  /** share of the new records whose label the baseline gives; null: of numbers */
  agreement: number | null;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A metric over the folds. */
export interface CrossValidationCompletedFoldSummary {
  /** its name */
  metric: string;
  /** over the folds, each counting the same */
  mean: number;
  /** standard deviation over the folds, with n - 1 */
  std: number;
  /** the least */
  min: number;
  /** the most */
  max: number;
  /** of each fold, in their order */
  perFold: readonly number[];
}

/** All folds were measured. */
export interface CrossValidationCompleted {
  /** of the cross-validation */
  crossValidationId: string;
  /** name of the model */
  model: string;
  /** name of the one that versions are compared by */
  primaryMetric: string;
  /** that were measured in all folds together */
  samples: number;
  /** of each metric that all folds have, the primary one first */
  summary: readonly CrossValidationCompletedFoldSummary[];
}

/** A fold of a cross-validation failed, and so all of it. */
export interface CrossValidationFailed {
  /** of the cross-validation */
  crossValidationId: string;
  /** name of the model */
  model: string;
  /** of the table of errors */
  code: string;
  /** for people */
  reason: string;
}

/** A cross-validation was not begun. */
export interface CrossValidationRefused {
  /** of the cross-validation */
  crossValidationId: string;
  /** name of the model */
  model: string;
  /** of the table of errors */
  code: string;
  /** for people */
  reason: string;
}

/** Someone asks how well a configuration does, whatever samples it is measured on. */
export interface CrossValidationRequested {
  /** of the cross-validation */
  crossValidationId: string;
  /** name of the model */
  model: string;
  /** sealed dataset whose training and validation samples are divided; null: the newest of the model */
  datasetId: string | null;
  /** that trains; null: that of the model */
  engine: string | null;
  /** of the folds and of each training; null: that of the model */
  seed: number | null;
  /** hyperparameters that go before those of the model */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** how many, 2 to 20 */
  folds: number;
  /** how samples are divided: random, stratified (each class evenly), grouped (what has one value of a column stays together) or time (tested on later ones than learnt from) */
  foldKind: string;
  /** of grouped folds: the field whose values stay together, or group; else null */
  column: string | null;
  /** who asks: a person, or the name of a service */
  requestedBy: string;
  /** whether results of earlier trainings and evaluations with the same inputs and code may stand for those of the folds */
  reuse: boolean;
}

/** The trainings of all folds were asked for. */
export interface CrossValidationStarted {
  /** of the cross-validation */
  crossValidationId: string;
  /** name of the model */
  model: string;
  /** sealed dataset whose training and validation samples are divided */
  datasetId: string;
  /** that trains */
  engine: string;
  /** of the folds and of each training */
  seed: number;
  /** hyperparameters by name; those left out take the defaults of the engine */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** how many, 2 to 20 */
  folds: number;
  /** how samples are divided: random, stratified (each class evenly), grouped (what has one value of a column stays together) or time (tested on later ones than learnt from) */
  foldKind: string;
  /** of grouped folds: the field whose values stay together, or group; else null */
  column: string | null;
  /** runs of the folds, in their order */
  runIds: readonly string[];
  /** who asked */
  requestedBy: string;
  /** as requested */
  reuse: boolean;
}

/** The model of a fold was measured on the samples that it did not learn from. */
export interface FoldMeasured {
  /** of the cross-validation */
  crossValidationId: string;
  /** name of the model */
  model: string;
  /** its number, from 1 */
  fold: number;
  /** its training */
  runId: string;
  /** its evaluation */
  evaluationId: string;
  /** of its model */
  package: string;
  /** that it was measured on */
  samples: number;
  /** by name, as in EvaluationCompleted */
  metrics: Readonly<Record<string, number>>;
  /** name of the one that versions are compared by */
  primaryMetric: string;
}

/** Someone asks for a dataset to be sealed again with more records in its training split; the other splits stay. */
export interface DatasetExtensionRequested {
  /** of the new dataset */
  datasetId: string;
  /** name of the model */
  model: string;
  /** dataset that is extended */
  extends: string;
  /** the records, as lines of JSON */
  samples: string;
  /** who asked for it */
  requestedBy: string;
}

/** No dataset can be sealed from what there is. */
export interface DatasetRefused {
  datasetId: string;
  model: string;
  task: string;
  code: string;
  reason: string;
}

/** Someone asks for the accepted samples to be sealed as a dataset. */
export interface DatasetRequested {
  datasetId: string;
  /** model that the dataset is for */
  model: string;
  /** task of the model: its samples alone are sealed */
  task: string;
  /** dataset whose split assignments are kept, so that no test sample is ever trained on */
  extends: string | null;
  seed: number;
  trainFraction: number;
  validationFraction: number;
  /** samples that every class needs */
  minimumPerClass: number;
  /** how samples are divided: auto (by groups where there are some, else stratified), random, stratified, grouped or time */
  split: string;
  /** into so many folds; 0: not into folds */
  folds: number;
  /** of these the one that is the test split, from 1; 0: not into folds */
  fold: number;
  /** people who must have labelled a sample before their label counts */
  minimumLabels: number;
  /** which label a sample has where as many people say one as another: original (that of the source, as it was corrected) or excluded (the sample is left out) */
  labelTies: string;
  /** who asks: a person, or the name of a service */
  requestedBy: string | null;
  /** whether a dataset of the same events, rules and code may stand for it; false: it is sealed */
  reuse: boolean;
}

/** No dataset was sealed: an earlier one of the model has the same events, rules and code, and stands for the one that was asked for. */
export interface DatasetReused {
  /** that was asked for, and does not exist */
  datasetId: string;
  /** name of the model */
  model: string;
  /** of the samples */
  task: string;
  /** the dataset that stands for it */
  reusedFrom: string;
  /** SHA-256 of what that dataset follows from, in hexadecimal */
  stepKey: string;
  /** what sealing that dataset took */
  savedSeconds: number;
}

/** Offsets of the log that the dataset was made of. */
export interface DatasetSealedSourceRange {
  topic: string;
  partition: number;
  from: number;
  /** exclusive */
  to: number;
}

/** Counts of one monitored feature. Numeric: bin i holds edges[i] <= x < edges[i+1], the outer bins are open. Categorical: one count per category. */
export interface DatasetSealedHistogram {
  feature: string;
  /** inner and outer edges of a numeric feature; empty for a categorical one */
  edges: readonly number[];
  /** categories of a categorical feature; empty for a numeric one */
  categories: readonly string[];
  counts: readonly number[];
  /** instances without the feature */
  missing: number;
}

/** A dataset is frozen: its content can be proved and never changes. */
export interface DatasetSealed {
  datasetId: string;
  model: string;
  task: string;
  taskVersion: string;
  extends: string | null;
  /** digest of the dataset artifact */
  artifact: string;
  /** SHA-256 over (id, split, target, instance), sorted by id */
  contentHash: string;
  seed: number;
  /** how samples are divided: auto (by groups where there are some, else stratified), random, stratified, grouped or time */
  split: string;
  /** into so many folds; 0: not into folds */
  folds: number;
  /** of these the one that is the test split, from 1; 0: not into folds */
  fold: number;
  /** people who must have labelled a sample before their label counts */
  minimumLabels: number;
  /** which label a sample has where as many people say one as another: original (that of the source, as it was corrected) or excluded (the sample is left out) */
  labelTies: string;
  /** classes; none for a number */
  labels: readonly string[];
  /** what a target is: classification (one of the classes), multilabel (any number of them) or regression; empty in datasets of before: one of the classes where there are some */
  problem: string;
  train: number;
  validation: number;
  test: number;
  /** artifact with what is in the dataset, as JSON: sizes of splits and classes, lengths of texts, vocabulary, columns */
  profile: string | null;
  /** samples whose label is not that of their source: corrected, or given by people */
  relabelled: number;
  /** samples per label */
  balance: Readonly<Record<string, number>>;
  /** what was read */
  sources: readonly DatasetSealedSourceRange[];
  /** input features on the held-out samples: the frozen reference of drift */
  reference: readonly DatasetSealedHistogram[];
}

/** How an expectation was met. */
export interface ExpectationsCheckedFinding {
  /** in words, such as `age is missing in no more than 5 %` */
  expectation: string;
  /** critical: a dataset that breaks it is refused; or warning */
  severity: string;
  /** whether it is met */
  holds: boolean;
  /** share of samples that break it; of a balance, of the rarest class */
  share: number;
  /** that the share may reach; of a balance, must */
  limit: number;
  /** samples that break it */
  failed: number;
  /** samples that it is about */
  samples: number;
  /** ids of samples that break it, the first 20; of a balance, classes with their counts */
  rows: readonly string[];
}

/** The samples of a dataset that is to be sealed were compared with what their task expects of them. */
export interface ExpectationsChecked {
  datasetId: string;
  model: string;
  task: string;
  /** whose expectations they are */
  taskVersion: string;
  /** no critical one is broken: the dataset may be sealed */
  passed: boolean;
  /** one for each expectation */
  findings: readonly ExpectationsCheckedFinding[];
}

/** A sample. */
export interface ReferenceSampledRow {
  /** by feature; what is missing is left out */
  numbers: Readonly<Record<string, number>>;
  /** categories by feature, and which words its texts have (wordSketch) */
  texts: Readonly<Record<string, string>>;
}

/** Some held-out samples of a sealed dataset, as predictions report them: what windows of predictions are compared with row by row. */
export interface ReferenceSampled {
  datasetId: string;
  model: string;
  task: string;
  /** of the dataset; the samples are drawn by it */
  seed: number;
  /** samples that were drawn from */
  heldOut: number;
  /** at most 500, fewer where there are many columns */
  rows: readonly ReferenceSampledRow[];
}

/** A client closes a dead letter without a redrive. */
export interface DeadLetterDiscardRequested {
  /** <stream>/<partition>@<offset> of the dead letter */
  deadLetterId: string;
  /** position of the dead letter, with partition and offset */
  topic: string;
  partition: number;
  offset: number;
  /** that failed to process the record */
  service: string;
  /** of the error */
  code: string;
  /** that failed, from 1 */
  attempt: number;
  /** empty when the record names none */
  eventId: string;
  /** empty when the record names none */
  eventType: string;
  reason: string;
  requestedBy: string;
}

/** A client requests that a service process a dead letter again. The redrive record is appended to the dead-letter topic atomically with this event. */
export interface DeadLetterRedriveRequested {
  /** <stream>/<partition>@<offset> of the dead letter */
  deadLetterId: string;
  /** position of the dead letter, with partition and offset */
  topic: string;
  partition: number;
  offset: number;
  /** that failed to process the record */
  service: string;
  /** of the error */
  code: string;
  /** that failed, from 1 */
  attempt: number;
  /** empty when the record names none */
  eventId: string;
  /** empty when the record names none */
  eventType: string;
  reason: string;
  requestedBy: string;
}

/** Someone asks for the running deployment to end, with the version before in production. */
export interface DeploymentAbortRequested {
  /** model/environment */
  target: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** The version that was deployed has all the traffic; of a shadow, which gets none, the comparison has ended. */
export interface DeploymentCompleted {
  /** model/environment */
  target: string;
  /** of the deployment */
  deploymentId: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** version that is deployed */
  version: string;
  /** version that is in production beside it, and after a rollback */
  previous: string | null;
  /** immediate, blue-green, canary or shadow */
  strategy: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A request about a deployment is refused. */
export interface DeploymentRefused {
  /** model/environment */
  target: string;
  /** null of an abort that finds no running deployment */
  deploymentId: string | null;
  /** name of the model */
  model: string;
  /** in which it is deployed: such as production or staging */
  environment: string;
  /** version that is deployed */
  version: string | null;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks for a version to take over the traffic of a model in an environment. */
export interface DeploymentRequested {
  /** model/environment */
  target: string;
  /** of the deployment */
  deploymentId: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** version that is deployed */
  version: string;
  /** immediate, blue-green, canary or shadow; null: as the policy of the model says */
  strategy: string | null;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** The version that was deployed gets no traffic any more; the version before has it all. */
export interface DeploymentRolledBack {
  /** model/environment */
  target: string;
  /** of the deployment */
  deploymentId: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** version that is deployed */
  version: string;
  /** version that has all the traffic now */
  previous: string | null;
  /** STAGE_FAILED, VALIDATION_FAILED, PACKAGE_INVALID, ABORTED or SUPERSEDED */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A version is deployed beside the one in production: predictors load it, and it gets its traffic stage by stage. */
export interface DeploymentStarted {
  /** model/environment */
  target: string;
  /** of the deployment */
  deploymentId: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** version that is deployed */
  version: string;
  /** of the version */
  package: string;
  /** version in production meanwhile, and after a rollback */
  previous: string | null;
  /** immediate, blue-green, canary or shadow */
  strategy: string;
  /** per cent of the traffic, stage by stage */
  stages: readonly number[];
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** The version in production fails more often, or answers more slowly, than the policy of the model allows. */
export interface GuardTripped {
  /** model/environment */
  target: string;
  /** name of the model */
  model: string;
  /** name of the environment */
  environment: string;
  /** version in production */
  version: string;
  /** version that comes back; null where none does */
  previous: string | null;
  /** of the measurement that it was decided on */
  measurementId: string;
  /** that were asked for in the window */
  predictions: number;
  /** of them that the version or its inference could not answer */
  failures: number;
  /** failures among the predictions */
  errorRate: number;
  /** 95th percentile of the latencies of requests with one instance, in milliseconds; null without any */
  p95Ms: number | null;
  /** ROLLED_BACK: the version before comes back; NO_VERSION_BEFORE; RESTORED_BEFORE: this one was brought back by the guard and is no better */
  code: string;
  /** why, for people */
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** One comparison of the version that is deployed with the one in production. */
export interface StageFailedCheck {
  /** what was compared, such as errorRate */
  name: string;
  /** pass, hold or fail */
  verdict: string;
  /** of the version that is deployed */
  candidate: number | null;
  /** of the version in production, in the same time */
  production: number | null;
  /** from which the check fails */
  limit: number | null;
  /** valid however often it was looked at */
  pValue: number | null;
  /** why, for people */
  reason: string;
}

/** The version that is deployed was worse than the policy of the model allows. */
export interface StageFailed {
  /** model/environment */
  target: string;
  /** of the deployment */
  deploymentId: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** version that is deployed */
  version: string;
  /** of the deployment; 1 is the first */
  stage: number;
  /** per cent of the traffic */
  share: number;
  /** of the measurement that it was decided on */
  measurementId: string;
  /** the comparisons that it was decided on */
  checks: readonly StageFailedCheck[];
  /** why, for people */
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** One comparison of the version that is deployed with the one in production. */
export interface StagePassedCheck {
  /** what was compared, such as errorRate */
  name: string;
  /** pass, hold or fail */
  verdict: string;
  /** of the version that is deployed */
  candidate: number | null;
  /** of the version in production, in the same time */
  production: number | null;
  /** from which the check fails */
  limit: number | null;
  /** valid however often it was looked at */
  pValue: number | null;
  /** why, for people */
  reason: string;
}

/** The version that is deployed was good enough for the next stage. */
export interface StagePassed {
  /** model/environment */
  target: string;
  /** of the deployment */
  deploymentId: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** version that is deployed */
  version: string;
  /** of the deployment; 1 is the first */
  stage: number;
  /** per cent of the traffic */
  share: number;
  /** of the measurement that it was decided on */
  measurementId: string;
  /** the comparisons that it was decided on */
  checks: readonly StagePassedCheck[];
  /** why, for people */
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** The time has come to compare the version that is deployed with the one in production. */
export interface StageReviewDue {
  /** model/environment */
  target: string;
  /** of the deployment */
  deploymentId: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** of the deployment; 1 is the first */
  stage: number;
  /** of the stage; 1 is the first */
  review: number;
  /** when it came due */
  dueAt: number;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** From now on the version that is deployed gets this share of the traffic. */
export interface TrafficShifted {
  /** model/environment */
  target: string;
  /** of the deployment */
  deploymentId: string;
  /** name of the model */
  model: string;
  /** such as production or staging */
  environment: string;
  /** version that is deployed */
  version: string;
  /** 1 is the first */
  stage: number;
  /** per cent of the traffic */
  share: number;
  /** per cent of the traffic before */
  previousShare: number;
  /** why, for people */
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** One class. */
export interface EvaluationCompletedClassMetrics {
  label: string;
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

/** Accuracy on the most confident fraction of the samples. */
export interface EvaluationCompletedCoveragePoint {
  coverage: number;
  accuracy: number;
}

/** The package beside the baseline, sample by sample. */
export interface EvaluationCompletedPairedDifference {
  /** whose loss is compared: 0 or 1 for accuracy, -ln p for logLoss, the squared error for rmse and the absolute one for mae */
  metric: string;
  /** mean of (loss of the package - loss of the baseline): below 0 when the package is better */
  mean: number;
  standardError: number;
  /** of the one-sided paired z test: the probability of so low a mean if the package were no better */
  pValue: number;
}

/** The version in production on the same samples. */
export interface EvaluationCompletedBaselineResult {
  version: string;
  package: string;
  metrics: Readonly<Record<string, number>>;
  paired: readonly EvaluationCompletedPairedDifference[];
  /** as that of the package */
  operational: Readonly<Record<string, number>>;
  /** the same on the recent samples; empty where there are too few */
  pairedRecent: readonly EvaluationCompletedPairedDifference[];
}

/** Counts of one monitored feature. Numeric: bin i holds edges[i] <= x < edges[i+1], the outer bins are open. Categorical: one count per category. */
export interface EvaluationCompletedHistogram {
  feature: string;
  /** inner and outer edges of a numeric feature; empty for a categorical one */
  edges: readonly number[];
  /** categories of a categorical feature; empty for a numeric one */
  categories: readonly string[];
  counts: readonly number[];
  /** instances without the feature */
  missing: number;
}

/** The primary metric on a suite of samples. */
export interface EvaluationCompletedSuite {
  /** test, edgeCases or recency */
  suite: string;
  /** in suites.score of the metrics */
  weight: number;
  /** of the suite */
  samples: number;
  /** the primary metric */
  score: number;
}

/** A package was measured. */
export interface EvaluationCompleted {
  evaluationId: string;
  model: string;
  version: string | null;
  runId: string | null;
  package: string;
  /** SHA-256 of model.onnx, of a run standing for promotion */
  modelHash: string | null;
  datasetId: string | null;
  /** file of labelled records */
  data: string | null;
  /** measured samples */
  samples: number;
  /** by name: those of ml/metrics/catalogue.ts that apply to the task; with a dot in their name those on a part of the samples (recency.accuracy), of fairness (fairness.FIELD.demographicParity), of other examinations, and the user's own (custom.NAME) */
  metrics: Readonly<Record<string, number>>;
  /** name of the one that versions are compared by */
  primaryMetric: string;
  /** of the metrics that are a mean over the samples or a root of one, by name */
  standardErrors: Readonly<Record<string, number>>;
  /** of a classifier; else empty */
  perClass: readonly EvaluationCompletedClassMetrics[];
  /** confusion[i][j]: samples of class i predicted as j, in the order of perClass */
  confusion: readonly (readonly number[])[];
  /** accuracy when the model abstains on its least confident predictions */
  coverage: readonly EvaluationCompletedCoveragePoint[];
  baseline: EvaluationCompletedBaselineResult | null;
  /** predicted class and confidence, or the predicted number, on the samples: the frozen reference of drift */
  reference: readonly EvaluationCompletedHistogram[];
  seconds: number;
  /** how many of the records are in the training split of the dataset of the package, or of its rival; null without data, or where the dataset is not known */
  inTraining: number | null;
  /** whether those were measured too */
  trainingIncluded: boolean;
  /** lower ends of the 95 % intervals of the metrics, by name (percentile bootstrap over the samples, 200 resamples) */
  lower: Readonly<Record<string, number>>;
  /** their upper ends */
  upper: Readonly<Record<string, number>>;
  /** JSON with what is too large for the event: curves, reliability, mistakes, slices (ml/evaluation/report.ts) */
  report: string | null;
  /** what it costs to serve, by name: those of ml/metrics/operational.ts */
  operational: Readonly<Record<string, number>>;
  /** the primary metric on each suite that there is */
  suites: readonly EvaluationCompletedSuite[];
  /** records that were left out since a model does not know their label, those of the edge cases among them */
  unknownTarget: number;
  /** rows that were left out since they hold no labelled record, likewise */
  unreadable: number;
  /** why the first of those rows holds none; null where it only lacks a label, or there is no such row */
  firstFault: string | null;
}

/** A package could not be measured. */
export interface EvaluationFailed {
  evaluationId: string;
  model: string;
  runId: string | null;
  code: string;
  reason: string;
}

/** Version measured on the same samples. */
export interface EvaluationRequestedBaseline {
  version: string;
  package: string;
}

/** What is looked at besides the metrics. */
export interface EvaluationRequestedExamination {
  /** file of labelled records that must not go wrong, a suite of their own */
  edgeCases: string | null;
  /** file of records that are none of the task's: is the model less sure of them? */
  outside: string | null;
  /** how long samples are recent */
  windowMonths: number;
  /** fields whose groups are compared, or group; empty: all categories and booleans */
  groups: readonly string[];
  /** whether samples are perturbed */
  robustness: boolean;
  /** whether texts are attacked */
  adversarial: boolean;
  /** name of the file of edge cases as the user gave it, which says its format */
  edgeCasesName: string | null;
  /** that of the file of records of another kind */
  outsideName: string | null;
}

/** A fold of the training and the validation split of a dataset. */
export interface EvaluationRequestedTestFold {
  /** from 1 */
  number: number;
  /** folds in all */
  of: number;
  /** random, stratified, grouped or time: as in CrossValidationRequested */
  foldKind: string;
  /** of grouped folds: the field whose values stay together, or group */
  column: string | null;
  /** of the division */
  seed: number;
}

/** Someone asks how well a package does. */
export interface EvaluationRequested {
  evaluationId: string;
  model: string;
  /** version under test; null for a run not registered yet */
  version: string | null;
  /** run that made the package, when it stands for promotion */
  runId: string | null;
  package: string;
  /** dataset whose test split is used; null when data are given */
  datasetId: string | null;
  /** artifact digest of a file of labelled records */
  data: string | null;
  /** name of the file as the user gave it */
  dataName: string | null;
  /** version to compare with */
  baseline: EvaluationRequestedBaseline | null;
  /** whether records from the training split of the package's dataset are measured too */
  includeTraining: boolean;
  /** null: what costs no further predictions */
  examination: EvaluationRequestedExamination | null;
  /** who asks: a person, or the name of a service */
  requestedBy: string | null;
  /** fold of the dataset that is measured instead of its test split; null: none */
  fold: EvaluationRequestedTestFold | null;
  /** whether the result of an earlier evaluation with the same inputs and code may stand for it; false: it is measured */
  reuse: boolean;
}

/** A package was not measured: an earlier evaluation had the same package, baseline, samples, examination and code, and its result stands for this one. */
export interface EvaluationReused {
  /** of the evaluation */
  evaluationId: string;
  /** name of the model */
  model: string;
  /** the evaluation that was made */
  reusedFrom: string;
  /** SHA-256 of what the result follows from, in hexadecimal */
  stepKey: string;
  /** what that evaluation took */
  savedSeconds: number;
}

/** Why the verdict is what it is. */
export interface ExperimentAnalysedReason {
  /** sample-ratio-mismatch, too-few-units, not-measured, guardrail-worse, not-significant, improvement-too-small, no-improvement or improved */
  code: string;
  /** that it is about; null: all */
  arm: string | null;
  /** that it is about */
  metric: string | null;
  /** why, for people */
  message: string;
}

/** What an arm has. */
export interface ExperimentAnalysedCount {
  /** its name */
  arm: string;
  /** version that answers */
  version: string;
  /** routing keys */
  units: number;
  /** requests */
  predictions: number;
  /** requests that the version could not answer */
  failures: number;
  /** requests whose outcome has come */
  outcomes: number;
}

/** A treatment beside the control in one metric. Numbers are null where these data do not allow a comparison. */
export interface ExperimentAnalysedComparison {
  /** what was compared */
  metric: string;
  /** primary, guardrail or secondary */
  role: string;
  /** attribute=value that it was read in; null: all */
  segment: string | null;
  /** the treatment */
  arm: string;
  /** why it cannot be compared; null when it can */
  code: string | null;
  /** the same for people */
  message: string | null;
  /** value of the control */
  control: number | null;
  /** of its interval */
  controlLow: number | null;
  /** of its interval */
  controlHigh: number | null;
  /** units that it was counted in */
  controlCount: number | null;
  /** value of the treatment */
  treatment: number | null;
  /** of its interval */
  treatmentLow: number | null;
  /** of its interval */
  treatmentHigh: number | null;
  /** units that it was counted in */
  treatmentCount: number | null;
  /** treatment - control */
  difference: number | null;
  /** of the difference */
  standardError: number | null;
  /** difference by control */
  lift: number | null;
  /** of the interval of the difference at one planned look */
  low: number | null;
  /** of the same */
  high: number | null;
  /** at one planned look */
  pValue: number | null;
  /** of the interval of the difference that holds at every look */
  sequentialLow: number | null;
  /** of the same */
  sequentialHigh: number | null;
  /** valid at every look */
  sequentialPValue: number | null;
  /** the sequential one, corrected for the number of treatments and metrics of the role */
  correctedPValue: number | null;
  /** how much better the treatment is, by the direction of the metric */
  improvement: number | null;
  /** of its interval, which holds at every look */
  improvementLow: number | null;
  /** of the same */
  improvementHigh: number | null;
  /** that the treatment is better (Bayesian) */
  winProbability: number | null;
  /** what is lost on average by choosing the treatment */
  lossOfTreatment: number | null;
  /** what is lost on average by keeping the control */
  lossOfControl: number | null;
  /** of a guardrail: how much worse is tolerated */
  margin: number;
  /** share of the variance that the past of the units explained (CUPED) */
  varianceReduction: number | null;
}

/** The arms of an experiment were compared. */
export interface ExperimentAnalysed {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** name of the model */
  model: string;
  /** of the experiment; 1 is the first */
  review: number;
  /** of the measurement that has the counts */
  measurementId: string;
  /** PROMOTE, KEEP or INCONCLUSIVE */
  verdict: string;
  /** arm to promote; null unless the verdict is PROMOTE */
  winner: string | null;
  /** why the verdict is what it is */
  reasons: readonly ExperimentAnalysedReason[];
  /** chi-square of the split; null without any unit */
  sampleRatioStatistic: number | null;
  /** of the split; null without any unit */
  sampleRatioPValue: number | null;
  /** whether the split is not the one that was asked for, so that nothing is read */
  isSampleRatioMismatch: boolean;
  /** of each arm, control first */
  counts: readonly ExperimentAnalysedCount[];
  /** each metric in each treatment beside the control */
  comparisons: readonly ExperimentAnalysedComparison[];
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks for a last analysis, and for the experiment to end with its verdict. */
export interface ExperimentConcludeRequested {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** An experiment ended with a verdict: it gets no traffic any more. */
export interface ExperimentConcluded {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** name of the model */
  model: string;
  /** PROMOTE, KEEP or INCONCLUSIVE */
  verdict: string;
  /** arm to promote; null unless the verdict is PROMOTE */
  winner: string | null;
  /** of the winner */
  version: string | null;
  /** of the analysis that it was decided on */
  review: number;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks for an arm of a concluded experiment to be deployed. */
export interface ExperimentPromoteRequested {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** to deploy; null: the one that won */
  arm: string | null;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** An arm of an experiment is to be deployed, as the policy of the model says. */
export interface ExperimentPromoted {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** name of the model */
  model: string;
  /** name of the arm */
  arm: string;
  /** of the arm */
  version: string;
  /** of the deployment that was asked for */
  deploymentId: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A request about an experiment is refused. */
export interface ExperimentRefused {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** name of the model; null where there is no such experiment */
  model: string | null;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A version, and its part of the traffic of the experiment. */
export interface ExperimentRequestedArm {
  /** of the arm; predictions have it as their variant */
  name: string;
  /** version that answers */
  version: string;
  /** per cent of the traffic that takes part; those of all arms sum to 100 */
  share: number;
}

/** An attribute of requests. */
export interface ExperimentRequestedAttribute {
  /** of the attribute */
  name: string;
  /** one of which a request has */
  values: readonly string[];
}

/** Who takes part: a request with one of the keys, or with one of the values of each attribute; all requests where both are empty. */
export interface ExperimentRequestedAudience {
  /** routing keys */
  keys: readonly string[];
  /** attributes of requests */
  attributes: readonly ExperimentRequestedAttribute[];
}

/** What is compared. */
export interface ExperimentRequestedMetric {
  /** accuracy, macroF1, mae, errorRate, confidence, latency, p95Latency, latencyRank; adjustedAccuracy, adjustedConfidence, adjustedLatency */
  metric: string;
  /** primary, guardrail or secondary */
  role: string;
  /** higher or lower; null: as it is usual for the metric */
  better: string | null;
  /** of a guardrail: how much worse is tolerated, in the unit of the metric; null: as it is usual for the metric */
  margin: number | null;
}

/** The value of an answer. */
export interface ExperimentRequestedPairValue {
  /** the true label */
  actual: string;
  /** the label that was answered */
  predicted: string;
  /** of such an answer */
  value: number;
}

/** What each answer is worth by a metric of the user. */
export interface ExperimentRequestedOwnMetric {
  /** custom.NAME, as it is compared */
  metric: string;
  /** of pairs that are not in values */
  otherwise: number;
  /** by pair of labels */
  values: readonly ExperimentRequestedPairValue[];
}

/** Someone asks for versions of a model to be compared on a part of its traffic. */
export interface ExperimentRequested {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** name of the model */
  model: string;
  /** the first is the control: the version in production */
  arms: readonly ExperimentRequestedArm[];
  /** per cent of the routing keys of the audience that take part */
  traffic: number;
  /** who takes part */
  audience: ExperimentRequestedAudience;
  /** primary ones decide, guardrails must not get worse, secondary ones are for reading */
  metrics: readonly ExperimentRequestedMetric[];
  /** metrics of the user among those that are compared */
  ownMetrics: readonly ExperimentRequestedOwnMetric[];
  /** attributes of requests by whose values the primary metrics are read as well */
  segments: readonly string[];
  /** units of each arm before anything is decided; null: as the policy of the model says */
  minimumUnits: number | null;
  /** of the primary metrics, in their unit, without which nothing is promoted; null: as the policy of the model says */
  minimumImprovement: number | null;
  /** of p-values; null: as the policy of the model says */
  significance: number | null;
  /** milliseconds from one analysis to the next; null: as the policy of the model says */
  analyseEvery: number | null;
  /** milliseconds after which it is concluded in any case; null: as the policy of the model says */
  maximumDuration: number | null;
  /** whether a treatment that wins is deployed without being asked for; null: as the policy of the model says */
  promotes: boolean | null;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** The time has come to analyse an experiment. */
export interface ExperimentReviewDue {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** name of the model */
  model: string;
  /** of the experiment; 1 is the first */
  review: number;
  /** whether the experiment ends with it */
  concludes: boolean;
  /** why it ends, where someone asked for it */
  reason: string | null;
  /** who asked for it, where someone did */
  requestedBy: string | null;
  /** when it came due */
  dueAt: number;
}

/** A version, and its part of the traffic of the experiment. */
export interface ExperimentStartedArm {
  /** of the arm; predictions have it as their variant */
  name: string;
  /** version that answers */
  version: string;
  /** per cent of the traffic that takes part; those of all arms sum to 100 */
  share: number;
}

/** Of a version. */
export interface ExperimentStartedPackage {
  /** of the package */
  version: string;
  /** of the version */
  package: string;
}

/** An attribute of requests. */
export interface ExperimentStartedAttribute {
  /** of the attribute */
  name: string;
  /** one of which a request has */
  values: readonly string[];
}

/** Who takes part: a request with one of the keys, or with one of the values of each attribute; all requests where both are empty. */
export interface ExperimentStartedAudience {
  /** routing keys */
  keys: readonly string[];
  /** attributes of requests */
  attributes: readonly ExperimentStartedAttribute[];
}

/** What is compared. */
export interface ExperimentStartedMetric {
  /** accuracy, macroF1, mae, errorRate, confidence, latency, p95Latency, latencyRank; adjustedAccuracy, adjustedConfidence, adjustedLatency */
  metric: string;
  /** primary, guardrail or secondary */
  role: string;
  /** higher or lower; null: as it is usual for the metric */
  better: string | null;
  /** of a guardrail: how much worse is tolerated, in the unit of the metric; null: as it is usual for the metric */
  margin: number | null;
}

/** The value of an answer. */
export interface ExperimentStartedPairValue {
  /** the true label */
  actual: string;
  /** the label that was answered */
  predicted: string;
  /** of such an answer */
  value: number;
}

/** What each answer is worth by a metric of the user. */
export interface ExperimentStartedOwnMetric {
  /** custom.NAME, as it is compared */
  metric: string;
  /** of pairs that are not in values */
  otherwise: number;
  /** by pair of labels */
  values: readonly ExperimentStartedPairValue[];
}

/** Versions of a model are compared: predictors load them, and the routing key says which one answers. */
export interface ExperimentStarted {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** name of the model */
  model: string;
  /** the first is the control: the version in production */
  arms: readonly ExperimentStartedArm[];
  /** of the versions of the arms */
  packages: readonly ExperimentStartedPackage[];
  /** per cent of the routing keys of the audience that take part */
  traffic: number;
  /** who takes part */
  audience: ExperimentStartedAudience;
  /** primary ones decide, guardrails must not get worse, secondary ones are for reading */
  metrics: readonly ExperimentStartedMetric[];
  /** metrics of the user among those that are compared */
  ownMetrics: readonly ExperimentStartedOwnMetric[];
  /** attributes of requests by whose values the primary metrics are read as well */
  segments: readonly string[];
  /** units of each arm before anything is decided */
  minimumUnits: number;
  /** of the primary metrics, in their unit, without which nothing is promoted */
  minimumImprovement: number;
  /** of p-values */
  significance: number;
  /** milliseconds from one analysis to the next */
  analyseEvery: number;
  /** milliseconds after which it is concluded in any case */
  maximumDuration: number;
  /** whether a treatment that wins is deployed without being asked for */
  promotes: boolean;
  /** p-value of the split below which nothing is read */
  sampleRatioSignificance: number;
  /** units of two arms at which the sequential intervals are narrowest */
  tuning: number;
  /** of the primary metric, as the evaluation of the control has it; null where it has none */
  baseline: number | null;
  /** of the control, to see the least improvement with a power of 80 % at one planned look; null where that cannot be said */
  neededUnits: number | null;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks for an experiment to end without a verdict. */
export interface ExperimentStopRequested {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** An experiment ended without a verdict: it gets no traffic any more. */
export interface ExperimentStopped {
  /** name of the experiment, which no other has */
  experimentId: string;
  /** name of the model */
  model: string;
  /** STOPPED, SUPERSEDED, RETIRED or PACKAGE_INVALID */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A version that a tracking client created is a package now, and a run that is evaluated like any other. */
export interface RegisteredVersionImported {
  /** name of the registered model, and of the model */
  registeredModel: string;
  /** number of the version there, from 1 */
  modelVersion: string;
  /** run of the model that the package is reported as */
  runId: string;
  /** run that the client tracked; null: it names none */
  trackedRunId: string | null;
  /** sealed dataset whose test split measures it */
  datasetId: string;
  /** digest of the model package */
  package: string;
}

/** A version that a tracking client created for a model of ours cannot be served; for the client it stays as it is. */
export interface RegisteredVersionRefused {
  /** name of the registered model, and of the model */
  registeredModel: string;
  /** number of the version there, from 1 */
  modelVersion: string;
  /** of the error */
  code: string;
  /** what was found, what was expected, and what to do */
  reason: string;
}

/** A sample, and what the version answers to it. */
export interface LabelQueueRankedUncertain {
  /** record that the sample is made of */
  recordId: string;
  /** 0: certain, 1: as uncertain as can be */
  uncertainty: number;
  /** the answer */
  suggested: string;
  /** of the answer */
  confidence: number;
}

/** The samples that a version is least certain of: people label these next. */
export interface LabelQueueRanked {
  /** of the queue */
  queueId: string;
  /** name of the model */
  model: string;
  /** of the samples */
  task: string;
  /** that was asked */
  version: string;
  /** of that version */
  package: string;
  /** of uncertainty: entropy, margin or confidence */
  measure: string;
  /** samples that the version was asked about */
  candidates: number;
  /** of these, records without a label of their source */
  lacking: number;
  /** the most uncertain first */
  samples: readonly LabelQueueRankedUncertain[];
  /** who asked */
  requestedBy: string;
}

/** No samples are ranked. */
export interface LabelQueueRefused {
  /** of the queue */
  queueId: string;
  /** name of the model */
  model: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked */
  requestedBy: string;
}

/** Someone asks which samples a version is least certain of. */
export interface LabelQueueRequested {
  /** of the queue */
  queueId: string;
  /** name of the model */
  model: string;
  /** that is asked */
  version: string;
  /** of that version */
  package: string;
  /** of uncertainty: entropy, margin (between the two most probable classes) or confidence (of the most probable one) */
  measure: string;
  /** also samples that have a label of their source, to be looked at again */
  includesLabelled: boolean;
  /** samples that the version is asked about, chosen by the seed; those without a label first */
  candidates: number;
  /** samples of the queue */
  size: number;
  /** by which candidates are chosen where there are more */
  seed: number;
  /** who asks */
  requestedBy: string;
}

/** A dataset that is sealed from now on has another label of the sample than its source says. */
export interface LabelCorrected {
  /** of the sample */
  task: string;
  /** record that the sample is made of */
  recordId: string;
  /** the label until now */
  from: string | number;
  /** the label from now on */
  target: string | number;
  /** probability of the new label, of a model that has not learnt the sample; null: a person says so */
  confidence: number | null;
  /** dataset in which it was suspected; null: in none */
  datasetId: string | null;
  /** why */
  explanation: string;
  /** label of the source */
  original: string | number | null;
  /** who asked */
  requestedBy: string;
}

/** Someone asks for a label that seems wrong to be replaced by another one. */
export interface LabelCorrectionRequested {
  /** of the sample */
  task: string;
  /** record that the sample is made of */
  recordId: string;
  /** the label that seems wrong: refused where it is another one now */
  from: string | number;
  /** the label instead */
  target: string | number;
  /** probability of the new label, of a model that has not learnt the sample; null: a person says so */
  confidence: number | null;
  /** dataset in which it was suspected; null: in none */
  datasetId: string | null;
  /** why */
  explanation: string;
  /** who asks */
  requestedBy: string;
}

/** Someone asks for the correction of a label to be undone: the label of the source counts again. */
export interface LabelCorrectionUndoRequested {
  /** of the sample */
  task: string;
  /** record that the sample is made of */
  recordId: string;
  /** why */
  explanation: string;
  /** who asks */
  requestedBy: string;
}

/** The correction of a label no longer counts: the label of the source does. */
export interface LabelCorrectionUndone {
  /** of the sample */
  task: string;
  /** record that the sample is made of */
  recordId: string;
  /** the label until now */
  from: string | number;
  /** the label from now on: that of the source */
  target: string | number;
  /** why */
  explanation: string;
  /** who asked */
  requestedBy: string;
}

/** The label that a person gave to a sample counts from now on. */
export interface LabelRecorded {
  /** of the sample */
  task: string;
  /** record that the sample is made of */
  recordId: string;
  /** a class, a set of labels as one text, or a number */
  target: string | number;
  /** why, in the words of the annotator; may be empty */
  explanation: string;
  /** an earlier label of the same annotator no longer counts */
  replaces: boolean;
  /** label of the source; null: it has none */
  original: string | number | null;
  /** the annotator */
  requestedBy: string;
}

/** A label, a correction, or undoing one is refused: nothing has changed. */
export interface LabelRefused {
  /** of the sample */
  task: string;
  /** record that was named */
  recordId: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked */
  requestedBy: string;
}

/** A record whose label was corrected, or given by people, came again with another label. A correction of the earlier one no longer counts; labels of people do. */
export interface LabelSourceChanged {
  /** of the sample */
  task: string;
  /** record that the sample is made of */
  recordId: string;
  /** label of the source now; null: it has none any more */
  original: string | number | null;
}

/** Someone has looked at a sample and says what its label, or its number, is. */
export interface SampleLabelled {
  /** of the sample */
  task: string;
  /** record that the sample is made of */
  recordId: string;
  /** a class, a set of labels as one text, or a number */
  target: string | number;
  /** why, in the words of the annotator; may be empty */
  explanation: string;
  /** people who had labelled it when it was shown: refused where there are others now; null: not asked */
  expectedLabels: number | null;
  /** the annotator; another label of theirs replaces the earlier one */
  requestedBy: string;
}

/** Events of a partition whose rows were measured: from the first offset up to the second, exclusive. */
export interface MeasurementCompletedRange {
  /** name of the topic */
  topic: string;
  /** of the topic */
  partition: number;
  /** first offset */
  from: number;
  /** offset after the last */
  to: number;
}

/** A named query was answered over these events: asked again, it gives the same numbers. */
export interface MeasurementCompleted {
  /** of the measurement that it was decided on */
  measurementId: string;
  /** name of the model */
  model: string;
  /** name under projections/ */
  query: string;
  /** SHA-256 of its SQL */
  queryDigest: string;
  /** of the query, by name; ranges it gets as well */
  parameters: Readonly<Record<string, string>>;
  /** the events whose rows were measured */
  ranges: readonly MeasurementCompletedRange[];
  /** the answer: a JSON array of objects */
  rows: string;
}

/** A measurement has no answer. */
export interface MeasurementFailed {
  /** of the measurement that it was decided on */
  measurementId: string;
  /** name of the model */
  model: string;
  /** name under projections/ */
  query: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
}

/** Someone asks for a named query on projected rows, up to the end of the log as it is then. */
export interface MeasurementRequested {
  /** of the measurement that it was decided on */
  measurementId: string;
  /** name of the model */
  model: string;
  /** name under projections/, such as deployments/arms */
  query: string;
  /** whose rows the query reads, such as predictions */
  streams: readonly string[];
  /** of the query, by name; ranges it gets as well */
  parameters: Readonly<Record<string, string>>;
  /** who asked for it */
  requestedBy: string;
}

/** A tracking server has what an event says: exactly once for each event and server. */
export interface EventMirrored {
  /** address of the tracking server */
  server: string;
  /** of the event that was written */
  eventId: string;
  /** of the event that was written */
  eventType: string;
  /** that it is about; null: the event does not say */
  model: string | null;
  /** id of the run or search, or name of the model, that the event is of */
  aggregate: string;
  /** run of the tracking server; null: the event is of no run */
  mlflowRunId: string | null;
  /** number of the version of the registered model there; null: the event is of none */
  mlflowVersion: string | null;
}

/** A tracking server has not taken an event; it and all after it are tried again. */
export interface MirrorAttemptFailed {
  /** address of the tracking server */
  server: string;
  /** of the event that is written next */
  eventId: string;
  /** 1 is the first since something was written */
  attempt: number;
  /** what failed: TIMEOUT, HTTP_503, UNAUTHORIZED, VERSION_UNSUPPORTED, ECONNREFUSED … */
  code: string;
  /** why, and what to do, for people */
  reason: string;
  /** when it is tried again */
  retryAt: number;
}

/** Events wait to be written to a tracking server, and the time has come. */
export interface MirrorDue {
  /** address of the tracking server */
  server: string;
  /** of the event that is written next */
  eventId: string;
  /** 1 is the first since something was written */
  attempt: number;
  /** when it came due */
  dueAt: number;
}

/** A tracking server will never take an event; the next one is written. */
export interface MirrorGivenUp {
  /** address of the tracking server */
  server: string;
  /** of the event that is not written */
  eventId: string;
  /** of the event that is not written */
  eventType: string;
  /** what failed */
  code: string;
  /** why, for people */
  reason: string;
}

/** One alias. */
export interface AliasesChangedAliasChange {
  /** its name */
  alias: string;
  /** that it stands for from now on; null: it is removed */
  version: string | null;
  /** that it must stand for before, else nothing changes; empty: nothing; null: whichever */
  expected: string | null;
}

/** Aliases stand for other versions from now on. */
export interface AliasesChanged {
  /** name of the model */
  model: string;
  /** all aliases of the model: the version that each stands for */
  aliases: Readonly<Record<string, string>>;
  /** all at once */
  changes: readonly AliasesChangedAliasChange[];
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Aliases stay as they are. */
export interface AliasesRefused {
  /** name of the model */
  model: string;
  /** of the table of errors */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** One alias. */
export interface AliasesRequestedAliasChange {
  /** its name */
  alias: string;
  /** that it stands for from now on; null: it is removed */
  version: string | null;
  /** that it must stand for before, else nothing changes; empty: nothing; null: whichever */
  expected: string | null;
}

/** Someone asks for aliases to stand for other versions, all at once. */
export interface AliasesRequested {
  /** name of the model */
  model: string;
  /** all at once */
  changes: readonly AliasesRequestedAliasChange[];
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** One bound of one gate. */
export interface GatesEvaluatedGateCheck {
  /** name of the metric */
  metric: string;
  /** minimum, maximum, ofBaseline, regression, or constant: better than one constant answer */
  rule: string;
  /** measured of the version; null: it was not */
  value: number | null;
  /** >=, <= or > */
  comparison: string;
  /** that the value is compared with; null where the baseline was not measured */
  threshold: number | null;
  /** measured of the version in production, where the bound is relative to it */
  baseline: number | null;
  /** of value and threshold: fraction, nats, target, MB, ms, or empty where it is not known */
  unit: string;
  /** critical or warning */
  level: string;
  /** whether the value keeps the bound */
  passed: boolean;
  /** the same in words */
  reason: string;
}

/** A version was held against the gates of its policy. */
export interface GatesEvaluated {
  /** name of the model */
  model: string;
  /** that was evaluated */
  version: string;
  /** environment that it may go to, such as production */
  target: string;
  /** whether no critical gate failed */
  passed: boolean;
  /** that the numbers are of; null where it was never measured */
  evaluationId: string | null;
  /** version in production that it was measured beside; null: none */
  baseline: string | null;
  /** every bound, in the order of the policy */
  checks: readonly GatesEvaluatedGateCheck[];
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** The gates of a version cannot be evaluated. */
export interface GatesRefused {
  /** name of the model */
  model: string;
  /** that is asked about */
  version: string;
  /** environment that it may go to, such as production */
  target: string;
  /** of the table of errors */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks whether a version passes the gates of its policy. */
export interface GatesRequested {
  /** name of the model */
  model: string;
  /** that is asked about */
  version: string;
  /** environment that it may go to, such as production */
  target: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone declares a model, or changes how it is trained from now on. */
export interface ModelDeclared {
  model: string;
  /** hash of the file, shortened */
  version: string;
  /** what it learns */
  task: string;
  engine: string;
  /** hyperparameters of its trainings; others take the engine's defaults */
  parameters: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** of every random choice of its trainings */
  seed: number;
  /** who answers for it */
  owner: string;
  description: string;
  intendedUse: string;
  /** what it must not be used for */
  limits: string;
  licence: string;
  /** what its use may do to people, and what was done about it */
  ethics: string;
  /** what one must know to use it well */
  caveats: string;
  /** how it is kept up, and how long */
  maintenance: string;
  /** the whole YAML file */
  file: string;
  requestedBy: string;
}

/** A model is not served and not trained from now on, unless a version of it is promoted on request. */
export interface ModelRetired {
  model: string;
  /** version that was in production */
  version: string | null;
  reason: string;
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone says what kind of change the next version of a model is. */
export interface NextVersionRequested {
  /** name of the model */
  model: string;
  /** major, minor or patch */
  change: string;
  /** who asked for it */
  requestedBy: string;
}

/** Bounds of a metric, inclusive; null: none. */
export interface PolicyChangedGate {
  metric: string;
  minimum: number | null;
  maximum: number | null;
  /** fraction of the value of the version in production that it must reach */
  ofBaseline: number | null;
  /** by how much it may be worse than the version in production, in the unit of the metric */
  regression: number | null;
  /** critical: a version that fails it stays out; warning: it is only told */
  level: string;
  /** environments that it guards; empty: each */
  targets: readonly string[];
}

/** When a version replaces the one in production. */
export interface PolicyChangedPromotion {
  /** that versions are compared by; null: the primary metric of the evaluation */
  metric: string | null;
  /** higher or lower, where the file says which is better; null: as the catalogue of metrics has it */
  direction: string | null;
  /** by how much the metric must be better: a difference, or of a metric in the unit of the target a fraction */
  margin: number;
  /** the p-value of the paired test must be below it; null: no such test */
  significance: number | null;
  /** by how many standard errors the paired loss must be lower, on the test split or its recent samples; null: not asked for */
  standardErrors: number | null;
  /** whether it must be better than one constant answer */
  beatsConstant: boolean;
  gates: readonly PolicyChangedGate[];
}

/** How a promoted version gets its traffic. */
export interface PolicyChangedRollout {
  /** immediate, blue-green, canary or shadow */
  strategy: string;
  /** per cent of the traffic, stage by stage */
  stages: readonly number[];
  /** milliseconds that a stage lasts at least */
  dwell: number;
  /** predictions of each version that a stage needs */
  minimumSamples: number;
  /** true labels of each version that a stage needs */
  minimumOutcomes: number;
  /** milliseconds after which a stage without a decision fails; null: it goes on */
  maximumDwell: number | null;
  /** milliseconds between two comparisons of the versions */
  reviewEvery: number;
  /** of the error rates of candidate and production, from which a stage fails */
  errorRatio: number;
  /** by how much the error rate of the candidate must be above that of production at least to fail */
  errorFloor: number;
  /** of the p95 latencies of candidate and production, from which a stage fails */
  latencyRatio: number;
  /** PSI of the labels of candidate and production, beyond chance, from which a stage fails */
  labelDrift: number;
  /** difference of the mean confidences from which a stage fails */
  confidenceShift: number;
  /** of the candidate on true labels that arrived, from which a stage fails */
  accuracyLoss: number;
  /** probability that a candidate which is as good as production fails in a whole deployment */
  significance: number;
  /** environments in which a version must have answered before it is deployed to production, and for how many milliseconds */
  requires: Readonly<Record<string, number>>;
  /** megabytes (1024 * 1024 bytes) that its package may have */
  maximumMb: number;
  /** milliseconds that 95 % of its single predictions may take when it is warm and has no traffic */
  maximumP95Ms: number;
}

/** When drift raises an alert. */
export interface PolicyChangedDrift {
  /** predictions in a window */
  window: number;
  /** PSI from which a feature has drifted */
  psi: number;
  /** p-value below which a PSI is significant */
  significance: number;
  /** PSI of word frequencies, above what chance gives, from which the vocabulary has drifted */
  vocabulary: number;
  /** AUROC of the domain classifier from which the instances have drifted */
  auroc: number;
  /** columns, of each value of which the inputs are compared by themselves */
  slices: readonly string[];
}

/** When the metric on labelled predictions raises an alert. */
export interface PolicyChangedQuality {
  /** labelled predictions in a window */
  window: number;
  /** smallest loss against the test metric that raises an alert */
  margin: number;
  /** p-value below which a loss is significant */
  significance: number;
}

/** What triggers a training. */
export interface PolicyChangedRetraining {
  /** new samples that trigger it, as a fraction of those at the last training; null: never */
  newSamples: number | null;
  /** whether an alert about drift triggers it */
  onDrift: boolean;
  /** whether an alert about quality triggers it */
  onQuality: boolean;
  /** milliseconds since the last training that trigger it; null: never */
  maximumAge: number | null;
  /** fraction of new samples that an alert and the age need */
  minimumNewSamples: number;
  /** milliseconds after a training in which nothing triggers the next; null: none */
  coolDown: number | null;
  /** whether an alert about calibration triggers it */
  onCalibration: boolean;
  /** whether a training that is triggered uses the parameters of a search that were adopted since the model was declared */
  adoptedParameters: boolean;
}

/** How the dataset of a training is sealed. */
export interface PolicyChangedTraining {
  /** of the samples */
  trainFraction: number;
  /** of the samples; the rest is the test split */
  validationFraction: number;
  /** samples that every class needs */
  minimumPerClass: number;
  /** how samples are divided: auto (by groups where there are some, else stratified), random, stratified, grouped or time */
  split: string;
  /** people who must have labelled a sample before their label counts */
  minimumLabels: number;
  /** which label a sample has where as many people say one as another: original or excluded */
  labelTies: string;
}

/** How answers are marked, and what is kept of them. */
export interface PolicyChangedServing {
  /** confidence below which the answer of a classifier is marked as unsure */
  unsureBelow: number;
  /** whether predictions keep the instance that was asked about, which may be personal */
  keepInput: boolean;
}

/** When the version in production is rolled back by itself. */
export interface PolicyChangedGuard {
  /** milliseconds of which the predictions count */
  window: number;
  /** predictions that the window needs */
  minimumSamples: number;
  /** fraction of failed predictions above which it is rolled back; null: never for that */
  errorRate: number | null;
  /** 95th percentile of the latencies, in milliseconds, above which it is rolled back; null: never for that */
  p95Ms: number | null;
}

/** How experiments are judged, unless they say otherwise. */
export interface PolicyChangedExperiments {
  /** of p-values */
  significance: number;
  /** of the primary metrics, a difference of shares, without which nothing is promoted */
  minimumImprovement: number;
  /** units of each arm before anything is decided */
  minimumUnits: number;
  /** milliseconds from one analysis to the next */
  analyseEvery: number;
  /** milliseconds after which an experiment is concluded in any case */
  maximumDuration: number;
  /** whether a treatment that wins is deployed without being asked for */
  promotes: boolean;
}

/** People who may approve. */
export interface PolicyChangedRole {
  /** name of the role */
  role: string;
  /** who has it */
  people: readonly string[];
  /** that it takes of them */
  approvals: number;
}

/** Who must approve a version before it goes into production. */
export interface PolicyChangedReview {
  /** that it takes; 0: none, unless a role has some */
  approvals: number;
  /** who may approve; empty: everybody */
  roles: readonly PolicyChangedRole[];
  /** milliseconds that a review may take; null: no matter */
  deadline: number | null;
}

/** When contributed records are accepted. */
export interface PolicyChangedContributions {
  /** of the metric on the benchmark; a fraction of it where it is in the unit of the target */
  minimumImprovement: number;
  /** how often the baseline must give the contributed labels, as a fraction of how often it gives those of its test split */
  minimumAgreement: number;
}

/** Which packages of archived versions are kept; with neither bound all are. */
export interface PolicyChangedRetention {
  /** so many that were archived last; null: no matter */
  keepLast: number | null;
  /** milliseconds since they were archived; null: no matter */
  keepFor: number | null;
}

/** What raises an alert of one kind. */
export interface PolicyChangedMonitor {
  /** name of the monitor, such as errorRate */
  kind: string;
  /** beyond which an alert is raised */
  limit: number;
  /** within which it is resolved; null: 0.8 of the limit */
  clear: number | null;
  /** p-value below which a value beyond the limit is no chance; null: each counts */
  significance: number | null;
  /** milliseconds of which observations count */
  window: number;
  /** observations that the window needs */
  minimumSamples: number;
  /** milliseconds from one look to the next, at least */
  every: number;
  /** looks in a row beyond the limit that raise an alert */
  raiseAfter: number;
  /** looks in a row that resolve it */
  clearAfter: number;
  /** warning or critical */
  severity: string;
  /** of the kind alone */
  options: Readonly<Record<string, string>>;
}

/** Someone changes the policy of a model: what is decided about it from now on follows this one. Its version is the number of such events of the model so far. */
export interface PolicyChanged {
  model: string;
  promotion: PolicyChangedPromotion;
  rollout: PolicyChangedRollout;
  drift: PolicyChangedDrift;
  quality: PolicyChangedQuality;
  retraining: PolicyChangedRetraining;
  training: PolicyChangedTraining;
  /** how answers are marked, and what is kept of them */
  serving: PolicyChangedServing;
  /** when the version in production is rolled back by itself */
  guard: PolicyChangedGuard;
  /** how experiments are judged, unless they say otherwise */
  experiments: PolicyChangedExperiments;
  /** who must approve a version before it goes into production */
  review: PolicyChangedReview;
  /** when contributed records are accepted */
  contributions: PolicyChangedContributions;
  /** which packages of archived versions are kept */
  retention: PolicyChangedRetention;
  /** what raises alerts, besides drift and quality; null: the default */
  monitors: readonly PolicyChangedMonitor[] | null;
  /** the whole YAML file */
  file: string;
  requestedBy: string;
}

/** A version stays out of production. */
export interface PromotionRefused {
  model: string;
  version: string;
  runId: string | null;
  code: string;
  reason: string;
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks for a version to go into production. */
export interface PromotionRequested {
  model: string;
  version: string;
  reason: string;
  requestedBy: string;
  /** version that must be in production, else it is refused; null: whichever is */
  expected: string | null;
  /** whether it is promoted though it fails gates */
  force: boolean;
}

/** A model is not retired. */
export interface RetirementRefused {
  model: string;
  code: string;
  reason: string;
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks for a model to be retired. */
export interface RetirementRequested {
  model: string;
  reason: string;
  requestedBy: string;
}

/** A review has ended. */
export interface ReviewConcluded {
  /** name of the model */
  model: string;
  /** that is reviewed */
  version: string;
  /** of the review */
  reviewId: string;
  /** approved or changes_requested */
  outcome: string;
  /** who decided it, for people */
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone says what they think of a version under review. */
export interface ReviewGiven {
  /** name of the model */
  model: string;
  /** of the review */
  reviewId: string;
  /** approved, changes_requested or comment */
  outcome: string;
  /** why, for people */
  comment: string;
  /** who asked for it */
  requestedBy: string;
}

/** People are asked to review a version. */
export interface ReviewOpened {
  /** name of the model */
  model: string;
  /** that is reviewed */
  version: string;
  /** of the review */
  reviewId: string;
  /** who is asked; empty: everybody */
  reviewers: readonly string[];
  /** until when; null: no matter */
  deadline: number | null;
  /** what to look at */
  notes: string;
  /** that it takes at least */
  approvals: number;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** The deadline of a review passed while it was open. */
export interface ReviewOverdue {
  /** name of the model */
  model: string;
  /** that is reviewed */
  version: string;
  /** of the review */
  reviewId: string;
  /** approvals that are missing, for people */
  missing: string;
  /** when it came due */
  dueAt: number;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone approved a version, requested changes, or commented. */
export interface ReviewRecorded {
  /** name of the model */
  model: string;
  /** that is reviewed */
  version: string;
  /** of the review */
  reviewId: string;
  /** approved, changes_requested or comment */
  outcome: string;
  /** why, for people */
  comment: string;
  /** that the person has by the policy */
  roles: readonly string[];
  /** so far, this one included */
  approvals: number;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A review is not opened, or what someone said of a version does not count. */
export interface ReviewRefused {
  /** name of the model */
  model: string;
  /** that was to be reviewed; null: not known */
  version: string | null;
  /** of the review */
  reviewId: string;
  /** of the table of errors */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks people to review a version before it goes into production. */
export interface ReviewRequested {
  /** name of the model */
  model: string;
  /** that is reviewed */
  version: string;
  /** of the review */
  reviewId: string;
  /** who is asked; empty: everybody */
  reviewers: readonly string[];
  /** until when; null: no matter */
  deadline: number | null;
  /** what to look at */
  notes: string;
  /** who asked for it */
  requestedBy: string;
}

/** A rollback that named no version was asked for while a version was being deployed: the deployment ends, and production stays as it is. */
export interface RollbackEndedDeployment {
  /** name of the model */
  model: string;
  /** of the deployment that ends */
  deploymentId: string;
  /** version in production, before and after; null where none is */
  version: string | null;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone asks for the version before to come back. */
export interface RollbackRequested {
  model: string;
  /** version that comes back; null: the one before */
  to: string | null;
  /** version that must be in production, else it is refused; null: whichever is */
  from: string | null;
  reason: string;
  requestedBy: string;
}

/** A version may go into production: it is deployed as the policy of the model says, and promoted when it has all the traffic. */
export interface VersionApproved {
  /** name of the model */
  model: string;
  /** version that is deployed */
  version: string;
  /** that made it */
  runId: string;
  /** of the version */
  package: string;
  /** that it was approved on */
  evaluationId: string;
  /** of the deployment */
  deploymentId: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A version has left, or will never reach, production. */
export interface VersionArchived {
  model: string;
  version: string;
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** The policy keeps the package of an archived version no longer: its artifacts are deleted, but for the files that other packages have too. What was measured and decided of the version stays. */
export interface VersionExpired {
  /** name of the model */
  model: string;
  /** that cannot come back to production */
  version: string;
  /** digest of its package */
  package: string;
  /** when it left, or was refused, milliseconds since the epoch */
  archivedAt: number;
  /** for people */
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A version is in production from now on. */
export interface VersionPromoted {
  model: string;
  version: string;
  /** version it replaced */
  previous: string | null;
  package: string;
  runId: string;
  datasetId: string;
  evaluationId: string;
  reason: string;
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A trained and evaluated package has a version number. */
export interface VersionRegistered {
  model: string;
  /** semantic version, v1.0.0 */
  version: string;
  runId: string;
  package: string;
  modelHash: string;
  datasetId: string;
  evaluationId: string;
  /** of the evaluation, by name */
  metrics: Readonly<Record<string, number>>;
  /** name of the one that versions are compared by */
  primaryMetric: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** An earlier version is in production again. */
export interface VersionRolledBack {
  model: string;
  /** version now in production */
  version: string;
  /** version taken out */
  from: string;
  package: string;
  runId: string;
  datasetId: string;
  evaluationId: string;
  reason: string;
  requestedBy: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** Someone gives tags to a version, or removes them. */
export interface VersionTagged {
  /** name of the model */
  model: string;
  /** that gets them */
  version: string;
  /** by name; an empty text removes one */
  tags: Readonly<Record<string, string>>;
  /** who asked for it */
  requestedBy: string;
}

/** A channel has not taken a notification; it is tried again. */
export interface NotificationAttemptFailed {
  /** <id of the event>/<channel> */
  notificationId: string;
  /** name of the channel */
  channel: string;
  /** of the event that it is about */
  eventId: string;
  /** 1 is the first */
  attempt: number;
  /** what failed: TIMEOUT, REDIRECTED, HTTP_503, SMTP_421, ECONNREFUSED … */
  code: string;
  /** why, for people; no address is in it */
  reason: string;
  /** when it is tried again */
  retryAt: number;
}

/** A notification is given up. */
export interface NotificationFailed {
  /** <id of the event>/<channel> */
  notificationId: string;
  /** name of the channel */
  channel: string;
  /** of the event that it is about */
  eventId: string;
  /** the last one; 0 where none was made */
  attempt: number;
  /** what failed */
  code: string;
  /** why, for people; no address is in it */
  reason: string;
}

/** A channel is told of an event. */
export interface NotificationPlanned {
  /** <id of the event>/<channel>; of dead letters dead-letters/<service>/<channel>/<hour> */
  notificationId: string;
  /** name of the channel */
  channel: string;
  /** of the channel: slack, teams, email or webhook */
  kind: string;
  /** of the event that it is about; of a dead letter that has none the id of the dead letter */
  eventId: string;
  /** of the event that it is about; DeadLetters where a service could not process one */
  eventType: string;
  /** that it is about */
  model: string | null;
  /** info, warning or critical */
  severity: string;
  /** of the message */
  title: string;
  /** of the message */
  text: string;
  /** where to look */
  link: string | null;
}

/** The time has come to try a notification again. */
export interface NotificationRetryDue {
  /** <id of the event>/<channel> */
  notificationId: string;
  /** 1 is the first */
  attempt: number;
  /** when it came due */
  dueAt: number;
}

/** A channel has taken a notification: exactly once for each event and channel. */
export interface NotificationSent {
  /** <id of the event>/<channel> */
  notificationId: string;
  /** name of the channel */
  channel: string;
  /** of the event that it is about */
  eventId: string;
  /** that succeeded; 1 is the first */
  attempt: number;
}

/** Someone asks for a message to a channel, to see whether it arrives. */
export interface NotificationTestRequested {
  /** <id of the test>/<channel> */
  notificationId: string;
  /** name of the channel */
  channel: string;
  /** who asked for it */
  requestedBy: string;
}

/** The true label or number of an earlier prediction became known. */
export interface OutcomeReported {
  requestId: string;
  /** the true class; null where the target is a number */
  label: string | null;
  /** the true number; null where the target is a class */
  value: number | null;
  reportedAt: number;
  /** who says so */
  source: string;
}

/** A prediction could not be answered. */
export interface PredictionFailed {
  /** of the prediction that was answered */
  requestId: string;
  instanceId: string | null;
  /** name of the model */
  model: string;
  /** that was to answer */
  version: string | null;
  /** of a deployment candidate or production, of an experiment the name of the arm; null outside both */
  variant: string | null;
  /** of the deployment that was running; null outside one */
  deploymentId: string | null;
  /** of that deployment */
  stage: number | null;
  /** how it was asked for: predict (POST /v1/predict) or infer (Open Inference Protocol) */
  route: string;
  /** of the experiment that the request takes part in; null outside one */
  experimentId: string | null;
  /** hash of the routing key that the client gave; null when it gave none */
  unit: string | null;
  /** of the request, those that the experiment reads its metrics by */
  attributes: Readonly<Record<string, string>>;
  /** of the predictor that answered */
  environment: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
}

/** A prediction was answered. */
export interface PredictionServed {
  requestId: string;
  /** the client's own id of the instance */
  instanceId: string | null;
  model: string;
  version: string;
  /** the most probable class; null where the answer is a number */
  label: string | null;
  /** the predicted number; null where the answer is a class */
  value: number | null;
  /** the probability of the label; null where the answer is a number */
  confidence: number | null;
  /** instances of the same request */
  batch: number;
  /** from request parsed to answer ready */
  latencyMs: number;
  /** the probability of each class; empty where the answer is a number */
  scores: Readonly<Record<string, number>>;
  /** what is monitored of the instance, by name; what is missing is left out */
  features: Readonly<Record<string, number | string>>;
  /** of a deployment candidate or production, of an experiment the name of the arm; null outside both */
  variant: string | null;
  /** of the deployment that was running; null outside one */
  deploymentId: string | null;
  /** of that deployment */
  stage: number | null;
  /** of the experiment that the request takes part in; null outside one */
  experimentId: string | null;
  /** hash of the routing key that the client gave; null when it gave none */
  unit: string | null;
  /** of the request, those that the experiment reads its metrics by */
  attributes: Readonly<Record<string, string>>;
  /** of the predictor that answered */
  environment: string;
  /** version that was to answer and could not, so that this one did */
  failedVersion: string | null;
  /** why it could not */
  failureCode: string | null;
  /** how it was asked for: predict (POST /v1/predict) or infer (Open Inference Protocol) */
  route: string;
  /** SHA-256 of the canonical input, in hexadecimal: the JSON of the instance, its fields in the order of their names, without what is missing */
  inputHash: string | null;
  /** the canonical input, where the policy of the model keeps it (serving.keepInput) and it has at most 100,000 characters */
  input: string | null;
  /** when the instance arose, by the client; else when it was served */
  instant: number;
}

/** A shadow version predicted a request that another version answered. Its prediction is not returned to the client. */
export interface ShadowPredicted {
  /** of this prediction */
  shadowId: string;
  /** of the prediction that was answered */
  requestId: string;
  /** name of the model */
  model: string;
  /** version that is deployed */
  version: string;
  /** of the deployment */
  deploymentId: string;
  /** of the deployment; 1 is the first */
  stage: number;
  /** that it would have answered */
  label: string | null;
  /** the number that it would have answered */
  value: number | null;
  /** the probability of the label */
  confidence: number | null;
  /** of its prediction */
  latencyMs: number;
  /** version that answered */
  answeredVersion: string;
  /** label that was answered */
  answeredLabel: string | null;
  /** number that was answered */
  answeredValue: number | null;
  /** of the answer */
  answeredLatencyMs: number;
  /** why it has no answer; null when it has one */
  code: string | null;
  /** why, for people */
  reason: string | null;
}

/** A record of a source, as it came. */
export interface RecordIngested {
  task: string;
  /** names it within its task */
  recordId: string;
  /** when the record was: ISO 8601, a day or an instant; null for a task without time */
  time: string | null;
  /** of its collection; the source of a submitted record */
  collectionId: string;
  /** line of the source, from 1; 0 of a submitted record */
  line: number;
  /** version of the task that read it */
  taskVersion: string;
  /** what the source said of it, by column; empty cells are left out */
  fields: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** A line of a source holds no record of the task. */
export interface RecordRejected {
  task: string;
  /** its id when readable, else <source>#<line> */
  recordId: string;
  collectionId: string;
  /** line of the source, from 1; 0 of a submitted record */
  line: number;
  code: string;
  reason: string;
}

/** A service of somebody else gives a record, without a collection: the collector takes or rejects it. */
export interface RecordSubmitted {
  /** what it is a record of */
  task: string;
  /** names it within its task: what the task reads as its id */
  recordId: string;
  /** who gives it: stands in the place of a collection in the record */
  source: string;
  /** what the source says of it, by column; empty cells are left out */
  fields: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** A report is not written. */
export interface ReportRefused {
  /** of the report; of a schedule: its name and the due time */
  reportId: string;
  /** that it is about */
  model: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone asks for a report on a model. */
export interface ReportRequested {
  /** of the report; of a schedule: its name and the due time */
  reportId: string;
  /** that it is about */
  model: string;
  /** of the report: drift */
  kind: string;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** A report is written, as a page and as data. */
export interface ReportWritten {
  /** of the report; of a schedule: its name and the due time */
  reportId: string;
  /** that it is about */
  model: string;
  /** of the report: drift */
  kind: string;
  /** windows of predictions that it covers, the newest is the last */
  windows: number;
  /** features that drifted in the newest window */
  drifted: readonly string[];
  /** artifact digest of the report as a page of HTML, which loads nothing */
  page: string;
  /** artifact digest of the same as JSON */
  data: string;
  /** who asked for it */
  requestedBy: string;
}

/** Memory ran out: the run goes on with fewer samples at a time. */
export interface BatchReduced {
  /** of the run */
  runId: string;
  /** in which it happened, from 1 */
  epoch: number;
  /** samples at a time before */
  from: number;
  /** samples at a time from then on */
  to: number;
  /** for people */
  reason: string;
}

/** A run needs a checkpoint no longer: it is neither one of the newest two of a run that goes on nor of one of the best epochs, and its artifact is deleted. */
export interface CheckpointDeleted {
  /** of the run */
  runId: string;
  /** the last one in the checkpoint */
  epoch: number;
  /** digest of the artifact that was deleted */
  checkpoint: string;
}

/** A training saved its state: after a crash it resumes from here. */
export interface CheckpointSaved {
  runId: string;
  /** the last one in the checkpoint */
  epoch: number;
  /** digest of the checkpoint artifact, opaque to all but the engine */
  checkpoint: string;
}

/** Estimated from the wall time and the settings of the trainer; nothing is measured. */
export interface EpochCompletedEnergyEstimate {
  /** power that the machine is taken to need */
  watts: number;
  /** that power by the time of the epoch */
  wattHours: number;
  /** carbon dioxide of a kilowatt hour; null: not set */
  gramsPerKwh: number | null;
  /** null without gramsPerKwh */
  co2Grams: number | null;
}

/** A pass over the training data is done. */
export interface EpochCompleted {
  runId: string;
  /** from 1 */
  epoch: number;
  trainLoss: number;
  /** metrics on the validation split, by name */
  validation: Readonly<Record<string, number>>;
  /** wall time of the epoch */
  seconds: number;
  /** of its last step; null: the engine has none */
  learningRate: number | null;
  /** mean over its steps, before they were clipped; null: the engine has none */
  gradientNorm: number | null;
  /** samples of the training split; null: not counted */
  samplesPerSecond: number | null;
  /** of one core, by the training process */
  cpuPercent: number | null;
  /** memory of the training process at its end */
  rssBytes: number | null;
  /** what computed it, such as wasm or cuda; null: the engine has no choice */
  device: string | null;
  /** memory of a device of its own at its end; null: there is none */
  deviceBytes: number | null;
  /** null: the trainer has no power figure */
  energy: EpochCompletedEnergyEstimate | null;
}

/** The package of a trial is needed no longer: neither a version, nor an evaluation, nor another run has it. Its artifacts are deleted, but for the files that other packages have too. */
export interface PackageDeleted {
  /** of the run */
  runId: string;
  /** digest of the model package (its SHA256SUMS) */
  package: string;
  /** for people */
  reason: string;
  /** event id of the request */
  requestId: string;
}

/** The package of a run stays: it is needed, or there is none. */
export interface PackageDeletionRefused {
  /** of the run */
  runId: string;
  /** NOT_FOUND, CONFLICT or ARTIFACT_MISSING */
  code: string;
  /** for people: who needs it */
  reason: string;
}

/** Someone asks for the package of a trial to be deleted. */
export interface PackageDeletionRequested {
  /** of the trial, or of a fold of it */
  runId: string;
  /** for people */
  reason: string;
  /** who asks */
  requestedBy: string;
}

/** A run is not stopped: there is none of that id, or it has ended. A run stays as it is. */
export interface RunCancelRefused {
  runId: string;
  code: string;
  reason: string;
}

/** Someone asks for a run that has not ended to be stopped. */
export interface RunCancelRequested {
  runId: string;
  reason: string;
  requestedBy: string;
}

/** A run was stopped on request: it ends without a model. */
export interface RunCancelled {
  runId: string;
  model: string;
  /** event id of the request that it was stopped for */
  requestId: string;
  /** of the request */
  reason: string;
  requestedBy: string;
}

/** A reported run is not taken: nothing follows from it, and a run of the same id stays as it is. */
export interface RunRefused {
  runId: string;
  model: string;
  code: string;
  reason: string;
}

/** A trainer outside of epochlog reports a run that has ended, with a package or with a failure. */
export interface RunReported {
  runId: string;
  model: string;
  /** sealed dataset whose test split measures the package */
  datasetId: string;
  /** content hash of that dataset if it was trained on its training split; null: it was trained on other data */
  contentHash: string | null;
  /** for people */
  trainedOn: string;
  /** what trained it, such as scikit-learn */
  trainer: string;
  /** versions by name */
  libraries: Readonly<Record<string, string>>;
  /** hyperparameters by name */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** as the trainer measured them, by name */
  metrics: Readonly<Record<string, number>>;
  /** digest of the model package, stored before; null when the run failed */
  package: string | null;
  /** why there is no package */
  failure: string | null;
  /** ISO 8601 */
  startedAt: string | null;
  /** ISO 8601 */
  endedAt: string | null;
  reason: string;
  requestedBy: string;
  /** what the version is: major, minor or patch; null: what has changed says it */
  change: string | null;
}

/** A tag. */
export interface RunTaggedRunTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** Someone sets or removes tags of a training run. Those of a run that a tracking client logged are TrackedValuesLogged. */
export interface RunTagged {
  runId: string;
  /** set from now on */
  tags: readonly RunTaggedRunTag[];
  /** names of tags that are removed */
  removedTags: readonly string[];
  requestedBy: string;
}

/** A run ended with a model package. */
export interface TrainingCompleted {
  runId: string;
  model: string;
  datasetId: string;
  /** digest of the model package (its SHA256SUMS) */
  package: string;
  /** SHA-256 of model.onnx */
  modelHash: string;
  /** on the validation split after the best epoch, by name */
  metrics: Readonly<Record<string, number>>;
  /** name of the one that versions are compared by */
  primaryMetric: string;
  epochs: number;
  bestEpoch: number;
  stoppedEarly: boolean;
  seconds: number;
  /** search that the run is a trial of; null: of none */
  searchId: string | null;
  /** run that this one repeats, to see whether the package is the same; it is not evaluated; null: none */
  reproduces: string | null;
  /** samples that were made of those of the training split, by method; none without augmentation */
  augmented: Readonly<Record<string, number>>;
}

/** A run ended without a model. */
export interface TrainingFailed {
  runId: string;
  model: string;
  code: string;
  reason: string;
}

/** The trainer was stopped in the middle of a run: the run goes on where a trainer runs again. */
export interface TrainingInterrupted {
  /** of the run */
  runId: string;
  /** name of the model */
  model: string;
  /** last one in the log; 0: none */
  epoch: number;
  /** digest of the newest checkpoint; null: there is none, and the training begins anew */
  checkpoint: string | null;
  /** for people */
  reason: string;
}

export interface TrainingRequestedFold {
  /** from 1 */
  number: number;
  /** folds in all */
  of: number;
  /** hash: by the hash of the id or the group, and validated on; random, stratified, grouped or time: as in CrossValidationRequested, and left out of the training altogether */
  foldKind: string;
  /** of grouped folds: the field whose values stay together, or group */
  column: string | null;
  /** of the division */
  seed: number;
}

/** Someone asks for a model to be trained. */
export interface TrainingRequested {
  runId: string;
  model: string;
  datasetId: string;
  engine: string;
  seed: number;
  /** hyperparameters by name; those left out take the engine's defaults */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** search that the run is a trial of; null: of none */
  searchId: string | null;
  /** part of the training and the validation split that it is validated on, trained on their rest; null: the splits as they are */
  fold: TrainingRequestedFold | null;
  /** version of the model whose weights the training starts from; null: from the beginning */
  fromVersion: string | null;
  /** by what is drawn at random (split, shuffle, init, dropout, augmentation), where it does not follow from the seed */
  seeds: Readonly<Record<string, number>>;
  /** epochs between two checkpoints; null: the setting of the trainer, a time */
  checkpointEvery: number | null;
  /** checkpoints that stay when the run has ended, those of its best epochs; null: 3 */
  keepBest: number | null;
  /** run that this one repeats, to see whether the package is the same; it is not evaluated; null: none */
  reproduces: string | null;
  /** whether the result of an earlier run with the same inputs, parameters, seeds and code may stand for it; false: it is trained */
  reuse: boolean;
}

/** A run goes on that was interrupted, or whose trainer was killed. */
export interface TrainingResumed {
  /** of the run */
  runId: string;
  /** name of the model */
  model: string;
  /** last one in the log; 0: none */
  epoch: number;
  /** digest of the newest checkpoint; null: there is none, and the training begins anew */
  checkpoint: string | null;
}

/** A run was not trained: an earlier one had the same inputs, parameters, seeds and code, and its result stands for this one. */
export interface TrainingReused {
  runId: string;
  model: string;
  /** the run that was trained */
  reusedFrom: string;
  /** SHA-256 of what the result follows from, in hexadecimal */
  stepKey: string;
  /** what that run took */
  savedSeconds: number;
}

/** A run began. */
export interface TrainingStarted {
  runId: string;
  model: string;
  datasetId: string;
  engine: string;
  seed: number;
  /** all hyperparameters, defaults filled in */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** content hash of the dataset */
  contentHash: string;
  /** version of the model whose weights it started from; null: from the beginning */
  fromVersion: string | null;
  /** digest of the package of that version */
  fromPackage: string | null;
  /** by what is drawn at random (split, shuffle, init, dropout, augmentation), where it does not follow from the seed */
  seeds: Readonly<Record<string, number>>;
  /** epochs between two checkpoints; null: the setting of the trainer, a time */
  checkpointEvery: number | null;
  /** checkpoints that stay when the run has ended, those of its best epochs; null: 3 */
  keepBest: number | null;
}

/** A cleaned record may be learnt from. */
export interface SampleAccepted {
  task: string;
  recordId: string;
  /** version of the task that prepared it */
  taskVersion: string;
  /** cleaned, by field of the task's instance schema */
  instance: Readonly<Record<string, string | number | boolean | null>>;
  /** a class, or a number */
  target: string | number;
  /** classes that it also has */
  otherLabels: readonly string[];
  /** when the record was */
  time: string | null;
  /** samples of one group stay in one split */
  group: string | null;
  /** steps of cleaning that changed a text, in their order: unicode, entities, html, urls, emails, formulas, latex, spacing or symbols */
  cleaning: readonly string[];
  /** an earlier accepted sample of the record, whose content this one corrects, no longer counts */
  replaces: boolean;
  /** number of the revision of the record, from 1; null where its source does not say */
  revision: number | null;
  /** when that revision came, a day or an instant; null where its source does not say */
  revisedAt: string | null;
}

/** A record repeats another of its task and is not learnt from. */
export interface SampleDeduplicated {
  task: string;
  recordId: string;
  /** record that it repeats */
  duplicateOf: string;
  /** id, title or near */
  matchedBy: string;
  /** 1 for an exact match; of texts the Jaccard similarity of their shingles of three words */
  similarity: number;
  /** the texts are so long that only a sample of their shingles was compared */
  isEstimate: boolean;
  /** an earlier accepted sample of the record no longer counts */
  replaces: boolean;
  /** number of the revision of the record, from 1; null where its source does not say */
  revision: number | null;
  /** when that revision came, a day or an instant; null where its source does not say */
  revisedAt: string | null;
}

/** A cleaned record that could be learnt from if it had a label. */
export interface SampleRejectedUnlabelled {
  /** version of the task that prepared it */
  taskVersion: string;
  /** cleaned, by field of the task's instance schema */
  instance: Readonly<Record<string, string | number | boolean | null>>;
  /** when the record was */
  time: string | null;
  /** samples of one group stay in one split */
  group: string | null;
  /** steps of cleaning that changed a text */
  cleaning: readonly string[];
}

/** A record cannot be learnt from. */
export interface SampleRejected {
  task: string;
  recordId: string;
  /** too_short, empty_text, other_language, unknown_label, withdrawn, no_target, target_out_of_range or superseded */
  reason: string;
  detail: string;
  /** an earlier accepted sample of the record no longer counts */
  replaces: boolean;
  /** the sample that it is once a person gives it a label; null: it lacks more than that */
  unlabelled: SampleRejectedUnlabelled | null;
  /** number of the revision of the record, from 1; null where its source does not say */
  revision: number | null;
  /** when that revision came, a day or an instant; null where its source does not say */
  revisedAt: string | null;
}

/** A schedule is in force from now on, instead of the one of the same name before. */
export interface ScheduleDeclared {
  /** name of the schedule */
  schedule: string;
  /** when it is due: five fields, of minute, hour, day of the month, month and day of the week */
  cron: string;
  /** of the cron expression, such as Europe/Berlin */
  timeZone: string;
  /** what it asks for when it is due: train, drift, collect, report or label */
  action: string;
  /** what becomes of due times that passed while nothing ran: once (one for all), all (each), skip (none) */
  misfire: string;
  /** of train, drift, report and label */
  model: string | null;
  /** of collect */
  task: string | null;
  /** of collect: artifact digest of the file; null for a remote source */
  source: string | null;
  /** of collect: name of the file as the user gave it, or of a remote source */
  sourceName: string | null;
  /** of collect from a remote source: what it is asked for */
  options: Readonly<Record<string, string>>;
  /** of collect: so many days up to the due time are collected; null: all */
  days: number | null;
  /** of collect: the folder whose new files are collected, on the machine of the collector; null for one file or a remote source */
  folder: string | null;
  /** of collect: from the day before the last dataset of the task was sealed for a training */
  sinceTraining: boolean;
  /** of the schedule; 1 is the first */
  revision: number;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** A schedule came due: exactly once for each due time that its policy for misfires keeps. */
export interface ScheduleDue {
  /** name of the schedule */
  schedule: string;
  /** of the schedule */
  revision: number;
  /** when it was due; the event itself is later when nothing ran then */
  dueAt: number;
}

/** A schedule came due late, since nothing ran at its due time. */
export interface ScheduleMisfired {
  /** name of the schedule */
  schedule: string;
  /** when it was due */
  dueAt: number;
  /** by how many milliseconds it was late */
  lateMs: number;
  /** due times for which nothing is asked, at most 1000 counted */
  skipped: number;
  /** the policy that was followed: once, all or skip */
  misfire: string;
}

/** A request about a schedule is refused; or one that came due asks for nothing, since what it is about is not there. */
export interface ScheduleRefused {
  /** name of the schedule */
  schedule: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone asks for a schedule to end. */
export interface ScheduleRemovalRequested {
  /** name of the schedule */
  schedule: string;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** A schedule has ended. */
export interface ScheduleRemoved {
  /** name of the schedule */
  schedule: string;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone asks for something to be done at certain times, or changes that. */
export interface ScheduleRequested {
  /** name of the schedule */
  schedule: string;
  /** when it is due: five fields, of minute, hour, day of the month, month and day of the week */
  cron: string;
  /** of the cron expression, such as Europe/Berlin */
  timeZone: string;
  /** what it asks for when it is due: train, drift, collect, report or label */
  action: string;
  /** what becomes of due times that passed while nothing ran: once (one for all), all (each), skip (none) */
  misfire: string;
  /** of train, drift, report and label */
  model: string | null;
  /** of collect */
  task: string | null;
  /** of collect: artifact digest of the file; null for a remote source */
  source: string | null;
  /** of collect: name of the file as the user gave it, or of a remote source */
  sourceName: string | null;
  /** of collect from a remote source: what it is asked for */
  options: Readonly<Record<string, string>>;
  /** of collect: so many days up to the due time are collected; null: all */
  days: number | null;
  /** of collect: the folder whose new files are collected, on the machine of the collector; null for one file or a remote source */
  folder: string | null;
  /** of collect: from the day before the last dataset of the task was sealed for a training */
  sinceTraining: boolean;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** The hyperparameters in use stay. */
export interface AdoptionRefused {
  /** of the search */
  searchId: string;
  /** of the error */
  code: string;
  /** for people */
  reason: string;
}

/** Someone asks for the best hyperparameters of a search to be those of the model from now on, if they are better on the test split. */
export interface AdoptionRequested {
  /** of the search */
  searchId: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** The best hyperparameters of a search are better than those in use on the test split: `train --use-best` and the next search take them. */
export interface ParametersAdopted {
  /** of the search */
  searchId: string;
  /** name of the model */
  model: string;
  /** that they are of */
  engine: string;
  /** of the search */
  trial: number;
  /** hyperparameters of that trial, with those that all share */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** that decided */
  metric: string;
  /** of it on the test split, with these hyperparameters */
  value: number;
  /** of it with those in use before */
  rival: number;
  /** test samples */
  samples: number;
  /** one-sided, paired: the probability of so large a gain by chance; null: not of this metric */
  pValue: number | null;
  /** the evaluation */
  evaluationId: string;
  /** for people */
  reason: string;
}

/** A search ended. */
export interface SearchCompleted {
  /** of the search */
  searchId: string;
  /** name of the model */
  model: string;
  /** trials, exhausted, time_limit, stopped or failures */
  outcome: string;
  /** for people */
  reason: string;
  /** trial with the best value; null when none has one */
  best: number | null;
  /** of the objective in that trial */
  value: number | null;
  /** hyperparameters of that trial, with those that all share; empty when there is none */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** trials with a value */
  completed: number;
  /** trials that were ended early */
  pruned: number;
  /** trials without a value */
  failed: number;
}

/** A search is not started, or not stopped. A search of the same id stays as it is. */
export interface SearchRefused {
  /** of the search */
  searchId: string;
  /** of the error */
  code: string;
  /** for people */
  reason: string;
}

/** Someone asks for the hyperparameters of a model to be searched. */
export interface SearchRequested {
  /** of the search */
  searchId: string;
  /** the search file, YAML */
  file: string;
  /** sealed dataset of the trials; null: the newest one of the model */
  datasetId: string | null;
  /** whether the model is trained with the best hyperparameters after the search */
  train: boolean;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** A search began. */
export interface SearchStarted {
  /** of the search */
  searchId: string;
  /** name of the model */
  model: string;
  /** what the model learns */
  task: string;
  /** that trains the trials */
  engine: string;
  /** that the trials are trained on */
  datasetId: string;
  /** the objective: a metric on the validation split */
  metric: string;
  /** minimize or maximize */
  direction: string;
  /** all that the search file says, as JSON, defaults filled in */
  settings: string;
  /** hyperparameters that all trials share, by name */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** of every training */
  seed: number;
  /** whether the model is trained with the best hyperparameters after the search */
  train: boolean;
  /** when its time is over; null: never */
  dueAt: number | null;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone asks for a search that is running to be stopped. */
export interface SearchStopRequested {
  /** of the search */
  searchId: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** The time of a search is over. */
export interface SearchTimeLimitReached {
  /** of the search */
  searchId: string;
  /** when it was */
  dueAt: number;
}

/** A trial ended with a value. */
export interface TrialCompleted {
  /** of the search */
  searchId: string;
  /** of the search; 1 is the first */
  trial: number;
  /** of the objective */
  value: number;
  /** on the validation split, by name */
  metrics: Readonly<Record<string, number>>;
  /** digest of the model package of its run, of several folds the last; null: of a trial before packages were named */
  package: string | null;
}

/** A trial ended without a value. The search goes on. */
export interface TrialFailed {
  /** of the search */
  searchId: string;
  /** of the search; 1 is the first */
  trial: number;
  /** of the error */
  code: string;
  /** for people */
  reason: string;
}

/** Some minutes after a search has ended: which trials keep their packages, by keep_trials of its file. The trainer is asked to delete those of the others. */
export interface TrialPackagesReleased {
  /** of the search */
  searchId: string;
  /** when it was due */
  dueAt: number;
  /** trials whose packages stay: the best, and those with the hyperparameters in use */
  kept: readonly number[];
  /** runs whose packages are not needed any more: of the other trials, and of all folds but the last of a kept one */
  released: readonly string[];
}

/** A trial is ended early: others were better at the same epoch. */
export interface TrialPruned {
  /** of the search */
  searchId: string;
  /** of the search; 1 is the first */
  trial: number;
  /** epoch of its run, or fold, from 1 */
  step: number;
  /** of the objective at that epoch */
  value: number;
}

/** A trial came to the end of an epoch, or of a fold. */
export interface TrialReported {
  /** of the search */
  searchId: string;
  /** of the search; 1 is the first */
  trial: number;
  /** epoch of its run, or fold, from 1 */
  step: number;
  /** of the objective */
  value: number;
}

/** A trial began: a run with hyperparameters of the space. */
export interface TrialStarted {
  /** of the search */
  searchId: string;
  /** name of the model */
  model: string;
  /** of the search; 1 is the first */
  trial: number;
  /** its run; of several folds the first */
  runId: string;
  /** hyperparameters that are searched, by name; those whose condition does not hold have none */
  values: Readonly<Record<string, boolean | number | string>>;
}

/** An instance of the predictor cannot serve the version of an arm of an experiment. */
export interface ArmFailed {
  /** of this report */
  servingId: string;
  /** name of the model */
  model: string;
  /** version of the arm */
  version: string;
  /** of the version */
  package: string;
  /** name of the instance of the predictor */
  instance: string;
  /** name of the experiment */
  experimentId: string;
  /** name of the arm */
  arm: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
}

/** An instance of the predictor cannot serve a version that is deployed. */
export interface CandidateFailed {
  /** of this report */
  servingId: string;
  /** name of the model */
  model: string;
  /** version that is deployed */
  version: string;
  /** of the version */
  package: string;
  /** name of the instance of the predictor */
  instance: string;
  /** of the deployment */
  deploymentId: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
}

/** An instance of the predictor has loaded a version that is deployed, and its own examples were answered as when it was exported. */
export interface CandidateReady {
  /** of this report */
  servingId: string;
  /** name of the model */
  model: string;
  /** version that is deployed */
  version: string;
  /** of the version */
  package: string;
  /** name of the instance of the predictor */
  instance: string;
  /** of the deployment */
  deploymentId: string;
  /** size of the package */
  bytes: number;
  /** of single predictions of its examples, once it was warm */
  p95Ms: number;
}

/** An instance of the predictor sees the version in production fail more often, or answer more slowly, than the policy of the model allows. */
export interface ServingDegraded {
  servingId: string;
  model: string;
  /** version in production */
  version: string;
  package: string;
  /** name of the instance of the predictor */
  instance: string;
  /** from when on its predictions were counted */
  since: number;
  /** that were asked for in that time */
  predictions: number;
  /** of them that the version or its inference could not answer */
  failures: number;
  /** of the others that took longer than the policy allows 5 % of them */
  slow: number;
}

/** An instance of the predictor no longer answers for a model, because it was retired. */
export interface ServingEnded {
  servingId: string;
  model: string;
  /** name of the instance of the predictor */
  instance: string;
  /** id of the event that retired the model */
  decisionId: string;
  /** its number among the facts of the model */
  decisionNumber: number;
}

/** An instance of the predictor cannot answer with the version in production. */
export interface ServingFailed {
  servingId: string;
  model: string;
  /** version in production */
  version: string;
  package: string;
  /** version that answers instead; null when none does */
  served: string | null;
  /** name of the instance of the predictor */
  instance: string;
  /** id of the event that put the version into production */
  decisionId: string;
  /** its number among the facts of the model */
  decisionNumber: number;
  code: string;
  reason: string;
}

/** An instance of the predictor answers with the version in production. */
export interface VersionServing {
  servingId: string;
  model: string;
  version: string;
  package: string;
  /** name of the instance of the predictor */
  instance: string;
  /** id of the event that put the version into production */
  decisionId: string;
  /** its number among the facts of the model */
  decisionNumber: number;
}

/** Someone declares a task, or changes it. */
export interface TaskDeclared {
  task: string;
  /** hash of the file, shortened */
  version: string;
  /** the whole YAML file */
  file: string;
  requestedBy: string;
}

/** A token counts from now on. */
export interface TokenCreated {
  /** of the token: 12 letters and digits, the second part of it */
  tokenId: string;
  /** who has it; events say so as the one who asks */
  name: string;
  /** what it may do: viewer, operator, approver or admin */
  role: string;
  /** when it ends; null: not by itself */
  expiresAt: number | null;
  /** of its secret part: scrypt with a salt of its own, as $scrypt$ln=15,r=8,p=1$salt$hash */
  hash: string;
  /** who asked for it */
  requestedBy: string;
}

/** A request about a token is refused. */
export interface TokenRefused {
  /** of the token: 12 letters and digits, the second part of it */
  tokenId: string;
  /** short reason, for programs */
  code: string;
  /** why, for people */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone asks for a token of the HTTP API. The token itself is in no event. */
export interface TokenRequested {
  /** of the token: 12 letters and digits, the second part of it */
  tokenId: string;
  /** who has it; events say so as the one who asks */
  name: string;
  /** what it may do: viewer, operator, approver or admin */
  role: string;
  /** when it ends; null: not by itself */
  expiresAt: number | null;
  /** of its secret part: scrypt with a salt of its own, as $scrypt$ln=15,r=8,p=1$salt$hash */
  hash: string;
  /** who asked for it */
  requestedBy: string;
}

/** Someone asks for a token to count no more. */
export interface TokenRevocationRequested {
  /** of the token: 12 letters and digits, the second part of it */
  tokenId: string;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** A token counts no more. */
export interface TokenRevoked {
  /** of the token: 12 letters and digits, the second part of it */
  tokenId: string;
  /** who has it; events say so as the one who asks */
  name: string;
  /** why */
  reason: string;
  /** who asked for it */
  requestedBy: string;
}

/** An alias of a version. */
export interface RegisteredModelChangedAlias {
  /** its name */
  alias: string;
  /** that it stands for from now on; null: it is removed */
  modelVersion: string | null;
}

/** A tag. */
export interface RegisteredModelChangedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client renames, describes or deletes a registered model, or changes its tags and aliases. */
export interface RegisteredModelChanged {
  /** name of the registered model when it was created */
  registeredModel: string;
  /** its name from now on; null: unchanged */
  name: string | null;
  /** for people; null: unchanged */
  description: string | null;
  /** active or deleted from now on; null: unchanged */
  lifecycleStage: string | null;
  /** changed */
  aliases: readonly RegisteredModelChangedAlias[];
  /** set from now on */
  tags: readonly RegisteredModelChangedTag[];
  /** names of tags that are removed */
  removedTags: readonly string[];
  /** who sent it */
  requestedBy: string;
}

/** A tag. */
export interface RegisteredModelCreatedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client creates a registered model, which has versions. */
export interface RegisteredModelCreated {
  /** key of the registered model: the name that it was created with, or that name, a slash and a number where one that was renamed since has it */
  registeredModel: string;
  /** name; null: the key */
  name: string | null;
  /** for people; null: unchanged */
  description: string | null;
  /** set from now on */
  tags: readonly RegisteredModelCreatedTag[];
  /** who sent it */
  requestedBy: string;
}

/** A tag. */
export interface RegisteredVersionChangedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client describes, stages or deletes a version of a registered model, or changes its tags. */
export interface RegisteredVersionChanged {
  /** name of the registered model when it was created */
  registeredModel: string;
  /** number of the version, from 1 */
  modelVersion: string;
  /** None, Staging, Production or Archived from now on; null: unchanged */
  stage: string | null;
  /** whether other versions of that stage are archived */
  archivesOthers: boolean;
  /** for people; null: unchanged */
  description: string | null;
  /** active or deleted from now on; null: unchanged */
  lifecycleStage: string | null;
  /** set from now on */
  tags: readonly RegisteredVersionChangedTag[];
  /** names of tags that are removed */
  removedTags: readonly string[];
  /** who sent it */
  requestedBy: string;
}

/** A tag. */
export interface RegisteredVersionCreatedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client creates a version of a registered model. */
export interface RegisteredVersionCreated {
  /** name of the registered model when it was created */
  registeredModel: string;
  /** number of the version, from 1 */
  modelVersion: string;
  /** where its files are */
  source: string;
  /** run that made it */
  runId: string | null;
  /** logged model that it is */
  modelId: string | null;
  /** where that run is shown */
  runLink: string | null;
  /** for people; null: unchanged */
  description: string | null;
  /** set from now on */
  tags: readonly RegisteredVersionCreatedTag[];
  /** who sent it */
  requestedBy: string;
}

/** A tracking client stores a file of a run or model, or removes it. */
export interface TrackedArtifactStored {
  /** the experiment and the run or model that it belongs to */
  root: string;
  /** below the root */
  path: string;
  /** of its content; null: it is removed */
  digest: string | null;
  /** its size */
  bytes: number;
  /** who sent it */
  requestedBy: string;
}

/** A tag. */
export interface TrackedExperimentChangedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client renames, deletes or restores an experiment, or changes its tags. */
export interface TrackedExperimentChanged {
  /** digits; it follows from the name that the experiment was created with */
  experimentId: string;
  /** its name from now on; null: unchanged */
  name: string | null;
  /** active or deleted from now on; null: unchanged */
  lifecycleStage: string | null;
  /** set from now on */
  tags: readonly TrackedExperimentChangedTag[];
  /** names of tags that are removed */
  removedTags: readonly string[];
  /** who sent it */
  requestedBy: string;
}

/** A tag. */
export interface TrackedExperimentCreatedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client creates an experiment, a group of runs. */
export interface TrackedExperimentCreated {
  /** digits; it follows from the name that the experiment was created with */
  experimentId: string;
  /** its name; unique */
  name: string | null;
  /** root of the artifacts of its runs */
  artifactLocation: string | null;
  /** set from now on */
  tags: readonly TrackedExperimentCreatedTag[];
  /** who sent it */
  requestedBy: string;
}

/** A tag of the use of a dataset. */
export interface TrackedInputsLoggedDatasetTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A dataset that was used. */
export interface TrackedInputsLoggedDataset {
  /** its name */
  name: string;
  /** of its content, as the client computed it */
  digest: string;
  /** kind of the source */
  sourceType: string;
  /** where it came from, JSON */
  source: string;
  /** its columns, JSON */
  schema: string | null;
  /** its size, JSON */
  profile: string | null;
  /** what it was used for */
  context: readonly TrackedInputsLoggedDatasetTag[];
}

/** A model that was made. */
export interface TrackedInputsLoggedOutput {
  /** of the logged model */
  modelId: string;
  /** of the run */
  step: number;
}

/** A tracking client logs the datasets and models that a run used, and the models that it made. */
export interface TrackedInputsLogged {
  /** 32 hexadecimal digits */
  runId: string;
  /** used by the run */
  datasets: readonly TrackedInputsLoggedDataset[];
  /** ids of logged models that it used */
  inputModels: readonly string[];
  /** made by the run */
  outputModels: readonly TrackedInputsLoggedOutput[];
  /** who sent it */
  requestedBy: string;
}

/** A parameter. */
export interface TrackedModelChangedParam {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tag. */
export interface TrackedModelChangedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client finishes or deletes a logged model, or changes its tags and parameters. */
export interface TrackedModelChanged {
  /** m- and 32 hexadecimal digits */
  modelId: string;
  /** LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED from now on; null: unchanged */
  status: string | null;
  /** active or deleted from now on; null: unchanged */
  lifecycleStage: string | null;
  /** parameters; one that is there already keeps its value */
  params: readonly TrackedModelChangedParam[];
  /** set from now on */
  tags: readonly TrackedModelChangedTag[];
  /** names of tags that are removed */
  removedTags: readonly string[];
  /** who sent it */
  requestedBy: string;
}

/** A parameter. */
export interface TrackedModelCreatedParam {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tag. */
export interface TrackedModelCreatedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client creates a logged model. */
export interface TrackedModelCreated {
  /** m- and 32 hexadecimal digits */
  modelId: string;
  /** that it belongs to */
  experimentId: string;
  /** its name */
  name: string | null;
  /** kind of the model */
  modelType: string | null;
  /** run that makes it */
  runId: string | null;
  /** parameters; one that is there already keeps its value */
  params: readonly TrackedModelCreatedParam[];
  /** set from now on */
  tags: readonly TrackedModelCreatedTag[];
  /** who sent it */
  requestedBy: string;
}

/** A tracking client ends, renames, deletes or restores a run. */
export interface TrackedRunChanged {
  /** 32 hexadecimal digits */
  runId: string;
  /** its name from now on; null: unchanged */
  name: string | null;
  /** RUNNING, SCHEDULED, FINISHED, FAILED or KILLED from now on; null: unchanged */
  status: string | null;
  /** by the clock of the client; null: unchanged */
  endedAt: number | null;
  /** active or deleted from now on; null: unchanged */
  lifecycleStage: string | null;
  /** who sent it */
  requestedBy: string;
}

/** A tag. */
export interface TrackedRunStartedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client begins a run. */
export interface TrackedRunStarted {
  /** 32 hexadecimal digits */
  runId: string;
  /** that it belongs to */
  experimentId: string;
  /** its name */
  name: string | null;
  /** who runs it, as the client says */
  userName: string;
  /** by the clock of the client */
  startedAt: number;
  /** set from now on */
  tags: readonly TrackedRunStartedTag[];
  /** who sent it */
  requestedBy: string;
}

/** A value of a metric. */
export interface TrackedValuesLoggedMetric {
  /** name of the metric */
  key: string;
  /** may be NaN or infinite */
  value: number;
  /** milliseconds since the epoch, by the client */
  timestamp: number;
  /** of the run */
  step: number;
  /** logged model that it is of */
  modelId: string | null;
  /** dataset that it was measured on */
  datasetName: string | null;
  /** what the client tells that dataset apart by */
  datasetDigest: string | null;
}

/** A parameter. */
export interface TrackedValuesLoggedParam {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tag. */
export interface TrackedValuesLoggedTag {
  /** its name */
  key: string;
  /** its text */
  value: string;
}

/** A tracking client logs metrics, parameters and tags of a run, one or a batch. */
export interface TrackedValuesLogged {
  /** 32 hexadecimal digits */
  runId: string;
  /** appended to its history; one that is there already counts once */
  metrics: readonly TrackedValuesLoggedMetric[];
  /** parameters; one that is there already keeps its value */
  params: readonly TrackedValuesLoggedParam[];
  /** set from now on */
  tags: readonly TrackedValuesLoggedTag[];
  /** names of tags that are removed */
  removedTags: readonly string[];
  /** who sent it */
  requestedBy: string;
}

/** The time has come at which the policy of a model triggers a training: its last one is too old, or the cool-down after it has ended. */
export interface RetrainingDue {
  model: string;
  dueAt: number;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A training plan ended. */
export interface TrainingPlanConcluded {
  model: string;
  planId: string;
  /** promoted, refused, registered, failed or cancelled */
  outcome: string;
  version: string | null;
  reason: string;
}

/** A request for a training plan was refused. */
export interface TrainingPlanRefused {
  model: string;
  code: string;
  reason: string;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
}

/** A user asks for a training plan: seal a dataset, train and evaluate the model on it. */
export interface TrainingPlanRequested {
  model: string;
  reason: string;
  requestedBy: string;
  /** null: the declared one */
  engine: string | null;
  /** instead of those declared, one by one */
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  /** null: the declared one */
  seed: number | null;
  /** whether the version is promoted if it is better; false: it is only registered */
  promote: boolean;
  /** version of the model whose weights the training starts from; null: from the beginning */
  fromVersion: string | null;
  /** by what is drawn at random (split, shuffle, init, dropout, augmentation), where it does not follow from the seed */
  seeds: Readonly<Record<string, number>>;
  /** epochs between two checkpoints; null: the setting of the trainer, a time */
  checkpointEvery: number | null;
  /** checkpoints that stay when the run has ended, those of its best epochs; null: 3 */
  keepBest: number | null;
  /** what the version is: major, minor or patch; null: what has changed says it */
  change: string | null;
  /** whether the result of an earlier run with the same inputs, parameters, seeds and code may stand for it; false: it is trained */
  reuse: boolean;
}

/** A training plan starts: a dataset is sealed, then a run is trained on it and evaluated. */
export interface TrainingPlanned {
  model: string;
  planId: string;
  /** requested, drift, quality, calibration, new_samples or age */
  cause: string;
  reason: string;
  /** accepted samples so far */
  samples: number;
  /** accepted samples at the plan before */
  samplesAtLast: number;
  datasetId: string;
  runId: string;
  engine: string;
  params: Readonly<Record<string, boolean | number | string | readonly (boolean | number | string)[]>>;
  seed: number;
  /** of the policy of the model that was followed; 0: the default */
  policyVersion: number;
  /** whether the version is promoted if it is better; false: it is only registered */
  promote: boolean;
  /** version of the model whose weights the training starts from; null: from the beginning */
  fromVersion: string | null;
  /** by what is drawn at random (split, shuffle, init, dropout, augmentation), where it does not follow from the seed */
  seeds: Readonly<Record<string, number>>;
  /** epochs between two checkpoints; null: the setting of the trainer, a time */
  checkpointEvery: number | null;
  /** checkpoints that stay when the run has ended, those of its best epochs; null: 3 */
  keepBest: number | null;
  /** what the version is: major, minor or patch; null: what has changed says it */
  change: string | null;
  /** whether the result of an earlier run with the same inputs, parameters, seeds and code may stand for it; false: it is trained */
  reuse: boolean;
}

/** Every event by its type. */
export interface Events {
  AlertRaised: AlertRaised;
  AlertResolved: AlertResolved;
  AlertSilenceRefused: AlertSilenceRefused;
  AlertSilenceRequested: AlertSilenceRequested;
  AlertSilenced: AlertSilenced;
  AlertUnsilenced: AlertUnsilenced;
  ConceptDriftDetected: ConceptDriftDetected;
  DriftCheckRefused: DriftCheckRefused;
  DriftCheckRequested: DriftCheckRequested;
  DriftMeasured: DriftMeasured;
  MonitorDue: MonitorDue;
  QualityMeasured: QualityMeasured;
  SilenceEnded: SilenceEnded;
  CollectionCompleted: CollectionCompleted;
  CollectionFailed: CollectionFailed;
  CollectionRequested: CollectionRequested;
  CollectionStarted: CollectionStarted;
  FolderCollectionRequested: FolderCollectionRequested;
  FolderRead: FolderRead;
  PageCollected: PageCollected;
  PageRequestDue: PageRequestDue;
  PageRequestFailed: PageRequestFailed;
  RemoteCollectionRequested: RemoteCollectionRequested;
  ContributionAccepted: ContributionAccepted;
  ContributionChecked: ContributionChecked;
  ContributionIntegrated: ContributionIntegrated;
  ContributionRefused: ContributionRefused;
  ContributionRequested: ContributionRequested;
  DeltaMeasured: DeltaMeasured;
  CrossValidationCompleted: CrossValidationCompleted;
  CrossValidationFailed: CrossValidationFailed;
  CrossValidationRefused: CrossValidationRefused;
  CrossValidationRequested: CrossValidationRequested;
  CrossValidationStarted: CrossValidationStarted;
  FoldMeasured: FoldMeasured;
  DatasetExtensionRequested: DatasetExtensionRequested;
  DatasetRefused: DatasetRefused;
  DatasetRequested: DatasetRequested;
  DatasetReused: DatasetReused;
  DatasetSealed: DatasetSealed;
  ExpectationsChecked: ExpectationsChecked;
  ReferenceSampled: ReferenceSampled;
  DeadLetterDiscardRequested: DeadLetterDiscardRequested;
  DeadLetterRedriveRequested: DeadLetterRedriveRequested;
  DeploymentAbortRequested: DeploymentAbortRequested;
  DeploymentCompleted: DeploymentCompleted;
  DeploymentRefused: DeploymentRefused;
  DeploymentRequested: DeploymentRequested;
  DeploymentRolledBack: DeploymentRolledBack;
  DeploymentStarted: DeploymentStarted;
  GuardTripped: GuardTripped;
  StageFailed: StageFailed;
  StagePassed: StagePassed;
  StageReviewDue: StageReviewDue;
  TrafficShifted: TrafficShifted;
  EvaluationCompleted: EvaluationCompleted;
  EvaluationFailed: EvaluationFailed;
  EvaluationRequested: EvaluationRequested;
  EvaluationReused: EvaluationReused;
  ExperimentAnalysed: ExperimentAnalysed;
  ExperimentConcludeRequested: ExperimentConcludeRequested;
  ExperimentConcluded: ExperimentConcluded;
  ExperimentPromoteRequested: ExperimentPromoteRequested;
  ExperimentPromoted: ExperimentPromoted;
  ExperimentRefused: ExperimentRefused;
  ExperimentRequested: ExperimentRequested;
  ExperimentReviewDue: ExperimentReviewDue;
  ExperimentStarted: ExperimentStarted;
  ExperimentStopRequested: ExperimentStopRequested;
  ExperimentStopped: ExperimentStopped;
  RegisteredVersionImported: RegisteredVersionImported;
  RegisteredVersionRefused: RegisteredVersionRefused;
  LabelQueueRanked: LabelQueueRanked;
  LabelQueueRefused: LabelQueueRefused;
  LabelQueueRequested: LabelQueueRequested;
  LabelCorrected: LabelCorrected;
  LabelCorrectionRequested: LabelCorrectionRequested;
  LabelCorrectionUndoRequested: LabelCorrectionUndoRequested;
  LabelCorrectionUndone: LabelCorrectionUndone;
  LabelRecorded: LabelRecorded;
  LabelRefused: LabelRefused;
  LabelSourceChanged: LabelSourceChanged;
  SampleLabelled: SampleLabelled;
  MeasurementCompleted: MeasurementCompleted;
  MeasurementFailed: MeasurementFailed;
  MeasurementRequested: MeasurementRequested;
  EventMirrored: EventMirrored;
  MirrorAttemptFailed: MirrorAttemptFailed;
  MirrorDue: MirrorDue;
  MirrorGivenUp: MirrorGivenUp;
  AliasesChanged: AliasesChanged;
  AliasesRefused: AliasesRefused;
  AliasesRequested: AliasesRequested;
  GatesEvaluated: GatesEvaluated;
  GatesRefused: GatesRefused;
  GatesRequested: GatesRequested;
  ModelDeclared: ModelDeclared;
  ModelRetired: ModelRetired;
  NextVersionRequested: NextVersionRequested;
  PolicyChanged: PolicyChanged;
  PromotionRefused: PromotionRefused;
  PromotionRequested: PromotionRequested;
  RetirementRefused: RetirementRefused;
  RetirementRequested: RetirementRequested;
  ReviewConcluded: ReviewConcluded;
  ReviewGiven: ReviewGiven;
  ReviewOpened: ReviewOpened;
  ReviewOverdue: ReviewOverdue;
  ReviewRecorded: ReviewRecorded;
  ReviewRefused: ReviewRefused;
  ReviewRequested: ReviewRequested;
  RollbackEndedDeployment: RollbackEndedDeployment;
  RollbackRequested: RollbackRequested;
  VersionApproved: VersionApproved;
  VersionArchived: VersionArchived;
  VersionExpired: VersionExpired;
  VersionPromoted: VersionPromoted;
  VersionRegistered: VersionRegistered;
  VersionRolledBack: VersionRolledBack;
  VersionTagged: VersionTagged;
  NotificationAttemptFailed: NotificationAttemptFailed;
  NotificationFailed: NotificationFailed;
  NotificationPlanned: NotificationPlanned;
  NotificationRetryDue: NotificationRetryDue;
  NotificationSent: NotificationSent;
  NotificationTestRequested: NotificationTestRequested;
  OutcomeReported: OutcomeReported;
  PredictionFailed: PredictionFailed;
  PredictionServed: PredictionServed;
  ShadowPredicted: ShadowPredicted;
  RecordIngested: RecordIngested;
  RecordRejected: RecordRejected;
  RecordSubmitted: RecordSubmitted;
  ReportRefused: ReportRefused;
  ReportRequested: ReportRequested;
  ReportWritten: ReportWritten;
  BatchReduced: BatchReduced;
  CheckpointDeleted: CheckpointDeleted;
  CheckpointSaved: CheckpointSaved;
  EpochCompleted: EpochCompleted;
  PackageDeleted: PackageDeleted;
  PackageDeletionRefused: PackageDeletionRefused;
  PackageDeletionRequested: PackageDeletionRequested;
  RunCancelRefused: RunCancelRefused;
  RunCancelRequested: RunCancelRequested;
  RunCancelled: RunCancelled;
  RunRefused: RunRefused;
  RunReported: RunReported;
  RunTagged: RunTagged;
  TrainingCompleted: TrainingCompleted;
  TrainingFailed: TrainingFailed;
  TrainingInterrupted: TrainingInterrupted;
  TrainingRequested: TrainingRequested;
  TrainingResumed: TrainingResumed;
  TrainingReused: TrainingReused;
  TrainingStarted: TrainingStarted;
  SampleAccepted: SampleAccepted;
  SampleDeduplicated: SampleDeduplicated;
  SampleRejected: SampleRejected;
  ScheduleDeclared: ScheduleDeclared;
  ScheduleDue: ScheduleDue;
  ScheduleMisfired: ScheduleMisfired;
  ScheduleRefused: ScheduleRefused;
  ScheduleRemovalRequested: ScheduleRemovalRequested;
  ScheduleRemoved: ScheduleRemoved;
  ScheduleRequested: ScheduleRequested;
  AdoptionRefused: AdoptionRefused;
  AdoptionRequested: AdoptionRequested;
  ParametersAdopted: ParametersAdopted;
  SearchCompleted: SearchCompleted;
  SearchRefused: SearchRefused;
  SearchRequested: SearchRequested;
  SearchStarted: SearchStarted;
  SearchStopRequested: SearchStopRequested;
  SearchTimeLimitReached: SearchTimeLimitReached;
  TrialCompleted: TrialCompleted;
  TrialFailed: TrialFailed;
  TrialPackagesReleased: TrialPackagesReleased;
  TrialPruned: TrialPruned;
  TrialReported: TrialReported;
  TrialStarted: TrialStarted;
  ArmFailed: ArmFailed;
  CandidateFailed: CandidateFailed;
  CandidateReady: CandidateReady;
  ServingDegraded: ServingDegraded;
  ServingEnded: ServingEnded;
  ServingFailed: ServingFailed;
  VersionServing: VersionServing;
  TaskDeclared: TaskDeclared;
  TokenCreated: TokenCreated;
  TokenRefused: TokenRefused;
  TokenRequested: TokenRequested;
  TokenRevocationRequested: TokenRevocationRequested;
  TokenRevoked: TokenRevoked;
  RegisteredModelChanged: RegisteredModelChanged;
  RegisteredModelCreated: RegisteredModelCreated;
  RegisteredVersionChanged: RegisteredVersionChanged;
  RegisteredVersionCreated: RegisteredVersionCreated;
  TrackedArtifactStored: TrackedArtifactStored;
  TrackedExperimentChanged: TrackedExperimentChanged;
  TrackedExperimentCreated: TrackedExperimentCreated;
  TrackedInputsLogged: TrackedInputsLogged;
  TrackedModelChanged: TrackedModelChanged;
  TrackedModelCreated: TrackedModelCreated;
  TrackedRunChanged: TrackedRunChanged;
  TrackedRunStarted: TrackedRunStarted;
  TrackedValuesLogged: TrackedValuesLogged;
  RetrainingDue: RetrainingDue;
  TrainingPlanConcluded: TrainingPlanConcluded;
  TrainingPlanRefused: TrainingPlanRefused;
  TrainingPlanRequested: TrainingPlanRequested;
  TrainingPlanned: TrainingPlanned;
}

/** Of every event: its stream, whether it is a request or a fact, and the fields that name its aggregate. */
export const EVENTS = {
  AlertRaised: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  AlertResolved: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  AlertSilenceRefused: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  AlertSilenceRequested: { stream: 'alerts', kind: 'request', key: ['monitorId'] },
  AlertSilenced: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  AlertUnsilenced: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  ConceptDriftDetected: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  DriftCheckRefused: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  DriftCheckRequested: { stream: 'alerts', kind: 'request', key: ['monitorId'] },
  DriftMeasured: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  MonitorDue: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  QualityMeasured: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  SilenceEnded: { stream: 'alerts', kind: 'fact', key: ['monitorId'] },
  CollectionCompleted: { stream: 'collections', kind: 'fact', key: ['collectionId'] },
  CollectionFailed: { stream: 'collections', kind: 'fact', key: ['collectionId'] },
  CollectionRequested: { stream: 'collections', kind: 'request', key: ['collectionId'] },
  CollectionStarted: { stream: 'collections', kind: 'fact', key: ['collectionId'] },
  FolderCollectionRequested: { stream: 'collections', kind: 'request', key: ['collectionId'] },
  FolderRead: { stream: 'collections', kind: 'fact', key: ['collectionId'] },
  PageCollected: { stream: 'collections', kind: 'fact', key: ['collectionId'] },
  PageRequestDue: { stream: 'collections', kind: 'fact', key: ['collectionId'] },
  PageRequestFailed: { stream: 'collections', kind: 'fact', key: ['collectionId'] },
  RemoteCollectionRequested: { stream: 'collections', kind: 'request', key: ['collectionId'] },
  ContributionAccepted: { stream: 'contributions', kind: 'fact', key: ['contributionId'] },
  ContributionChecked: { stream: 'contributions', kind: 'fact', key: ['contributionId'] },
  ContributionIntegrated: { stream: 'contributions', kind: 'fact', key: ['contributionId'] },
  ContributionRefused: { stream: 'contributions', kind: 'fact', key: ['contributionId'] },
  ContributionRequested: { stream: 'contributions', kind: 'request', key: ['contributionId'] },
  DeltaMeasured: { stream: 'contributions', kind: 'fact', key: ['contributionId'] },
  CrossValidationCompleted: { stream: 'crossvalidations', kind: 'fact', key: ['crossValidationId'] },
  CrossValidationFailed: { stream: 'crossvalidations', kind: 'fact', key: ['crossValidationId'] },
  CrossValidationRefused: { stream: 'crossvalidations', kind: 'fact', key: ['crossValidationId'] },
  CrossValidationRequested: { stream: 'crossvalidations', kind: 'request', key: ['crossValidationId'] },
  CrossValidationStarted: { stream: 'crossvalidations', kind: 'fact', key: ['crossValidationId'] },
  FoldMeasured: { stream: 'crossvalidations', kind: 'fact', key: ['crossValidationId'] },
  DatasetExtensionRequested: { stream: 'datasets', kind: 'request', key: ['datasetId'] },
  DatasetRefused: { stream: 'datasets', kind: 'fact', key: ['datasetId'] },
  DatasetRequested: { stream: 'datasets', kind: 'request', key: ['datasetId'] },
  DatasetReused: { stream: 'datasets', kind: 'fact', key: ['datasetId'] },
  DatasetSealed: { stream: 'datasets', kind: 'fact', key: ['datasetId'] },
  ExpectationsChecked: { stream: 'datasets', kind: 'fact', key: ['datasetId'] },
  ReferenceSampled: { stream: 'datasets', kind: 'fact', key: ['datasetId'] },
  DeadLetterDiscardRequested: { stream: 'deadletters', kind: 'request', key: ['deadLetterId'] },
  DeadLetterRedriveRequested: { stream: 'deadletters', kind: 'request', key: ['deadLetterId'] },
  DeploymentAbortRequested: { stream: 'deployments', kind: 'request', key: ['target'] },
  DeploymentCompleted: { stream: 'deployments', kind: 'fact', key: ['target'] },
  DeploymentRefused: { stream: 'deployments', kind: 'fact', key: ['target'] },
  DeploymentRequested: { stream: 'deployments', kind: 'request', key: ['target'] },
  DeploymentRolledBack: { stream: 'deployments', kind: 'fact', key: ['target'] },
  DeploymentStarted: { stream: 'deployments', kind: 'fact', key: ['target'] },
  GuardTripped: { stream: 'deployments', kind: 'fact', key: ['target'] },
  StageFailed: { stream: 'deployments', kind: 'fact', key: ['target'] },
  StagePassed: { stream: 'deployments', kind: 'fact', key: ['target'] },
  StageReviewDue: { stream: 'deployments', kind: 'fact', key: ['target'] },
  TrafficShifted: { stream: 'deployments', kind: 'fact', key: ['target'] },
  EvaluationCompleted: { stream: 'evaluations', kind: 'fact', key: ['evaluationId'] },
  EvaluationFailed: { stream: 'evaluations', kind: 'fact', key: ['evaluationId'] },
  EvaluationRequested: { stream: 'evaluations', kind: 'request', key: ['evaluationId'] },
  EvaluationReused: { stream: 'evaluations', kind: 'fact', key: ['evaluationId'] },
  ExperimentAnalysed: { stream: 'experiments', kind: 'fact', key: ['experimentId'] },
  ExperimentConcludeRequested: { stream: 'experiments', kind: 'request', key: ['experimentId'] },
  ExperimentConcluded: { stream: 'experiments', kind: 'fact', key: ['experimentId'] },
  ExperimentPromoteRequested: { stream: 'experiments', kind: 'request', key: ['experimentId'] },
  ExperimentPromoted: { stream: 'experiments', kind: 'fact', key: ['experimentId'] },
  ExperimentRefused: { stream: 'experiments', kind: 'fact', key: ['experimentId'] },
  ExperimentRequested: { stream: 'experiments', kind: 'request', key: ['experimentId'] },
  ExperimentReviewDue: { stream: 'experiments', kind: 'fact', key: ['experimentId'] },
  ExperimentStarted: { stream: 'experiments', kind: 'fact', key: ['experimentId'] },
  ExperimentStopRequested: { stream: 'experiments', kind: 'request', key: ['experimentId'] },
  ExperimentStopped: { stream: 'experiments', kind: 'fact', key: ['experimentId'] },
  RegisteredVersionImported: { stream: 'imports', kind: 'fact', key: ['registeredModel'] },
  RegisteredVersionRefused: { stream: 'imports', kind: 'fact', key: ['registeredModel'] },
  LabelQueueRanked: { stream: 'labelqueues', kind: 'fact', key: ['queueId'] },
  LabelQueueRefused: { stream: 'labelqueues', kind: 'fact', key: ['queueId'] },
  LabelQueueRequested: { stream: 'labelqueues', kind: 'request', key: ['queueId'] },
  LabelCorrected: { stream: 'labels', kind: 'fact', key: ['task', 'recordId'] },
  LabelCorrectionRequested: { stream: 'labels', kind: 'request', key: ['task', 'recordId'] },
  LabelCorrectionUndoRequested: { stream: 'labels', kind: 'request', key: ['task', 'recordId'] },
  LabelCorrectionUndone: { stream: 'labels', kind: 'fact', key: ['task', 'recordId'] },
  LabelRecorded: { stream: 'labels', kind: 'fact', key: ['task', 'recordId'] },
  LabelRefused: { stream: 'labels', kind: 'fact', key: ['task', 'recordId'] },
  LabelSourceChanged: { stream: 'labels', kind: 'fact', key: ['task', 'recordId'] },
  SampleLabelled: { stream: 'labels', kind: 'request', key: ['task', 'recordId'] },
  MeasurementCompleted: { stream: 'measurements', kind: 'fact', key: ['measurementId'] },
  MeasurementFailed: { stream: 'measurements', kind: 'fact', key: ['measurementId'] },
  MeasurementRequested: { stream: 'measurements', kind: 'request', key: ['measurementId'] },
  EventMirrored: { stream: 'mirrors', kind: 'fact', key: ['server'] },
  MirrorAttemptFailed: { stream: 'mirrors', kind: 'fact', key: ['server'] },
  MirrorDue: { stream: 'mirrors', kind: 'fact', key: ['server'] },
  MirrorGivenUp: { stream: 'mirrors', kind: 'fact', key: ['server'] },
  AliasesChanged: { stream: 'models', kind: 'fact', key: ['model'] },
  AliasesRefused: { stream: 'models', kind: 'fact', key: ['model'] },
  AliasesRequested: { stream: 'models', kind: 'request', key: ['model'] },
  GatesEvaluated: { stream: 'models', kind: 'fact', key: ['model'] },
  GatesRefused: { stream: 'models', kind: 'fact', key: ['model'] },
  GatesRequested: { stream: 'models', kind: 'request', key: ['model'] },
  ModelDeclared: { stream: 'models', kind: 'request', key: ['model'] },
  ModelRetired: { stream: 'models', kind: 'fact', key: ['model'] },
  NextVersionRequested: { stream: 'models', kind: 'request', key: ['model'] },
  PolicyChanged: { stream: 'models', kind: 'request', key: ['model'] },
  PromotionRefused: { stream: 'models', kind: 'fact', key: ['model'] },
  PromotionRequested: { stream: 'models', kind: 'request', key: ['model'] },
  RetirementRefused: { stream: 'models', kind: 'fact', key: ['model'] },
  RetirementRequested: { stream: 'models', kind: 'request', key: ['model'] },
  ReviewConcluded: { stream: 'models', kind: 'fact', key: ['model'] },
  ReviewGiven: { stream: 'models', kind: 'request', key: ['model'] },
  ReviewOpened: { stream: 'models', kind: 'fact', key: ['model'] },
  ReviewOverdue: { stream: 'models', kind: 'fact', key: ['model'] },
  ReviewRecorded: { stream: 'models', kind: 'fact', key: ['model'] },
  ReviewRefused: { stream: 'models', kind: 'fact', key: ['model'] },
  ReviewRequested: { stream: 'models', kind: 'request', key: ['model'] },
  RollbackEndedDeployment: { stream: 'models', kind: 'fact', key: ['model'] },
  RollbackRequested: { stream: 'models', kind: 'request', key: ['model'] },
  VersionApproved: { stream: 'models', kind: 'fact', key: ['model'] },
  VersionArchived: { stream: 'models', kind: 'fact', key: ['model'] },
  VersionExpired: { stream: 'models', kind: 'fact', key: ['model'] },
  VersionPromoted: { stream: 'models', kind: 'fact', key: ['model'] },
  VersionRegistered: { stream: 'models', kind: 'fact', key: ['model'] },
  VersionRolledBack: { stream: 'models', kind: 'fact', key: ['model'] },
  VersionTagged: { stream: 'models', kind: 'request', key: ['model'] },
  NotificationAttemptFailed: { stream: 'notifications', kind: 'fact', key: ['notificationId'] },
  NotificationFailed: { stream: 'notifications', kind: 'fact', key: ['notificationId'] },
  NotificationPlanned: { stream: 'notifications', kind: 'fact', key: ['notificationId'] },
  NotificationRetryDue: { stream: 'notifications', kind: 'fact', key: ['notificationId'] },
  NotificationSent: { stream: 'notifications', kind: 'fact', key: ['notificationId'] },
  NotificationTestRequested: { stream: 'notifications', kind: 'request', key: ['notificationId'] },
  OutcomeReported: { stream: 'outcomes', kind: 'request', key: ['requestId'] },
  PredictionFailed: { stream: 'predictions', kind: 'fact', key: ['requestId'] },
  PredictionServed: { stream: 'predictions', kind: 'fact', key: ['requestId'] },
  ShadowPredicted: { stream: 'predictions', kind: 'fact', key: ['shadowId'] },
  RecordIngested: { stream: 'records', kind: 'fact', key: ['task', 'recordId'] },
  RecordRejected: { stream: 'records', kind: 'fact', key: ['task', 'recordId'] },
  RecordSubmitted: { stream: 'records', kind: 'request', key: ['task', 'recordId'] },
  ReportRefused: { stream: 'reports', kind: 'fact', key: ['reportId'] },
  ReportRequested: { stream: 'reports', kind: 'request', key: ['reportId'] },
  ReportWritten: { stream: 'reports', kind: 'fact', key: ['reportId'] },
  BatchReduced: { stream: 'runs', kind: 'fact', key: ['runId'] },
  CheckpointDeleted: { stream: 'runs', kind: 'fact', key: ['runId'] },
  CheckpointSaved: { stream: 'runs', kind: 'fact', key: ['runId'] },
  EpochCompleted: { stream: 'runs', kind: 'fact', key: ['runId'] },
  PackageDeleted: { stream: 'runs', kind: 'fact', key: ['runId'] },
  PackageDeletionRefused: { stream: 'runs', kind: 'fact', key: ['runId'] },
  PackageDeletionRequested: { stream: 'runs', kind: 'request', key: ['runId'] },
  RunCancelRefused: { stream: 'runs', kind: 'fact', key: ['runId'] },
  RunCancelRequested: { stream: 'runs', kind: 'request', key: ['runId'] },
  RunCancelled: { stream: 'runs', kind: 'fact', key: ['runId'] },
  RunRefused: { stream: 'runs', kind: 'fact', key: ['runId'] },
  RunReported: { stream: 'runs', kind: 'request', key: ['runId'] },
  RunTagged: { stream: 'runs', kind: 'request', key: ['runId'] },
  TrainingCompleted: { stream: 'runs', kind: 'fact', key: ['runId'] },
  TrainingFailed: { stream: 'runs', kind: 'fact', key: ['runId'] },
  TrainingInterrupted: { stream: 'runs', kind: 'fact', key: ['runId'] },
  TrainingRequested: { stream: 'runs', kind: 'request', key: ['runId'] },
  TrainingResumed: { stream: 'runs', kind: 'fact', key: ['runId'] },
  TrainingReused: { stream: 'runs', kind: 'fact', key: ['runId'] },
  TrainingStarted: { stream: 'runs', kind: 'fact', key: ['runId'] },
  SampleAccepted: { stream: 'samples', kind: 'fact', key: ['task', 'recordId'] },
  SampleDeduplicated: { stream: 'samples', kind: 'fact', key: ['task', 'recordId'] },
  SampleRejected: { stream: 'samples', kind: 'fact', key: ['task', 'recordId'] },
  ScheduleDeclared: { stream: 'schedules', kind: 'fact', key: ['schedule'] },
  ScheduleDue: { stream: 'schedules', kind: 'fact', key: ['schedule'] },
  ScheduleMisfired: { stream: 'schedules', kind: 'fact', key: ['schedule'] },
  ScheduleRefused: { stream: 'schedules', kind: 'fact', key: ['schedule'] },
  ScheduleRemovalRequested: { stream: 'schedules', kind: 'request', key: ['schedule'] },
  ScheduleRemoved: { stream: 'schedules', kind: 'fact', key: ['schedule'] },
  ScheduleRequested: { stream: 'schedules', kind: 'request', key: ['schedule'] },
  AdoptionRefused: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  AdoptionRequested: { stream: 'searches', kind: 'request', key: ['searchId'] },
  ParametersAdopted: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  SearchCompleted: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  SearchRefused: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  SearchRequested: { stream: 'searches', kind: 'request', key: ['searchId'] },
  SearchStarted: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  SearchStopRequested: { stream: 'searches', kind: 'request', key: ['searchId'] },
  SearchTimeLimitReached: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  TrialCompleted: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  TrialFailed: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  TrialPackagesReleased: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  TrialPruned: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  TrialReported: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  TrialStarted: { stream: 'searches', kind: 'fact', key: ['searchId'] },
  ArmFailed: { stream: 'servings', kind: 'fact', key: ['servingId'] },
  CandidateFailed: { stream: 'servings', kind: 'fact', key: ['servingId'] },
  CandidateReady: { stream: 'servings', kind: 'fact', key: ['servingId'] },
  ServingDegraded: { stream: 'servings', kind: 'fact', key: ['servingId'] },
  ServingEnded: { stream: 'servings', kind: 'fact', key: ['servingId'] },
  ServingFailed: { stream: 'servings', kind: 'fact', key: ['servingId'] },
  VersionServing: { stream: 'servings', kind: 'fact', key: ['servingId'] },
  TaskDeclared: { stream: 'tasks', kind: 'request', key: ['task'] },
  TokenCreated: { stream: 'tokens', kind: 'fact', key: ['tokenId'] },
  TokenRefused: { stream: 'tokens', kind: 'fact', key: ['tokenId'] },
  TokenRequested: { stream: 'tokens', kind: 'request', key: ['tokenId'] },
  TokenRevocationRequested: { stream: 'tokens', kind: 'request', key: ['tokenId'] },
  TokenRevoked: { stream: 'tokens', kind: 'fact', key: ['tokenId'] },
  RegisteredModelChanged: { stream: 'tracking', kind: 'request', key: ['registeredModel'] },
  RegisteredModelCreated: { stream: 'tracking', kind: 'request', key: ['registeredModel'] },
  RegisteredVersionChanged: { stream: 'tracking', kind: 'request', key: ['registeredModel'] },
  RegisteredVersionCreated: { stream: 'tracking', kind: 'request', key: ['registeredModel'] },
  TrackedArtifactStored: { stream: 'tracking', kind: 'request', key: ['root'] },
  TrackedExperimentChanged: { stream: 'tracking', kind: 'request', key: ['experimentId'] },
  TrackedExperimentCreated: { stream: 'tracking', kind: 'request', key: ['experimentId'] },
  TrackedInputsLogged: { stream: 'tracking', kind: 'request', key: ['runId'] },
  TrackedModelChanged: { stream: 'tracking', kind: 'request', key: ['modelId'] },
  TrackedModelCreated: { stream: 'tracking', kind: 'request', key: ['modelId'] },
  TrackedRunChanged: { stream: 'tracking', kind: 'request', key: ['runId'] },
  TrackedRunStarted: { stream: 'tracking', kind: 'request', key: ['runId'] },
  TrackedValuesLogged: { stream: 'tracking', kind: 'request', key: ['runId'] },
  RetrainingDue: { stream: 'trainings', kind: 'fact', key: ['model'] },
  TrainingPlanConcluded: { stream: 'trainings', kind: 'fact', key: ['model'] },
  TrainingPlanRefused: { stream: 'trainings', kind: 'fact', key: ['model'] },
  TrainingPlanRequested: { stream: 'trainings', kind: 'request', key: ['model'] },
  TrainingPlanned: { stream: 'trainings', kind: 'fact', key: ['model'] },
} as const;

/** Of every stream: who writes its facts, and the partitions of its topic on a cluster. */
export const STREAMS = {
  alerts: { owner: 'monitor', partitions: 1, oneFactPerKey: false },
  collections: { owner: 'collector', partitions: 1, oneFactPerKey: false },
  contributions: { owner: 'contributor', partitions: 1, oneFactPerKey: false },
  crossvalidations: { owner: 'crossvalidator', partitions: 1, oneFactPerKey: false },
  datasets: { owner: 'sealer', partitions: 1, oneFactPerKey: false },
  deadletters: { owner: 'outside', partitions: 1, oneFactPerKey: false },
  deployments: { owner: 'deployer', partitions: 1, oneFactPerKey: false },
  evaluations: { owner: 'evaluator', partitions: 1, oneFactPerKey: false },
  experiments: { owner: 'experimenter', partitions: 1, oneFactPerKey: false },
  imports: { owner: 'importer', partitions: 1, oneFactPerKey: false },
  labelqueues: { owner: 'evaluator', partitions: 1, oneFactPerKey: false },
  labels: { owner: 'curator', partitions: 1, oneFactPerKey: false },
  measurements: { owner: 'measurer', partitions: 1, oneFactPerKey: true },
  mirrors: { owner: 'mirror', partitions: 1, oneFactPerKey: false },
  models: { owner: 'registrar', partitions: 1, oneFactPerKey: false },
  notifications: { owner: 'notifier', partitions: 1, oneFactPerKey: false },
  outcomes: { owner: 'outside', partitions: 1, oneFactPerKey: true },
  predictions: { owner: 'predictor', partitions: 1, oneFactPerKey: true },
  records: { owner: 'collector', partitions: 1, oneFactPerKey: false },
  reports: { owner: 'reporter', partitions: 1, oneFactPerKey: false },
  runs: { owner: 'trainer', partitions: 4, oneFactPerKey: false },
  samples: { owner: 'curator', partitions: 1, oneFactPerKey: false },
  schedules: { owner: 'scheduler', partitions: 1, oneFactPerKey: false },
  searches: { owner: 'tuner', partitions: 1, oneFactPerKey: false },
  servings: { owner: 'predictor', partitions: 1, oneFactPerKey: true },
  tasks: { owner: 'outside', partitions: 1, oneFactPerKey: false },
  tokens: { owner: 'gatekeeper', partitions: 1, oneFactPerKey: false },
  tracking: { owner: 'tracker', partitions: 1, oneFactPerKey: false },
  trainings: { owner: 'planner', partitions: 1, oneFactPerKey: false },
} as const;
