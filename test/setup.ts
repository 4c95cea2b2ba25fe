import fc from 'fast-check';

// The same random cases in every run: a failure is a change of the code, and comes back. Other cases: FC_SEED=… npm test
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 42) });
