// Checks the log in the folder given as argument, and sends the result to its parent.
import { checkEmbeddedLog, resultOf } from './check.ts';

process.send?.(await resultOf(checkEmbeddedLog(process.argv[2] ?? '')));
process.disconnect();
