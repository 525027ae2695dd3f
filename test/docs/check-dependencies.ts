import { dependencyProblems, readInputs } from './dependencies.ts';

/** `npm run check`: says what is wrong with what we depend on, and fails if anything is. */
const problems = dependencyProblems(readInputs());
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
