import type { Reporter, TestModule } from 'vitest/node';

/** Ends the output of a run with its counts on a line by themselves, which a program can read without knowing vitest. */
export const countReporter: Reporter = {
  onTestRunEnd(modules) {
    const states = modules.flatMap((module: TestModule) =>
      [...module.children.allTests()].map((test) => test.result().state),
    );
    const count = (state: string) => states.filter((own) => own === state).length;
    process.stdout.write(
      `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`,
    );
  },
};
