// Checks the log in the folder that is its argument, and tells its parent the result.
import { checkEmbeddedLog, resultOf } from './check.ts';

process.send?.(await resultOf(checkEmbeddedLog(process.argv[2] ?? '')));
process.disconnect();
