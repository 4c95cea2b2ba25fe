// A check that crashes as LMDB does on a damaged page.
process.kill(process.pid, 'SIGSEGV');
