/** A wrong command line: what is wrong, and what is typed, as a shell takes it. */
export type BadCommand = readonly [what: string, line: string];

/** By the part of a command that is wrong. Files are those of `badFiles`; `trained` has one version, v1.0.0. */
export const BAD_COMMANDS: Readonly<Record<string, readonly BadCommand[]>> = {
  'Commands, arguments and options': [
    ['a misspelt command', 'histroy'],
    ['a misspelt command of a group', 'model lst'],
    ['a misspelt option', 'status --jsn'],
    ['an option of another command', 'predict --title x --by ada'],
    ['a missing argument', 'promote'],
    ['an argument too many', 'promote v1.0.0 v1.1.0'],
    ['a missing option', 'evaluate'],
    ['two options that exclude each other', "sql --format csv --json 'SELECT 1'"],
    ['the same, of one command', 'events --follow --reverse'],
    ['two sources', 'collect papers.jsonl --generate 5'],
    ['no source', 'predict'],
    ['three versions to compare', 'evaluate --data papers.jsonl --version a --version b --version c'],
    ['no reason', 'dlq discard records/0@12'],
    ['nothing chosen', 'dlq redrive'],
    ['an unknown shell', 'completion tcsh'],
  ],
  'Numbers, times and words': [
    ['zero', 'events --limit 0'],
    ['a negative number', 'predict --title x --top -1'],
    ['a negative seed', 'train --seed -1'],
    ['a hyperparameter without a value', 'train --param c'],
    ['no day of the calendar', 'collect papers.jsonl --from 2025-02-31'],
    ['no time', 'history --at yesterday'],
    ['a misspelt stream', 'events --stream predictons'],
    ['a misspelt event type', 'events --type VersionPromotd'],
    ['a misspelt status', 'alert list --status opn'],
    ['a misspelt split', 'dataset export arxiv-classifier-d1 --split tst'],
  ],
  'Names that nothing has': [
    ['a model', 'predict --model arxiv-clasifier --title x'],
    ['the same, of a decision', 'rollback --model arxiv-clasifier'],
    ['the same, of the past', 'history arxiv-clasifier'],
    ['a model without a version', 'history ad-score'],
    ['a task', 'task show arxv'],
    ['a version', 'predict --title x --version v1.0.1'],
    ['a version to promote', 'promote v9.0.0'],
    ['a version to look at', 'version show v1.1.0'],
    ['a run', 'run show arxiv-classifier-r7'],
    ['a dataset', 'dataset show arxiv-classifier-d7'],
    ['an alert', 'alert show arxiv-classifier/drift/1'],
    ['a dead letter', 'dlq show nope'],
    ['an engine', 'train --engine linar'],
    ['a hyperparameter', 'train --param cc=1'],
    ['a service', 'service predicter'],
    ['a table', "sql 'SELECT count() FROM evnts'"],
    ['a parameter of SQL', "sql 'SELECT {day:Date} AS day'"],
    ['a format', "sql --format parket 'SELECT 1'"],
  ],
  'Files and folders': [
    ['a misspelt file', 'predict --data paper.jsonl'],
    ['a missing folder', 'collect data/papers.jsonl'],
    ['a folder', 'predict --data full'],
    ['an empty file', 'collect empty.jsonl'],
    ['no text', 'predict --data binary.jsonl'],
    ['a broken third line', 'predict --data line3.jsonl'],
    ['YAML that lacks keys', 'model declare half.yaml'],
    ['broken YAML', 'model declare broken.yaml'],
    ['a misspelt key of a policy', 'model policy arxiv-classifier policy.yaml'],
    ['a folder that is not empty', 'version export v1.0.0 --to full'],
    ['a folder to write into that is not there', 'predict --title x --out out/p.csv'],
    ['no folder of data', '--home nowhere status'],
    ['a file as the folder of data', '--home empty.jsonl up'],
    ['no folder at all', "--home '' status"],
  ],
  'Instances and SQL': [
    ['broken JSON', "predict --instance '{'"],
    ['a list', "predict --instance '[1]'"],
    ['a misspelt field', `predict --instance '{"titel": "x"}'`],
    ['broken SQL', "sql 'SELECT count( FROM events'"],
    ['a format in the SQL', "sql 'SELECT 1 FORMAT CSV'"],
    ['an answer that is too large', "sql 'SELECT * FROM numbers(10001)'"],
    ['SQL twice', "sql --file line3.jsonl 'SELECT 1'"],
    ['a file whose name says no format', "sql --out answer.txt 'SELECT 1'"],
    ['SQL that writes', "sql 'DROP TABLE events'"],
  ],
};

/** The files that they name, by path. */
export const badFiles = (paper: string): Readonly<Record<string, string | Uint8Array>> => ({
  'papers.jsonl': `${paper}\n`,
  'empty.jsonl': '',
  'binary.jsonl': Uint8Array.from({ length: 64 }, (_, i) => 128 + i),
  'line3.jsonl': `${paper}\n${paper}\n{"arxiv_id": oops}\n`,
  'half.yaml': 'model: mine\n',
  'broken.yaml': 'model: [mine\n',
  'policy.yaml': 'promotion:\n  margn: 1\n',
  'full/one.txt': 'x\n',
});

/** The words of a line, where single quotes hold some together. */
export const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
