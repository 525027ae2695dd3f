import { lintProblems } from './lint.ts';

const problems = await lintProblems();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
