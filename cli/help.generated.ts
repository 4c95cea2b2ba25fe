// Generated from cli/commands/ by `npm run docs`. Do not edit.

/** A command, as the list of all shows it. */
export interface Outline {
  name: string;
  term: string;
  group: string;
  description: string;
}

export const OUTLINES: readonly Outline[] = [
  {"name":"alert","term":"alert","group":"Production:","description":"alerts: what monitors found, and silences of them"},
  {"name":"cache","term":"cache","group":"Data, tasks and models:","description":"results of steps that are not done twice, and embeddings that are not computed twice"},
  {"name":"collect","term":"collect [options] [file]","group":"Data, tasks and models:","description":"collect the records of a file or of a remote source"},
  {"name":"compare","term":"compare [options] <baseline> <candidate>","group":"Production:","description":"whether a version should replace another: PROMOTE (exit code 0), REJECT or INCONCLUSIVE (3)"},
  {"name":"completion","term":"completion [options] <shell>","group":"Begin:","description":"print a script that completes commands and options in a shell"},
  {"name":"contribute","term":"contribute [options]","group":"Training and versions:","description":"train a model on labelled records too, measure what it gains, accept or refuse them"},
  {"name":"dataset","term":"dataset","group":"Data, tasks and models:","description":"sealed datasets: what models were trained on"},
  {"name":"deploy","term":"deploy [options] <version>","group":"Production:","description":"give a version the traffic of its model, stage by stage, and promote it when it has it all"},
  {"name":"dlq","term":"dlq","group":"Look and prove:","description":"the dead-letter queue: events that a service could not process"},
  {"name":"doctor","term":"doctor [options]","group":"Begin:","description":"check what epochlog needs: Node, disk, memory, port, data folder, log, warehouse, bucket"},
  {"name":"drift","term":"drift [options]","group":"Production:","description":"windows of predictions beside the training data, the newest first"},
  {"name":"encoder","term":"encoder","group":"Data, tasks and models:","description":"pretrained encoders, which the engine encoder is made of"},
  {"name":"evaluate","term":"evaluate [options]","group":"Training and versions:","description":"measure a version on the test split of its dataset, or on labelled records"},
  {"name":"events","term":"events [options]","group":"Look and prove:","description":"show the events of the log, the latest last"},
  {"name":"experiment","term":"experiment","group":"Production:","description":"compare versions of a model on a part of its traffic, and say which one is better"},
  {"name":"explain","term":"explain [options]","group":"Training and versions:","description":"explain an answer of a version, or say which features matter to it at all"},
  {"name":"gate","term":"gate [options] <version>","group":"Production:","description":"whether a version passes the gates of its policy: exit code 0, or 3"},
  {"name":"history","term":"history [options] [model]","group":"Look and prove:","description":"what was in production, when, whether it was served, and the chain of events that put it there"},
  {"name":"init","term":"init [options] <file>","group":"Begin:","description":"propose a task and a model for a file of your own: writes task.yaml and model.yaml"},
  {"name":"label","term":"label","group":"Data, tasks and models:","description":"labels from people: what to label next, giving one, and how far annotators agree"},
  {"name":"latency","term":"latency [options]","group":"Production:","description":"how long predictions took, how many there were, and how many failed"},
  {"name":"lifecycle","term":"lifecycle [options]","group":"Begin:","description":"run the whole lifecycle of a model: train on the records before the cut, then month by month"},
  {"name":"migrate","term":"migrate [options]","group":"Clusters and schemas:","description":"copy the log of this machine to Kafka, and verify the copy"},
  {"name":"model","term":"model","group":"Data, tasks and models:","description":"models: declare one, or show those there are"},
  {"name":"notify","term":"notify","group":"Production:","description":"notifications: try a channel, and see what was delivered"},
  {"name":"outcome","term":"outcome","group":"Production:","description":"true labels and numbers of earlier predictions"},
  {"name":"package","term":"package","group":"Training and versions:","description":"models that were trained elsewhere, as ONNX graphs"},
  {"name":"plan","term":"plan","group":"Production:","description":"training plans: why models were trained, how it ended, and what it cost"},
  {"name":"predict","term":"predict [options]","group":"Production:","description":"ask the version in production, or another one, for labels or numbers"},
  {"name":"project","term":"project","group":"Training and versions:","description":"projects: runs that belong together, with an owner and a purpose. Clients of MLflow call them experiments"},
  {"name":"projections","term":"projections","group":"Clusters and schemas:","description":"the projections in ClickHouse"},
  {"name":"promote","term":"promote [options] <version>","group":"Production:","description":"put a version into production, and wait until it is served"},
  {"name":"quality","term":"quality [options]","group":"Production:","description":"windows of predictions beside their true labels or numbers, the newest first"},
  {"name":"retire","term":"retire [options] <model>","group":"Production:","description":"take a model out of service; promoting one of its versions brings it back"},
  {"name":"review","term":"review","group":"Production:","description":"ask people to review a version, and say what they think of it"},
  {"name":"rollback","term":"rollback [options]","group":"Production:","description":"bring the version before back into production, and wait until it is served; while a version is being deployed, end that"},
  {"name":"run","term":"run","group":"Training and versions:","description":"training runs: show, compare, tag and reproduce them, also in TensorBoard or as a page, import one of another trainer, cancel one"},
  {"name":"schedule","term":"schedule","group":"Production:","description":"ask for trainings, drift checks, collections, reports and queues of labels at certain times"},
  {"name":"schemas","term":"schemas","group":"Clusters and schemas:","description":"the schemas of the events"},
  {"name":"search","term":"search","group":"Training and versions:","description":"search the hyperparameters of a model: run a search, show it, plot it, stop it, adopt its best"},
  {"name":"service","term":"service [options] <name>","group":"Clusters and schemas:","description":"run an instance of one service of a cluster, until Ctrl-C"},
  {"name":"sql","term":"sql [options] [sql]","group":"Look and prove:","description":"run SQL on the projections, read-only"},
  {"name":"status","term":"status [options]","group":"Begin:","description":"what serves, since when, what is open: models, services, lag, alerts, dead letters"},
  {"name":"task","term":"task","group":"Data, tasks and models:","description":"what models learn: declare a task, or show those there are"},
  {"name":"token","term":"token","group":"Production:","description":"tokens of the HTTP API: create, list and revoke them"},
  {"name":"topics","term":"topics","group":"Clusters and schemas:","description":"the topics of the log in Kafka"},
  {"name":"train","term":"train [options]","group":"Training and versions:","description":"seal a dataset of all samples, train on it, promote the version if it is better, and wait until it is served"},
  {"name":"up","term":"up [options]","group":"Begin:","description":"run all services and the HTTP API until Ctrl-C"},
  {"name":"verify","term":"verify [options]","group":"Look and prove:","description":"check the log and the artifacts it names, rebuild every projection from it, and compare"},
  {"name":"version","term":"version","group":"Training and versions:","description":"versions of a model, and the packages they are served from"},
];
