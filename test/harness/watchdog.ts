import { type ChildProcess, spawn } from 'node:child_process';

/** Keeps the processes that it is told of, and kills those that are left when nothing tells it any more. */
const SCRIPT = `alive=' '
while read -r what pid; do
  case $what in
    started) alive="$alive$pid " ;;
    ended) alive="\${alive%% $pid *} \${alive#* $pid }" ;;
  esac
done
for pid in $alive; do kill -s KILL -- "$pid"; done 2> /dev/null`;

let watchdog: ChildProcess | undefined;

/**
 * Kills a child, with `group` its whole process group, when this process has ended, even by kill -9: a pipe between this
 * process and its watchdog is closed then. Returns the child.
 */
export function guarded<Child extends ChildProcess>(child: Child, { group = false } = {}): Child {
  if (child.pid === undefined) return child; // it did not start
  const pid = group ? -child.pid : child.pid;
  watchdog ??= start();
  watchdog.stdin?.write(`started ${pid}\n`);
  child.once('exit', () => watchdog?.stdin?.write(`ended ${pid}\n`));
  return child;
}

function start(): ChildProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // not ended by a Ctrl-C at the terminal
  });
  child.unref();
  child.stdin.on('error', () => {}); // it was killed: nothing is left to do
  const pipe = child.stdin;
  if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  return child;
}
