import { RULES, SCENES, SCOPES } from './rules.ts';

const image = (file: string, alt: string) => `<img src="${file}" alt="${alt}" width="360">`;

/** `docs/audit/README.md`, from the rules. */
export function auditPage(): string {
  const rows = RULES.map(
    ({ id, rule, how, pictures }) =>
      `| ${id} | ${rule} | ${how} | ${pictures.map((file) => image(file, id)).join('<br>')} |`,
  );
  const scopes = SCOPES.map(({ scope, why }) => `| \`${scope}\` | ${why} |`);
  const scenes = SCENES.map(
    ({ show, rules }, place) => `${place + 1}. ${show}${rules.length > 0 ? ` (${rules.join(', ')})` : ''}`,
  );
  return `# For TikTok's review of Direct Post

What an applicant hands in: how the page keeps to TikTok's guidelines point by point, what each scope is for, and the script
of the demo video. The pictures are taken of the running page by \`npm run audit-kit\`, which writes this folder; take them of
your own site by changing its look first and running it again. Texts in quotation marks are on the page letter for letter.

## The rules

| | what TikTok asks | how the page does it | seen |
|---|---|---|---|
${rows.join('\n')}

The rules that a browser can check are tests under their numbers in \`test/browser\`: \`npm test -- test/browser -t UX-13\`.

## The scopes

| scope | what for |
|---|---|
${scopes.join('\n')}

Ask for no other: one that is not shown in use in the video is a reason to be refused.

## The demo video

An app that has not been reviewed posts to private accounts only: set the account that you film to private, and post with
“Only me”. Where a scene needs another audience, show the choice and then go back. Film one scene after the other, without a
cut inside of one, with the address bar in view.

${scenes.join('\n')}

## Before you send it

* The site runs at an address of your own, with its terms and its privacy policy linked from where you say they are.
* The redirect URI and the domains of your media are registered in TikTok's portal; the scopes there are those above.
* The name and the icon of the app are the ones that the video shows.
`;
}
