import type { PrivacyLevel } from '../contract.ts';
import type { Run } from './session.ts';

/** Whether somebody is there who could be asked. */
export function maySpeakWithPerson({ output }: Pick<Run, 'output'>): boolean {
  return !output.isJson && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

const NAMES: Record<PrivacyLevel, string> = {
  PUBLIC_TO_EVERYONE: 'everyone',
  MUTUAL_FOLLOW_FRIENDS: 'friends: followers that are followed back',
  FOLLOWER_OF_CREATOR: 'followers',
  SELF_ONLY: 'only me',
};

/** Of what the account offers just now; nothing is chosen beforehand. */
export async function choosePrivacyLevel(
  offered: readonly PrivacyLevel[],
  isBrandContent: boolean,
): Promise<PrivacyLevel> {
  const { select } = await import('@inquirer/prompts');
  const levels = offered.map((value) => ({
    value,
    name: `${NAMES[value]} (${value})`,
    disabled:
      isBrandContent && value === 'SELF_ONLY' && 'branded content visibility cannot be set to private',
  }));
  const choices = [{ value: null, name: 'choose …' }, ...levels];
  for (;;) {
    const chosen = await select({ message: 'Who may see it?', choices }, { output: process.stderr });
    if (chosen !== null) return chosen;
  }
}

export async function confirm(question: string): Promise<boolean> {
  const prompts = await import('@inquirer/prompts');
  return prompts.confirm({ message: question, default: false }, { output: process.stderr });
}
